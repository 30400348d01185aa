"""Changes of a time zone's offset, for Sensu's event filters, which know UTC only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

#: Years with exact changes. Before and after them the nearest offset applies.
FIRST_YEAR, LAST_YEAR = 2025, 2045


@cache
def changes(zone: str) -> tuple[tuple[int, int], ...]:
    """Return (moment in seconds since 1970, minutes east of UTC from then on), the earliest first.

    The first one also applies to the time before it. Raises ZoneInfoNotFoundError for an unknown zone.
    """
    place = ZoneInfo(zone)
    first = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
    return ((0, _minutes(place, first)), *_later(place, first))


def moment(zone: str, text: str) -> int:
    """Return the seconds since 1970 of a local time such as 2026-12-01T22:00, the first of them if it occurs twice."""
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp())


def _later(place: ZoneInfo, start: datetime) -> Iterator[tuple[int, int]]:
    # No zone changes twice in a week: the shortest time between two changes is Ramadan's.
    week = timedelta(days=7)
    after = _minutes(place, start)
    while start.year <= LAST_YEAR:
        before, after = after, _minutes(place, start + week)
        if before != after:
            low, high = start, start + week
            while high - low > timedelta(minutes=1):
                middle = low + timedelta(minutes=(high - low) // timedelta(minutes=2))
                low, high = (middle, high) if _minutes(place, middle) == before else (low, middle)
            yield int(high.timestamp()), after
        start += week


def _minutes(place: ZoneInfo, moment: datetime) -> int:
    offset = moment.astimezone(place).utcoffset()
    return (offset or timedelta()) // timedelta(minutes=1)
