"""For the administrator, of the built files: where they go, what the main configuration must hold."""

from __future__ import annotations

from checkwright.registry.plan import Plan
from nagios_cfg import broker_pools
from nagios_cfg.cfgfile import one_line
from nagios_cfg.quote import STRIPPED
from nagios_cfg.services import CHECK_NRPE_SLACK, NAGIOS_SLACK, NRPE_SLACK

_DEFAULT_DEADLINE = 10


def main_settings(plan: Plan, heading: tuple[str, ...]) -> str:
    """Return the lines that nagios.cfg must hold for these files to mean what they say."""
    deadline = max((entry.deadline for entry in plan.entries), default=_DEFAULT_DEADLINE)
    settings = (
        ("Intervals are written in minutes.", "interval_length=60"),
        (
            f"The longest deadline of a check is {deadline} s; this or more, so that the check speaks first.",
            f"service_check_timeout={deadline + NAGIOS_SLACK}",
        ),
        ("A check that had to be killed says nothing about its target.", "service_check_timeout_state=u"),
        ("Overdue results of passive services are noticed.", "check_service_freshness=1"),
        ("A dot in a name is a dot.", "use_true_regexp_matching=0"),
        (
            "What labels and other variables lose before a shell sees them.",
            f"illegal_macro_output_chars={STRIPPED}",
        ),
        ("Five kilobytes a check that no check here reads.", "enable_environment_macros=0"),
        *broker_pools.main_settings(plan),
    )
    blocks = ["".join(f"# {line}\n" for line in (*heading, "Set these in the main configuration of Nagios."))]
    blocks += (f"# {why}\n{setting}\n" for why, setting in settings)
    return "\n".join(blocks)


def readme(plan: Plan) -> str:
    """Return what to do with the files, for the one who has them in hand."""
    return f"""\
Monitoring of {one_line(plan.project)}, environment {plan.environment}

nagios/   Object files. Name the folder in the main configuration of Nagios:
            cfg_dir=/path/to/nagios
          Several environments can be included in one Nagios, one cfg_dir each: apart from
          hosts and their services, every name ends in the environment.

main.cfg  Settings that the main configuration must hold. With several environments take the
          greatest service_check_timeout.

nrpe/     For the machines; absent when nothing runs through NRPE. A machine gets, in a folder
          that its nrpe.cfg names by include_dir (Debian: /etc/nagios/nrpe.d):
            checkwright.cfg          the timeout
            roles/ROLE.cfg           for each of its roles
            hosts/HOST.cfg           its own, where there is one
          Never the whole folder: NRPE reads all below it, and takes a command that several files
          name from the last of them. Hand these out and restart nrpe
          before Nagios reads the new object files: else services say
          "NRPE: Command '...' not defined" until the machine has them.
          "checkctl nagios agents" on this folder asks the machines whether they have them.
          No argument crosses the wire; dont_blame_nrpe stays 0.

sudoers/  For the machines; absent unless a watch has run_as. A machine gets, in /etc/sudoers.d,
          the files of its roles and its own, as root's and with mode 0440:
            roles/checkwright-role-ROLE   hosts/checkwright-host-HOST   (a + stands for a dot)
          Each line allows {plan.site.account} one command, word by word. Hand them out with the
          files of nrpe/, and before these. What they name must be written by root only, every
          folder above it too.
{broker_pools.readme(plan)}
Who speaks first
  A check ends itself at its deadline. Each layer outside waits longer: NRPE {NRPE_SLACK} s, check_nrpe
  {CHECK_NRPE_SLACK} s, Nagios {NAGIOS_SLACK} s. NRPE's and Nagios's limits are for all
  checks, so that they follow the longest deadline.

A dead NRPE
  agents.cfg gives each host with something that runs through NRPE the service nrpe, and ties the
  others to it: while it fails they are neither run nor notified, so that a dead daemon is one
  alert. It is told two minutes after NRPE last answered, and to whom the others on
  the host would tell, as loudly as the loudest of them.

Who is notified
  page          the team's pager at all hours, its e-mail where it has no pager
  office-hours  the team's pager in its office hours; what happens at night is told in the morning
  ticket        the team's e-mail at all hours
  nobody        nothing is sent
  A page that nobody acknowledges goes on to others where the team's escalations say so
  (escalations.cfg); those who were told first stay told. Acknowledge it, and it stops.
  A host that is down notifies each team as loudly as the loudest of the team's services on it.
  Mails carry names, states and addresses, never the output of a plugin: others wrote that, and
  the command that sends the mail is read by a shell.

Secrets
  Commands hold the path of a file, never a secret. The file belongs to root, its group is
  nagios, its mode is 0640.
"""
