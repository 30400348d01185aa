"""Program `checkwright-notify`: from Nagios, Icinga or Sensu into the queues of a team's channels.

0 queued, or tried with success; 1 not; 2 wrong usage. `status` ends as a plugin.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from checkwright.core.small_program import complain, run_program
from checkwright.notify import delivery, from_icinga, from_nagios, from_sensu, notify_file, spool_status
from checkwright.notify.channel import BadSettings, Outcome
from checkwright.notify.channels.mail import Mail
from checkwright.notify.event_log import EventLog
from checkwright.notify.from_nagios import NagiosWords
from checkwright.notify.incident import Incident
from checkwright.notify.notify_file import NotifyFile, NotUsable
from checkwright.notify.notify_options import PROGRAM, NotifyOptions, parse
from checkwright.notify.spool import Queue, Waiting

_FAILED = 1
#: Seconds until a notification is sent without the output of its check. Nagios writes status.dat every ten.
_WAIT = 25.0


def main() -> NoReturn:
    """Run the console script `checkwright-notify`."""
    run_program(PROGRAM, run)


def run(words: Sequence[str]) -> int:
    """Queue one notification and start its delivery. Returns the exit code; raises BadUsage."""
    options = parse(words)
    folder = Path(options.spool)
    if options.source == "status":
        return _status(options, folder)
    log = EventLog(folder)
    try:
        names = notify_file.read(options.config)
    except NotUsable as error:
        if options.source in ("nagios", "icinga"):
            return _mail_instead(options, NotifyFile({"version": notify_file.VERSION}), str(error), log)
        return complain(PROGRAM, str(error), _FAILED)
    if options.source == "test":
        return _test(options, names)
    if options.source == "sensu":
        return _sensu(options, names, log)
    incident = _incident(options, names)
    channels = names.channels_of(options.team, options.level)
    if not channels:
        why = f"{options.config} has no channel of the team {options.team} for {options.level}"
        return _mail_instead(options, names, why, log)
    waiting = None
    if options.status_file:
        last = int(options.last_check) if options.last_check.isdecimal() else 0
        waiting = Waiting(file=options.status_file, last_check=last, until=time.time() + _WAIT, role=options.roles)
    return _queue(options, incident, channels, waiting, names, log)


def _status(options: NotifyOptions, folder: Path) -> int:
    """Print the state of the spool, and wake its queues: after a restart of the machine nobody else does."""
    code, line = spool_status.status(folder)
    print(line)
    if options.config:
        with suppress(OSError):
            # Files of another user would stop the senders that Nagios starts.
            if folder.stat().st_uid == os.geteuid():
                log = EventLog(folder)
                delivery.start(spool_status.waiting_queues(folder, (), log), options.config, log)
    return code


def _incident(options: NotifyOptions, names: NotifyFile) -> Incident:
    """Return the incident. Icinga passes the texts; for Nagios they come from status.dat."""
    incident = from_nagios.incident_of(_words(options), names)
    if options.source != "icinga":
        return incident
    return from_icinga.with_texts(
        incident,
        names,
        options.roles,
        output=options.output,
        perfdata=options.perfdata,
        author=options.author,
        comment=options.comment,
    )


def _words(options: NotifyOptions) -> NagiosWords:
    return NagiosWords(
        kind=options.kind,
        host=options.host,
        address=options.address,
        watch=options.watch,
        state=options.state,
        role=options.roles,
        host_roles=options.host_roles,
    )


def _sensu(options: NotifyOptions, names: NotifyFile, log: EventLog) -> int:
    try:
        event = from_sensu.read_event(sys.stdin.buffer.read(10_000_001))
    except from_sensu.NoEvent as error:
        return complain(PROGRAM, str(error), _FAILED)
    incident = from_sensu.incident_of(event, names)
    # Sensu sets the variable for a handler of another team, such as that of an escalation.
    team = options.team or os.environ.get("CHECKWRIGHT_TEAM", "")
    teams = (team,) if team else from_sensu.teams_of(event)
    found = [channel for team in teams for channel in names.channels_of(team, options.level)]
    if not found:
        about = f"the team {', '.join(teams)}" if teams else "no team, and the event names no owner"
        return complain(PROGRAM, f"{options.config} has no channel for {options.level} of {about}", _FAILED)
    return _queue(options, incident, tuple(dict.fromkeys(found)), None, names, log)


def _queue(
    options: NotifyOptions,
    incident: Incident,
    channels: Sequence[str],
    waiting: Waiting | None,
    names: NotifyFile,
    log: EventLog,
) -> int:
    """Put an incident into the queues and start their senders. A spool that fails leaves one direct attempt."""
    queues, problem = [], ""
    for channel in channels:
        try:
            queue = Queue(Path(options.spool), channel, log)
            queue.put(incident, waiting)
        except OSError as error:
            outcome = _attempt(names, channel, incident)
            problem = f"{channel}: the spool {options.spool} is unusable ({error.strerror}); "
            problem += outcome.problem or "sent without it"
            log(problem)
        else:
            queues.append(queue)
    delivery.start([*queues, *_left_over(options, channels, log)], options.config, log)
    return complain(PROGRAM, problem, _FAILED) if problem else 0


def _left_over(options: NotifyOptions, channels: Sequence[str], log: EventLog) -> list[Queue]:
    """Return the queues of other channels that are not empty, so that a restart of the machine loses nothing."""
    try:
        return spool_status.waiting_queues(Path(options.spool), channels, log)
    except OSError:
        return []


def _mail_instead(options: NotifyOptions, names: NotifyFile, why: str, log: EventLog) -> int:
    """Notify by mail where notify.json does not say how: a page must not vanish in a mistake of a file."""
    incident = _incident(options, names)
    if not options.otherwise:
        log(f"{why}, and there is no address instead: {incident.kind} of {options.host} {options.watch} is lost")
        return complain(PROGRAM, why, _FAILED)
    try:
        outcome = Mail({"to": options.otherwise}).send(incident)
    except BadSettings as error:
        outcome = Outcome(str(error))
    log(f"{why}; a mail to {options.otherwise} instead: {outcome.problem or 'sent'}")
    return complain(PROGRAM, why, _FAILED)


def _test(options: NotifyOptions, names: NotifyFile) -> int:
    """Send a test notification and its recovery through each channel, and print the outcome."""
    channels = names.channels_of(options.team, options.level)
    if not channels:
        return complain(PROGRAM, f"{options.config} has no channel of {options.team} for {options.level}", _FAILED)
    words = NagiosWords(
        kind="PROBLEM",
        host=options.host or "test-host",
        address="",
        watch="test",
        state="CRITICAL",
        role="",
        host_roles="",
    )
    problem = from_nagios.incident_of(words, names)
    failed = False
    for channel in channels:
        for incident in (_tested(problem, "trigger"), _tested(problem, "resolve")):
            outcome = _attempt(names, channel, incident)
            failed |= bool(outcome.problem)
            print(f"{channel}: {incident.kind}: {outcome.problem or 'delivered'}")
    return _FAILED if failed else 0


def _tested(incident: Incident, action: str) -> Incident:
    from dataclasses import replace

    if action == "trigger":
        return replace(incident, output="This is a test of checkwright-notify. Nothing is wrong.")
    return replace(incident, action="resolve", kind="RECOVERY", state="OK", severity="ok")


def _attempt(names: NotifyFile, channel: str, incident: Incident) -> Outcome:
    try:
        return names.channel(channel).send(incident)
    except BadSettings as error:
        return Outcome(str(error))
