"""Rules about downtimes that recur."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from checkwright.registry import recurrence
from checkwright.registry.findings import Finding
from checkwright.registry.model import Downtime
from checkwright.registry.plan import Downtime as Planned
from checkwright.registry.rules.subject import RegistryRule, Subject

#: Days of the search for overlaps: each monthly and weekly pair meets in a year.
_DAYS = 366
_Span = tuple[int, int]


class OverlappingDowntimes(RegistryRule):
    """Two downtimes of the same host or watch overlap, or one overlaps with its own next one.

    Nagios then shows both, and the downtime lasts on when the shorter one ends. They were probably meant as one
    downtime, or as two in a row.

    Wrong:
        Downtime("daily 02:00", "2h", role=web, why="backup"),
        Downtime("sunday 03:00", "1h", role=web, why="repair of the file system"),

    Right:
        Downtime("daily 02:00", "2h", role=web, why="backup"),
        Downtime("sunday 04:00", "1h", role=web, why="repair of the file system"),
    """

    id = "R085"
    severity = "warning"
    hint = "change one of them"

    def find(self, subject: Subject) -> Iterator[Finding]:
        declared = subject.environment.downtimes
        spans = {one: _spans(one, subject) for one in declared}
        planned = dict(zip(declared, subject.resolved.plan.downtimes, strict=True))
        for number, one in enumerate(declared):
            if any(first[1] > second[0] for first, second in zip(spans[one], spans[one][1:], strict=False)):
                yield self.finding(one.origin, f"the downtime {one.when} of {one.scope()} begins again before its end")
            for other in declared[:number]:
                begin = _first_overlap(spans[one], spans[other])
                if begin is not None and _meet(planned[one], planned[other]):
                    place = subject.registry.relative(other.origin)
                    day = datetime.fromtimestamp(begin, _zone(subject))
                    message = f"the downtime {one.when} of {one.scope()} overlaps with {other.when} at {place}"
                    yield self.finding(one.origin, f"{message}, first on {day:%Y-%m-%d}")


def _zone(subject: Subject) -> ZoneInfo | None:
    name = subject.environment.time_zone
    return ZoneInfo(name) if name else None


def _spans(downtime: Downtime, subject: Subject) -> list[_Span]:
    """Return beginnings and ends in the next year, in seconds since 1970."""
    first = datetime.combine(subject.today, time(), UTC)
    after, before = first.timestamp() - downtime.length, (first + timedelta(days=_DAYS)).timestamp()
    starts = recurrence.parse(downtime.when).starts(after, before, _zone(subject))
    return [(start, start + downtime.length) for start in starts]


def _first_overlap(one: list[_Span], other: list[_Span]) -> int | None:
    """Return the beginning of the first overlap of two sorted lists, None for none."""
    left = right = 0
    while left < len(one) and right < len(other):
        begin = max(one[left][0], other[right][0])
        if begin < min(one[left][1], other[right][1]):
            return begin
        if one[left][1] <= other[right][1]:
            left += 1
        else:
            right += 1
    return None


def _meet(one: Planned, other: Planned) -> bool:
    """Return whether two downtimes cover the same host or the same watch of one."""
    if set(one.hosts).intersection(other.hosts):
        return True
    for mine in one.entries:
        for theirs in other.entries:
            if (mine.entry, mine.variant) == (theirs.entry, theirs.variant) and (
                not mine.hosts or not theirs.hosts or set(mine.hosts).intersection(theirs.hosts)
            ):
                return True
    return False
