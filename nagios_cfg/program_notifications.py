"""Notifications of teams with channels: the commands that run `checkwright-notify`, and the file that it reads.

Nagios gives a notification command no standard input, and output of plugins must not be in a command line. So the
program gets names, states and moments, and reads the output from status.dat.
"""

from __future__ import annotations

from collections.abc import Iterator
from posixpath import dirname

from checkwright.registry.notify_json import channels_by_recipient, has_channels, notify_json
from checkwright.registry.plan import Contact, Plan, Team
from nagios_cfg.engines import ENGINES
from nagios_cfg.folders import NOTIFY, NOTIFY_SETTINGS
from nagios_cfg.names import Channel, Names
from nagios_cfg.objects import Definition

#: Spool of the program on the Nagios server.
SPOOL = "/var/lib/checkwright-notify"
#: Seconds between two versions of status.dat: the longest delay of a notification.
_STATUS_INTERVAL = 5

_COMMON = (
    "--team=$_CONTACTTEAM$",
    "--level=$_CONTACTLEVEL$",
    "--type=$NOTIFICATIONTYPE$",
    "--host=$HOSTNAME$",
    "--address=$HOSTADDRESS$",
    "--host-roles=$_HOSTROLE$",
    "--status-file=$STATUSDATAFILE$",
    "--otherwise=$CONTACTEMAIL$",
)
_WORDS = {
    "host": (*_COMMON, "--state=$HOSTSTATE$", "--last-check=$LASTHOSTCHECK$"),
    "service": (
        *_COMMON,
        "--watch=$SERVICEDESC$",
        "--state=$SERVICESTATE$",
        "--roles=$_SERVICEROLE$",
        "--last-check=$LASTSERVICECHECK$",
    ),
}


def is_sent_by_program(recipient: Team | Contact, channel: Channel) -> bool:
    """Return whether a team or person has a channel for these notifications."""
    return any(channel in one.levels for one in recipient.channels)


def command_name(names: Names, kind: str) -> str:
    """Return the name of the command for a kind: host or service."""
    return names.internal(f"notify-{kind}-by-program")


def contact_settings(recipient: str, channel: Channel, names: Names) -> dict[str, str]:
    """Return the directives of a contact whose notifications the program sends.

    recipient: a team, or a person as `person_name` names it.
    """
    return {
        "host_notification_commands": command_name(names, "host"),
        "service_notification_commands": command_name(names, "service"),
        "_TEAM": recipient,
        "_LEVEL": channel,
    }


def commands(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield the two commands, where a team has channels."""
    if not has_channels(plan):
        return
    program = f"{dirname(plan.site.check)}/checkwright-notify"
    for kind, words in _WORDS.items():
        # The macros hold names, addresses, states and moments of this configuration, never text of a plugin.
        line = " ".join(
            f"'{word}'" for word in (program, "nagios", f"--config={NOTIFY_SETTINGS}/{plan.environment}.json", *words)
        )
        yield Definition("command", {"command_name": command_name(names, kind), "command_line": line})


def files(plan: Plan) -> dict[str, str]:
    """Return {path: text}: the file that the program reads."""
    return {f"{NOTIFY}/{plan.environment}.json": notify_json(plan)} if has_channels(plan) else {}


def main_settings(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield (reason, line) for the main configuration."""
    if has_channels(plan):
        reason = "Notifications wait for the output in status.dat, so for at most these seconds."
        yield reason, f"status_update_interval={_STATUS_INTERVAL}"


def readme(plan: Plan) -> str:
    """Return the section of README.txt, "" without channels."""
    if not has_channels(plan):
        return ""
    files_of = sorted(
        {
            text
            for _, channels in channels_by_recipient(plan)
            for one in channels
            for name, text in one.settings
            if _is_secret(name)
        }
    )
    secrets = "".join(f"            {file}\n" for file in files_of)
    account = ENGINES[plan.site.engine].account
    return f"""
notify/   Channels of the teams, for the Nagios machine. checkctl nagios deploy installs the file as
            {NOTIFY_SETTINGS}/{plan.environment}.json
          Without it, copy the file there, mode 0644, before Nagios reads the new object files.
          Make the spool once:
            install -d -o {account} -g {account} -m 0700 {SPOOL}
          Each of these files holds a secret, owner root, group {account}, mode 0640:
{secrets}          Try them: sudo -u {account} checkwright-notify test --team TEAM --config FILE
"""


def _is_secret(name: str) -> bool:
    return name in ("key", "token", "webhook", "url_file")
