"""The p99 of each endpoint as `check api_latency` would have judged it, from counts files."""

from __future__ import annotations

from collections.abc import Iterable

from checkwright.history.series import Point, Series
from checkwright.latency import quantiles
from checkwright.latency.counts import HOUR, Counts

CHECK, GAUGE = "api_latency", "p99"
#: Source of the series, for people.
SOURCE = "counts files"
#: Requests from that on a window need not grow, and below that it is not judged.
_ENOUGH = 300
_FEWEST = 20


def p99(parts: Iterable[Counts]) -> list[Series]:
    """Return the judged p99 of each endpoint and log in seconds, a value for each slot.

    Judged is the bound that the true p99 exceeds with 95 % probability. A slot with few requests takes in those before
    it, for an hour at most.
    """
    found = []
    for part in parts:
        header = part.headers[0]
        if header.measure != "server":
            continue
        names = sorted({name for slot in part.slots.values() for name, _ in slot.cells})
        for name in names:
            points = tuple(_points(part, name))
            if points:
                found.append(
                    Series(
                        environment=header.environment,
                        role=header.role,
                        host=header.host,
                        watch="",
                        check=CHECK,
                        label=f"{GAUGE}:{name}",
                        unit="s",
                        points=points,
                        resolution=part.step,
                        source=SOURCE,
                    )
                )
    return found


def _points(counts: Counts, name: str) -> Iterable[Point]:
    recent: list[tuple[int, dict[int, int]]] = []
    for start in sorted(counts.slots):
        times = quantiles.added(cell.times for (one, _), cell in counts.slots[start].cells.items() if one == name)
        recent = [(at, kept) for at, kept in recent if at > start - HOUR]
        recent.append((start, times))
        window: dict[int, int] = {}
        for _, kept in reversed(recent):
            window = quantiles.added((window, kept))
            if quantiles.total(window) >= _ENOUGH:
                break
        if quantiles.total(window) >= _FEWEST:
            bound = quantiles.lower_bound(window, 0.99)
            if bound is not None:
                yield float(start + counts.step), bound / 1_000
