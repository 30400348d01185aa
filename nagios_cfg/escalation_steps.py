"""Arithmetic of escalations: the notification number and the contactgroups of each step.

The registry gives times, Nagios counts notifications. So the interval between notifications is chosen such that one
of them falls on each step. When an escalation is due, Nagios notifies its contactgroups and not those of the service.
So each step also names everyone who was notified before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from checkwright.registry.plan import Entry, Escalation, Notify, Team
from nagios_cfg.intervals import RENOTIFY_INTERVAL
from nagios_cfg.names import Names


@dataclass(frozen=True, slots=True)
class Step:
    """Notifications number `first` to `last` (0: all that follow), `interval` seconds apart."""

    first: int
    last: int
    interval: int
    groups: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EscalationSteps:
    """Steps of one escalation. `interval` is the seconds between notifications up to the first step."""

    interval: int
    steps: tuple[Step, ...] = ()


def escalation_steps(
    escalations: Sequence[Escalation],
    groups: Sequence[str],
    check_interval: int,
    names: Names,
    repeat: int = RENOTIFY_INTERVAL,
) -> EscalationSteps:
    """Return the steps, soonest first, of an object that notifies `groups` every `repeat` seconds (0: once).

    Nagios notifies after a check. So an object whose `check_interval` (seconds) is longer than the time to a step is
    escalated one check later.
    """
    notified = tuple(groups)
    groups_after: dict[int, tuple[str, ...]] = {}
    for escalation in escalations:
        contact = names.contact(escalation.to, "page")
        if contact not in notified:
            groups_after[escalation.after] = notified = (*notified, contact)
    if not groups_after:
        return EscalationSteps(_repeated(repeat, check_interval))
    intervals, numbers = [], [1]
    for before, after in pairwise((0, *groups_after)):
        count, interval = _spread(after - before, check_interval, repeat)
        intervals.append(interval)
        numbers.append(numbers[-1] + count)
    intervals.append(_repeated(repeat, check_interval))
    ends = [*(number - 1 for number in numbers[2:]), 0]
    steps = zip(numbers[1:], ends, intervals[1:], groups_after.values(), strict=True)
    return EscalationSteps(intervals[0], tuple(Step(*step) for step in steps))


def notification_interval(team: Team, level: Notify, check_interval: int, repeat: int = RENOTIFY_INTERVAL) -> int:
    """Return the seconds between notifications to a team at a level, up to the first escalation. 0 is one only."""
    first = team.escalations[0].after if team.escalations and level == "page" else 0
    return _spread(first, check_interval, repeat)[1] if first else _repeated(repeat, check_interval)


def entry_escalation(entry: Entry, team: Team, names: Names) -> EscalationSteps:
    """Return the escalation of an entry's services. `team` is its owner. Only pages are escalated."""
    escalations = team.escalations if entry.notify == "page" else ()
    return escalation_steps(escalations, (names.contact(team.name, "page"),), entry.interval, names, entry.renotify)


def _repeated(repeat: int, check_interval: int) -> int:
    return max(repeat, check_interval) if repeat else 0


def _spread(gap: int, check_interval: int, repeat: int) -> tuple[int, int]:
    """Return how many notifications fill a gap (seconds), and the seconds between them."""
    count = -(-gap // max(repeat or gap, check_interval))
    return count, max(gap // count, check_interval)
