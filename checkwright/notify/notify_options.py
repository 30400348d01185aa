"""Options of `checkwright-notify`."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass

from checkwright.core.errors import BadUsage
from checkwright.core.small_program import program_parser

PROGRAM = "checkwright-notify"
SPOOL = "/var/lib/checkwright-notify"
_DESCRIPTION = """\
Send a notification of Nagios, Icinga 2 or Sensu through the channels of a team:
PagerDuty, Opsgenie, Slack, a webhook, an SMS gateway or mail. Notifications
that cannot be delivered wait in the spool and are retried."""


@dataclass(frozen=True, kw_only=True)
class NotifyOptions:
    """Parsed options. source: nagios, icinga, sensu, test or status."""

    source: str
    config: str
    spool: str
    team: str
    level: str
    kind: str
    host: str
    address: str
    watch: str
    state: str
    roles: str
    host_roles: str
    last_check: str
    status_file: str
    otherwise: str
    output: str
    perfdata: str
    author: str
    comment: str


def parser() -> ArgumentParser:
    """Return the parser of the program's options."""
    made = program_parser(PROGRAM, _DESCRIPTION)
    made.add_argument(
        "source",
        choices=("nagios", "icinga", "sensu", "test", "status"),
        help="Source of the notification: the options below, an event on standard input, or a test. "
        "status reports waiting notifications as a plugin does, and delivers them with --config.",
    )
    add = made.add_argument
    add("--config", default="", metavar="FILE", help="notify/ENVIRONMENT.json of a build.")
    add("--spool", default=SPOOL, metavar="DIR", help=f"Folder of waiting notifications; default {SPOOL}.")
    add("--team", default="", metavar="NAME", help="Team to notify; for sensu, the owner of the check by default.")
    add("--level", default="page", choices=("page", "ticket"), help="Channels to use; default page.")
    add("--type", dest="kind", default="PROBLEM", metavar="WORD", help="$NOTIFICATIONTYPE$")
    add("--host", default="", metavar="NAME", help="$HOSTNAME$")
    add("--address", default="", metavar="ADDRESS", help="$HOSTADDRESS$")
    add("--watch", default="", metavar="NAME", help="$SERVICEDESC$; not for a host.")
    add("--state", default="", metavar="STATE", help="$SERVICESTATE$ or $HOSTSTATE$")
    add("--roles", default="", metavar="NAMES", help="$_SERVICEROLE$")
    add("--host-roles", default="", metavar="NAMES", help="$_HOSTROLE$, for runbooks of a host.")
    add("--last-check", default="0", metavar="SECONDS", help="$LASTSERVICECHECK$ or $LASTHOSTCHECK$")
    add("--status-file", default="", metavar="FILE", help="$STATUSDATAFILE$, for the output of the check.")
    add("--otherwise", default="", metavar="ADDRESS", help="Gets a mail if FILE is unusable or lacks the team.")
    add("--output", default="", metavar="TEXT", help="The output of the check; for icinga.")
    add("--perfdata", default="", metavar="TEXT", help="Its performance data; for icinga.")
    add("--author", default="", metavar="NAME", help="Who acknowledged, or planned a downtime; for icinga.")
    add("--comment", default="", metavar="TEXT", help="The remark of that person; for icinga.")
    return made


def parse(words: Sequence[str]) -> NotifyOptions:
    """Parse the words after the program's name. Raises BadUsage."""
    found = parser().parse_args(list(words))
    if not found.config and found.source != "status":
        raise BadUsage("Name notify.json: --config FILE. See --help.")
    if found.source in ("nagios", "icinga") and not (found.host and found.state and found.team):
        raise BadUsage(f"A notification of {found.source.title()} needs --team, --host and --state. See --help.")
    if found.source == "test" and not found.team:
        raise BadUsage("Name the team whose channels to try: --team NAME. See --help.")
    for name in ("roles", "host_roles"):
        if getattr(found, name).startswith("$"):  # Nagios leaves a macro that it does not know
            setattr(found, name, "")
    return NotifyOptions(**vars(found))
