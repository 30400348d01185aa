"""Differences between the downtimes that a schedule has now and those that Nagios has. Nothing is sent here.

Nagios is the memory: a downtime of this program is recognised by its author, object and times, so that a second run, or
one after a restart, schedules nothing twice. Own notes only tell a downtime that somebody cancelled from one that
Nagios lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from checkwright.downtime.downtime_schedule import Schedule
from checkwright.downtime.external_commands import Downtime, Target
from checkwright.downtime.nagios_state import NagiosState, Scheduled

#: Seconds before its beginning that a downtime is scheduled, so that a short stop of the timer does not matter.
LEAD = 3_600
#: Seconds until status.dat shows a command for certain: Nagios writes it every ten or so.
_SETTLED = 90


class Key(NamedTuple):
    """One downtime of one object."""

    host: str
    service: str
    start: int
    end: int

    @property
    def target(self) -> Target:
        return Target(self.host, self.service)


@dataclass(frozen=True, slots=True)
class Notes:
    """Own memory of one environment. started: start of the Nagios that had the `seen` ones. sent: by moment."""

    started: int = 0
    seen: frozenset[Key] = frozenset()
    cancelled: frozenset[Key] = frozenset()
    sent: Mapping[Key, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changes:
    """Downtimes to schedule and to delete, and the notes afterwards."""

    schedule: Mapping[Key, Downtime]
    delete: tuple[Scheduled, ...]
    notes: Notes


def author_of(environment: str) -> str:
    """Return the author of the downtimes of an environment. No person has a slash in the name."""
    return f"checkwright/{environment}"


def changes(schedule: Schedule, state: NagiosState, notes: Notes, now: float) -> Changes:
    """Return what must change in Nagios."""
    author = author_of(schedule.environment)
    expected = dict(_expected(schedule, state, now))
    present: dict[Key, list[Scheduled]] = {}
    for one in state.downtimes:
        if one.author == author:
            present.setdefault(Key(*one.target, one.start, one.end), []).append(one)
    lost = notes.started != state.started  # by a restart: only then a missing one is no decision of a person
    missing = expected.keys() - present.keys()
    cancelled = (notes.cancelled & missing) | (frozenset() if lost else notes.seen & missing)
    waiting = {key for key in missing if state.taken < notes.sent.get(key, 0) + _SETTLED and key in notes.sent}
    if lost:
        waiting -= notes.seen
    new = {key: expected[key] for key in sorted(missing - cancelled - waiting)}
    delete = [one for key, found in sorted(present.items()) if key not in expected for one in found]
    delete += [one for key, found in sorted(present.items()) if key in expected for one in _further(found)]
    sent = {key: moment for key, moment in notes.sent.items() if key in waiting}
    return Changes(
        new,
        tuple(one for one in delete if one.end > now),
        Notes(
            started=state.started,
            seen=frozenset(present.keys() & expected.keys()),
            cancelled=cancelled,
            sent=sent | dict.fromkeys(new, int(now)),
        ),
    )


def unsent(made: Changes) -> Changes:
    """Return changes that Nagios got nothing of, so that the next run sends them."""
    sent = {key: moment for key, moment in made.notes.sent.items() if key not in made.schedule}
    return replace(made, notes=replace(made.notes, sent=sent))


def confirmed(made: Changes) -> Changes:
    """Return changes whose downtimes Nagios has shown, so that a later absence is a decision of a person."""
    notes = unsent(made).notes
    return replace(made, notes=replace(notes, seen=notes.seen | made.schedule.keys()))


def _expected(schedule: Schedule, state: NagiosState, now: float) -> Iterator[tuple[Key, Downtime]]:
    """Yield the downtimes that are open now or begin soon, of objects that Nagios knows."""
    author = author_of(schedule.environment)
    for one in schedule.downtimes:
        for start in one.when.starts(now - one.length + 1, now + LEAD, schedule.zone):
            downtime = Downtime(start=start, end=start + one.length, author=author, why=one.why)
            for target in state.conditions:
                if target.host in one.hosts or target in one.services:
                    yield Key(*target, downtime.start, downtime.end), downtime


def _further(found: list[Scheduled]) -> list[Scheduled]:
    """Return all but the oldest of equal downtimes."""
    return sorted(found, key=lambda one: one.id)[1:]
