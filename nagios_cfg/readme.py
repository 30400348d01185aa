"""README.txt and main.cfg of a build, for the administrator who installs the files."""

from __future__ import annotations

from checkwright.registry.plan import Plan
from nagios_cfg import broker_pools, downtime_timer, perfdata, program_notifications
from nagios_cfg.cfgfile import one_line
from nagios_cfg.engines import ENGINES
from nagios_cfg.intervals import CHECK_NRPE_SLACK, NAGIOS_SLACK, NRPE_SLACK
from nagios_cfg.quote import STRIPPED

_DEFAULT_DEADLINE = 10


def main_settings(plan: Plan, heading: tuple[str, ...]) -> str:
    """Return main.cfg: the settings that the main configuration of Nagios needs for these files."""
    deadline = max((entry.deadline for entry in plan.entries), default=_DEFAULT_DEADLINE)
    settings = (
        ("Intervals are in minutes.", "interval_length=60"),
        (
            f"At least this, so that a check reports its own timeout first. The longest deadline is {deadline} s.",
            f"service_check_timeout={deadline + NAGIOS_SLACK}",
        ),
        ("A check that Nagios killed says nothing about its target.", "service_check_timeout_state=u"),
        ("Nagios reports passive services without a recent result.", "check_service_freshness=1"),
        ("A dot in a name is a literal dot.", "use_true_regexp_matching=0"),
        (
            "Nagios removes these characters from labels and other variables before a shell reads them.",
            f"illegal_macro_output_chars={STRIPPED}",
        ),
        ("Saves five kilobytes for each check. No check here reads them.", "enable_environment_macros=0"),
        *broker_pools.main_settings(plan),
        *perfdata.main_settings(plan),
        *program_notifications.main_settings(plan),
    )
    blocks = ["".join(f"# {line}\n" for line in (*heading, "Set these in the main configuration of Nagios."))]
    unknown = ENGINES[plan.site.engine].unknown
    blocks += (f"# {why}\n{setting}\n" for why, setting in settings if setting.partition("=")[0] not in unknown)
    return "\n".join(blocks)


def readme(plan: Plan) -> str:
    """Return README.txt: where each file goes, and what the files do."""
    return f"""\
Monitoring of {one_line(plan.project)}, environment {plan.environment}

nagios/   Object files. Include the folder in the main configuration of Nagios:
            cfg_dir=/path/to/nagios
          One Nagios can include several environments, each with its own cfg_dir. Every name
          except those of hosts and services ends in the environment.

main.cfg  Settings that the main configuration needs. With several environments use the
          largest service_check_timeout.

nrpe/     Files for the machines. Missing if no check runs through NRPE. Copy these to a folder
          that the machine's nrpe.cfg includes by include_dir (Debian: /etc/nagios/nrpe.d):
            checkwright.cfg          the timeout
            roles/ROLE.cfg           for each role of the machine
            hosts/HOST.cfg           for this machine, if it exists
          Never copy the whole folder: NRPE reads everything in it, and if several files define
          a command, the last one wins. Copy the files and restart NRPE before Nagios reads the
          new object files. Otherwise services report "NRPE: Command '...' not defined".
          "checkctl nagios agents" on this folder shows which machines lack their files.
          Nagios sends no arguments to NRPE, so dont_blame_nrpe stays 0.

{_files(plan)}sudoers/  Files for the machines. Missing if no watch has run_as. Copy the files of the machine
          and of its roles to /etc/sudoers.d, with owner root and mode 0440:
            roles/checkwright-role-ROLE   hosts/checkwright-host-HOST   (a + replaces a dot)
          Each line allows {plan.site.account} one exact command. Copy these files before those of nrpe/. The
          programs that they name, and every folder above them, must be writable by root only.
{broker_pools.readme(plan)}{perfdata.readme(plan)}{program_notifications.readme(plan)}{downtime_timer.readme(plan)}
Timeouts
  A check ends itself at its deadline. Each layer around it waits longer: NRPE {NRPE_SLACK} s, check_nrpe
  {CHECK_NRPE_SLACK} s, Nagios {NAGIOS_SLACK} s. NRPE and Nagios have one timeout for all checks, which follows the
  longest deadline.

Dead NRPE daemons
  agents.cfg gives each host with checks through NRPE a service "nrpe". The other services that
  run through NRPE depend on it: while it fails, Nagios neither runs them nor notifies. So a
  dead daemon is one alert. Nagios sends it two minutes after NRPE last answered, to the teams
  of the services on that host, at the level of the most urgent one.

{_needed(plan)}Notifications
  page          the team's pager at all hours, its e-mail if it has no pager
  office-hours  the team's pager in its office hours; problems of the night follow in the morning
  ticket        the team's e-mail at all hours
  nobody        no notification
  A page that nobody acknowledges is escalated to further teams (escalations.cfg). The first
  recipients stay notified. An acknowledgement stops it.
  A host that is down notifies each team with services on it, at the level of the most urgent
  one. Mails contain names, states and addresses, never the output of a plugin: a shell reads
  the command that sends the mail.

Secrets
  Commands contain the path of a file, never a secret. The file belongs to root, with group
  nagios and mode 0640.
"""


def _files(plan: Plan) -> str:
    """Return the paragraph about files that watches need, "" without any."""
    folders = sorted({file.path.partition("/")[0] for file in plan.files})
    return "".join(
        f"{folder + '/':<10}Files that watches need. Copy them to /etc/checkwright/{folder} of the machines\n"
        "          that run these watches.\n\n"
        for folder in folders
    )


def _needed(plan: Plan) -> str:
    text = ""
    if any(entry.needs for entry in plan.entries):
        text += _ACCESS
    if any(entry.held_by for entry in plan.entries):
        text += _HELD
    return text


_ACCESS = """Access to accounts
  Services that look into an account of AWS depend on the service that proves the access to it
  (needed.cfg): while that one fails, Nagios neither runs them nor notifies. So expired
  credentials are one alert.

"""
_HELD = """Dependencies
  A service depends on the services that its watch needs (needed.cfg): while one of them fails,
  Nagios goes on checking, and notifies of the needed service alone. A needed service is in a
  hard state at its first failure; its notification comes as late as its attempts would make it.

"""
