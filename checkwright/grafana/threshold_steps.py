"""Thresholds of a gauge as Grafana draws them: colours from a number on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from checkwright.core.domain import Range
from checkwright.core.ranges import cached
from checkwright.registry.plan import Limit

_GOOD, _WARNING, _CRITICAL = "green", "orange", "red"


def ranges_of(limits: Iterable[Limit], gauge: str, items: str = "") -> tuple[str | None, str | None]:
    """Return the warning and critical range of a gauge for these items: the last declaration of each end counts."""
    warn = crit = None
    for limit in limits:
        if (limit.gauge, limit.items) == (gauge, items):
            warn = limit.warn if limit.warn is not None else warn
            crit = limit.crit if limit.crit is not None else crit
    return warn, crit


def steps(warn: str | None, crit: str | None, scale: float = 1) -> list[dict[str, Any]]:
    """Return steps `{"value": from here on, "color": ...}`, the first with None. scale: of Grafana's unit."""
    found = [(cached(text), colour) for text, colour in ((crit, _CRITICAL), (warn, _WARNING)) if text is not None]
    bounds = sorted({bound for spec, _ in found for bound in _bounds(spec)})
    made: list[dict[str, Any]] = []
    for number, start in enumerate((None, *bounds)):
        end = bounds[number] if number < len(bounds) else None
        colour = next((colour for spec, colour in found if _breaks(spec, _between(start, end))), _GOOD)
        if not made or made[-1]["color"] != colour:
            made.append({"value": None if start is None else start * scale, "color": colour})
    return made


def _bounds(spec: Range) -> list[float]:
    return [end for end in (_start(spec), spec.end) if end not in (float("inf"), float("-inf"))]


def _start(spec: Range) -> float:
    """Return the start of a range. 0 is none: `80` means above 80, and few gauges are ever negative."""
    return spec.start if spec.start != 0 or spec.invert else float("-inf")


def _breaks(spec: Range, value: float) -> bool:
    return (_start(spec) <= value <= spec.end) == spec.invert


def _between(start: float | None, end: float | None) -> float:
    if start is None:
        return 0.0 if end is None else (end / 2 if end > 0 else end - 1)
    return start + 1 if end is None else (start + end) / 2
