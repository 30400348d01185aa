"""Resources against the load of a role: a straight line through both says which one runs out first.

Load is the requests per second of all machines together. A resource that follows it reaches its limit at a multiple of
the peak. Real resources slow down before they are full, so that multiple is an upper bound.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from checkwright.core import ranges
from checkwright.history.series import Series, means
from checkwright.latency.counts import Counts
from checkwright.report.facts import Saturation

#: Least share of a resource's variation that the load must explain.
FOLLOWS = 0.5
#: Fewest slots with both, and least growth of the load between the quietest and the busiest of them.
_FEWEST = 24
_GROWTH = 1.5
#: Share of its limit above that a resource is listed though it does not follow the load.
_HIGH = 0.5
#: Checks that measure answers, and no resource.
_NO_RESOURCE = frozenset(("api_latency", "slo", "http", "json_api", "dns", "tls_certificate", "tcp_port"))


@dataclass(frozen=True, slots=True)
class Line:
    """The line value = base + slope x load. fit: r2, the share of the variation that it explains, 0 to 1."""

    base: float
    slope: float
    fit: float


def fitted(pairs: Iterable[tuple[float, float]]) -> Line | None:
    """Return the line of least squares through (load, value); None without two different loads."""
    points = list(pairs)
    if not points:
        return None
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    xx = sum((x - mean_x) ** 2 for x, _ in points)
    yy = sum((y - mean_y) ** 2 for _, y in points)
    xy = sum((x - mean_x) * (y - mean_y) for x, y in points)
    if xx <= 0:
        return None
    slope = xy / xx
    return Line(mean_y - slope * mean_x, slope, xy * xy / (xx * yy) if yy > 0 else 0.0)


def load_of(counts: Counts) -> dict[int, float]:
    """Return requests per second by slot."""
    return {start: slot.requests / counts.step for start, slot in counts.slots.items() if slot.requests}


def saturation(counts: Counts, series: Iterable[Series]) -> tuple[Saturation, ...]:
    """Return the resources: those that follow the load by what runs out first, then others near their limit."""
    load = load_of(counts)
    if not load or max(load.values()) < _GROWTH * min(load.values()):
        return ()
    found = [one for found in series if (one := _judged(found, load, counts.step)) is not None]
    return tuple(sorted(found, key=lambda one: (one.times is None, one.times or 0, one.host, one.resource)))


def _judged(series: Series, load: Mapping[int, float], step: int) -> Saturation | None:
    limit = limit_of(series)
    if limit is None or series.check in _NO_RESOURCE:
        return None
    values = means(series.points, step)
    pairs = [(load[slot], value) for slot, value in values.items() if slot in load]
    loads = [x for x, _ in pairs]
    line = fitted(pairs)
    if len(pairs) < _FEWEST or line is None or max(loads) < _GROWTH * min(loads):
        return None
    peak = _peak_load(load, step)
    at_peak = line.base + line.slope * peak
    follows = line.fit >= FOLLOWS and line.slope > 0
    highest = max(value for _, value in pairs)
    if not follows and highest < _HIGH * limit:
        return None
    return Saturation(
        host=series.host,
        resource=_name(series),
        unit=series.unit,
        at_peak=round(at_peak if follows else highest, 6),
        limit=limit,
        times=round((limit - line.base) / line.slope / peak, 4) if follows else None,
        fit=round(line.fit, 4),
        points=len(pairs),
        source=series.source,
    )


def _peak_load(load: Mapping[int, float], step: int) -> float:
    """Return the load of the busiest hour."""
    busiest = sorted(load.values())[-max(1, 3_600 // step) :]
    return sum(busiest) / len(busiest)


def limit_of(series: Series) -> float | None:
    """Return the upper end of the critical threshold, 100 for a percentage without any; None if there is none."""
    if series.crit in ("", ranges.NEVER):
        return 100.0 if series.unit == "%" else None
    try:
        parsed = ranges.parse(series.crit)
    except ranges.BadRange:
        return None
    return float(parsed.end) if not parsed.invert and 0 < parsed.end < float("inf") else None


def _name(series: Series) -> str:
    """Return a resource's name: watch, gauge and item, each once."""
    gauge = series.gauge.replace("_", " ")
    name = gauge if not series.watch or series.watch in series.gauge else f"{series.watch} {gauge}"
    return f"{name} {series.item}".strip()
