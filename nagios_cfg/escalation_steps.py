"""When a page that nobody acknowledges is told to whom: the arithmetic of escalations.

Nagios counts notifications, the registry says times. So the interval until the next notification is chosen
such that one falls on each step. In place of an object's own contacts Nagios tells those of the
escalation that is due: each step therefore names everybody who was told before as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from checkwright.registry.plan import Entry, Escalation, Notify, Team
from nagios_cfg.names import Names

#: How often a problem that stays is told again (seconds).
REPEATED = 3600
#: How often hosts and NRPE daemons are checked (seconds).
HOST_EVERY = 300
AGENT_EVERY = 60


@dataclass(frozen=True, slots=True)
class Step:
    """The notifications from number `first` to `last` (0: all that follow), `interval` seconds apart."""

    first: int
    last: int
    interval: int
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    """`interval`: seconds between notifications until the first step, or for ever where there is none."""

    interval: int
    steps: tuple[Step, ...] = ()


def ladder(escalations: Sequence[Escalation], groups: Sequence[str], every: int, names: Names) -> Ladder:
    """Return the steps, soonest first, of something that is checked each `every` seconds and tells `groups`.

    Nagios tells when it has checked: what is checked more rarely than a step is due is escalated a check later.
    """
    told = tuple(groups)
    audiences: dict[int, tuple[str, ...]] = {}
    for escalation in escalations:
        contact = names.contact(escalation.to, "page")
        if contact not in told:
            audiences[escalation.after] = told = (*told, contact)
    if not audiences:
        return Ladder(max(REPEATED, every))
    intervals, numbers = [], [1]
    for before, after in pairwise((0, *audiences)):
        count, interval = _step(after - before, every)
        intervals.append(interval)
        numbers.append(numbers[-1] + count)
    intervals.append(max(REPEATED, every))
    ends = [*(number - 1 for number in numbers[2:]), 0]
    steps = zip(numbers[1:], ends, intervals[1:], audiences.values(), strict=True)
    return Ladder(intervals[0], tuple(Step(*step) for step in steps))


def between(team: Team, level: Notify, every: int) -> int:
    """Return the seconds between notifications of what a team is told at a level, up to the first escalation."""
    first = team.escalations[0].after if team.escalations and level == "page" else 0
    return _step(first, every)[1] if first else max(REPEATED, every)


def of_entry(entry: Entry, team: Team, names: Names) -> Ladder:
    """Return the ladder of an entry's services; `team` is its owner. Only a page is escalated: the rest can wait."""
    escalations = team.escalations if entry.notify == "page" else ()
    return ladder(escalations, (names.contact(team.name, "page"),), entry.interval, names)


def _step(gap: int, every: int) -> tuple[int, int]:
    """How many notifications lead over a gap (seconds), and how far they are apart."""
    count = -(-gap // max(REPEATED, every))
    return count, max(gap // count, every)
