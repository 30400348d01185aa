"""Times of each endpoint by bucket of time: hours, or multiples of them for long reports."""

from __future__ import annotations

from collections.abc import Iterable

from checkwright.latency.counts import HOUR, Counts

#: Most columns of a heat map, and the widths to choose from, in seconds.
_MOST = 48
_WIDTHS = (HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR)


def add(into: dict[int, int], times: Iterable[tuple[int, int]]) -> None:
    """Add times to a table in place."""
    for milliseconds, count in times:
        into[milliseconds] = into.get(milliseconds, 0) + count


class Buckets:
    """Times by bucket and endpoint. starts: of all buckets from the first to the last, without holes."""

    def __init__(self, counts: Counts, width: int = HOUR) -> None:
        self.width = width
        self.tables: dict[int, dict[str, dict[int, int]]] = {}
        for slot in counts.slots.values():
            found = self.tables.setdefault(slot.start // width * width, {})
            for (endpoint, _), cell in slot.cells.items():
                add(found.setdefault(endpoint, {}), cell.times.items())
        first, last = min(self.tables, default=0), max(self.tables, default=-1)
        self.starts = tuple(range(first, last + 1, width)) if self.tables else ()

    def times(self, start: int, endpoint: str) -> dict[int, int]:
        """Return the times of an endpoint in one bucket; empty where it had no requests."""
        return self.tables.get(start, {}).get(endpoint, {})

    def between(self, starts: Iterable[int], endpoint: str) -> dict[int, int]:
        """Return the times of an endpoint in several buckets together."""
        found: dict[int, int] = {}
        for start in starts:
            add(found, self.times(start, endpoint).items())
        return found


def width_for(start: int, end: int) -> int:
    """Return the width of the columns of a heat map between two moments."""
    for width in _WIDTHS:
        if (end - start) / width <= _MOST:
            return width
    days = -(-(end - start) // (_MOST * _WIDTHS[-1]))
    return int(days) * _WIDTHS[-1]
