"""Metrics that Sensu's agent extracts from a check's output, and the status by the check's thresholds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checkwright.testing.go_functions import quoted

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
    return tuple(Point(*one, timestamp, tags) for one in _words(output) if isinstance(one, tuple))


def perfdata_errors(output: str) -> tuple[str, ...]:
    """Return the errors that the agent logs when it reads the metrics of an output, each time the check runs."""
    return tuple(one for one in _words(output) if isinstance(one, str))


def _words(output: str) -> Iterator[tuple[str, float] | str]:
    """Yield (label, value) of each metric, and the agent's error instead of one that it cannot read."""
    parts = output.split("|")
    if len(parts) != 2:
        yield "nagios perfdata format requires at least one performance data metric"
        return
    for word in parts[1].strip().split(" "):
        token = word.strip()
        if not token:
            continue
        label_and_value = token.split(";")[0].split("=")
        if len(label_and_value) != 2:
            yield f"invalid nagios perfdata metric: {quoted(token)}"
            continue
        label, text = label_and_value
        try:
            yield label, float("".join(char for char in text if char in _NUMBER_CHARACTERS))
        except ValueError:
            yield f"invalid nagios perfdata metric value: {quoted(text)}"


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
