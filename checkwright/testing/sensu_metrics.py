"""Metrics that Sensu's agent extracts from a check's output, and the status by the check's thresholds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

_NUMBER_CHARACTERS = frozenset("0123456789.-")


@dataclass(frozen=True, slots=True)
class Point:
    """One extracted metric. timestamp: start of the check in whole seconds."""

    name: str
    value: float
    timestamp: int
    tags: tuple[tuple[str, str], ...] = ()


def perfdata_points(output: str, timestamp: int, tags: tuple[tuple[str, str], ...] = ()) -> tuple[Point, ...]:
    """Return the metrics of output_metric_format nagios_perfdata, by the grammar of the agent, not of Nagios.

    The whole output must have exactly one |. Labels keep their quotes, units are not scaled.
    """
    parts = output.split("|")
    if len(parts) != 2:
        return ()
    points = []
    for token in parts[1].strip().split(" "):
        label_and_value = token.strip().split(";")[0].split("=")
        if len(label_and_value) != 2:
            continue
        label, text = label_and_value
        try:
            value = float("".join(char for char in text if char in _NUMBER_CHARACTERS))
        except ValueError:
            continue
        points.append(Point(label, value, timestamp, tags))
    return tuple(points)


def threshold_status(points: Sequence[Point], thresholds: Sequence[Mapping[str, Any]]) -> int:
    """Return the highest status of output_metric_thresholds that the points cross, 0 for none.

    A value on the limit is within it. Limits that are not numbers are skipped. `null_status` counts for a threshold
    without a point of its name and tags.
    """
    highest = 0
    for threshold in thresholds:
        found = [point for point in points if _matches(point, threshold)]
        if not found:
            highest = max(highest, int(threshold.get("null_status") or 0))
        for point in found:
            for rule in threshold.get("thresholds") or ():
                if _crosses(point.value, rule):
                    highest = max(highest, int(rule.get("status") or 0))
    return highest


def _matches(point: Point, threshold: Mapping[str, Any]) -> bool:
    tags = {(tag["name"], tag["value"]) for tag in threshold.get("tags") or ()}
    return point.name == threshold["name"] and tags <= set(point.tags)


def _crosses(value: float, rule: Mapping[str, Any]) -> bool:
    for key, beyond in (("min", float.__lt__), ("max", float.__gt__)):
        if limit := rule.get(key):
            try:
                if beyond(float(value), float(limit)):
                    return True
            except ValueError:
                return False
    return False
