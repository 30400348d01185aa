"""One recorded value over time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

Point = tuple[float, float]

#: Label of the series with what else a run reported than its numbers: 0 for nothing, or the exit code that words, an
#: error or a timeout gave it.
ELSE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Values of one gauge of one watch on one host.

    label: as in performance data, `GAUGE` or `GAUGE:ITEM`. unit: base unit of performance data. crit: critical
    threshold as it was recorded, "" for none. points: (seconds since the epoch, value), rising. resolution: seconds
    between two values. averaged: each value is a mean of several, so peaks between them are lost. source: for people.
    """

    environment: str
    role: str
    host: str
    watch: str
    check: str
    label: str
    unit: str = ""
    crit: str = ""
    points: tuple[Point, ...] = field(default=(), repr=False)
    resolution: float = 60
    averaged: bool = False
    source: str = ""

    @property
    def gauge(self) -> str:
        return self.label.partition(":")[0]

    @property
    def item(self) -> str:
        return self.label.partition(":")[2]


def means(points: Iterable[Point], step: int) -> dict[int, float]:
    """Return the mean of the values in each slot of `step` seconds, by its start."""
    sums: dict[int, tuple[float, int]] = {}
    for moment, value in points:
        slot = int(moment // step) * step
        total, number = sums.get(slot, (0.0, 0))
        sums[slot] = total + value, number + 1
    return {slot: total / number for slot, (total, number) in sums.items()}


def resolution_of(moments: Iterable[float]) -> float:
    """Return the usual distance of rising moments in seconds: the median, 0 for fewer than two."""
    distances = [after - before for before, after in pairwise(moments)]
    return median(distances) if distances else 0.0
