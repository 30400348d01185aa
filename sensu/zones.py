"""A time zone as Sensu's event filters can know it, whose own clock is UTC: where its local time changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

#: Between these years each change is told one by one. Before and after, the nearest offset holds.
FIRST_YEAR, LAST_YEAR = 2025, 2045


@cache
def changes(zone: str) -> tuple[tuple[int, int], ...]:
    """(moment in seconds since 1970, minutes east of UTC from then on), the earliest first.

    The first stands for all time before the next. Raises ZoneInfoNotFoundError for a zone that nobody knows.
    """
    place = ZoneInfo(zone)
    first = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    return ((0, _minutes(place, first)), *_later(place, first))


def moment(zone: str, text: str) -> int:
    """Seconds since 1970 of a local time such as 2026-12-01T22:00. One that comes twice is the first of them."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def _later(place: ZoneInfo, start: datetime) -> Iterator[tuple[int, int]]:
    day = timedelta(days=1)
    while start.year <= LAST_YEAR:
        before, after = _minutes(place, start), _minutes(place, start + day)
        if before != after:
            low, high = start, start + day
            while high - low > timedelta(minutes=1):
                middle = low + timedelta(minutes=(high - low) // timedelta(minutes=2))
                low, high = (middle, high) if _minutes(place, middle) == before else (low, middle)
            yield int(high.timestamp()), after
        start += day


def _minutes(place: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(place).utcoffset()
    return (offset or timedelta()) // timedelta(minutes=1)
