"""Values of a result for stores of time series: named by check, gauge and item, in base units."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from checkwright.batch.results import Result, parts_of, values_of
from checkwright.registry.plan import Entry

#: Units of performance data: factor to the base unit, and the base unit.
BASE_UNITS: Mapping[str, tuple[float, str]] = {
    "": (1, ""),
    "s": (1, "s"),
    "ms": (1e-3, "s"),
    "us": (1e-6, "s"),
    "%": (1, "%"),
    "c": (1, "c"),
    "B": (1, "B"),
    "KB": (1024, "B"),
    "MB": (1024**2, "B"),
    "GB": (1024**3, "B"),
    "TB": (1024**4, "B"),
}


@dataclass(frozen=True, slots=True)
class MeasuredValue:
    """One number. gauge: of a check, or the whole label of a plugin's value. item: "" for none. unit: a base unit."""

    gauge: str
    item: str
    unit: str
    number: float


def source_of(entry: Entry) -> str:
    """Return the name of the check or of the plugin's file."""
    return entry.check or os.path.basename(entry.plugin)


def measured(result: Result) -> Iterator[MeasuredValue]:
    """Yield the values that could be determined. Labels of plugins hold any characters."""
    for value in values_of(parts_of(result.output).perfdata):
        if value.value is None:
            continue
        factor, unit = BASE_UNITS.get(value.unit, (1, value.unit))
        number = value.value * factor
        if math.isfinite(number):
            gauge, _, item = value.label.partition(":") if result.task.entry.check else (value.label, "", "")
            yield MeasuredValue(gauge, item, unit, number)
