"""Merging of the limits that a check, a watch and overrides state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from checkwright.core.check import Check
from checkwright.core.gauges import Limit
from checkwright.registry import plan
from checkwright.registry.plan import Level, Origin, Word
from checkwright.registry.registry import Registry
from checkwright.registry.resolving.class_lines import line_of
from checkwright.registry.resolving.command_line import flag_and_value

End = Literal["warn", "crit"]
#: Positions of the two ends of a limit in a list of thresholds; the same twice where it has one end.
Pair = tuple[int, int]
#: Limits by their two ends. Most entries of an environment share most of their limits.
Made = dict[tuple["Threshold", "Threshold"], plan.Limit]
_FLAGS: tuple[tuple[End, str], ...] = (("warn", "warning"), ("crit", "critical"))


@dataclass(frozen=True, slots=True, eq=False)
class Threshold:
    """One end of one limit, as one level states it. Compared and hashed by identity."""

    gauge: str
    items: str
    end: End
    range: str
    level: Level
    origin: Origin
    why: str = ""
    until: str = ""
    unit: str = ""
    label: str = ""


def of_gauges(kind: type[Check], registry: Registry) -> list[Threshold]:
    """Return the gauges' own thresholds, in the order of the class body."""
    found = []
    for name, gauge in kind.gauges.items():
        origin = registry.relative(line_of(kind, name))
        for end, value in (("warn", gauge.default.warn), ("crit", gauge.default.crit)):
            if value is not None:
                which: End = "warn" if end == "warn" else "crit"
                about = (gauge.unit, gauge.label)
                found.append(Threshold(name, "", which, value, "check", origin, "", "", *about))
    return found


def of_limits(
    limits: Iterable[Limit[Any]], level: Level, registry: Registry, why: str = "", until: str = ""
) -> Iterator[Threshold]:
    """Yield the thresholds in the limits of a watch or an override. until: the last day of the override."""
    for limit in limits:
        origin = registry.relative(Origin(limit.file, limit.line))
        gauge = limit.check.gauges[limit.gauge]
        about = (level, origin, why, until, gauge.unit, gauge.label)
        if limit.warn is not None:
            yield Threshold(limit.gauge, limit.items, "warn", limit.warn, *about)
        if limit.crit is not None:
            yield Threshold(limit.gauge, limit.items, "crit", limit.crit, *about)


def effective(thresholds: Sequence[Threshold]) -> list[int]:
    """Return the positions of those that no later threshold for the same or for all items replaces."""
    kept: list[int] = []
    replaced: set[tuple[str, str, str]] = set()
    for position in reversed(range(len(thresholds))):
        one = thresholds[position]
        key = (one.gauge, one.end, one.items)
        if key not in replaced and not (one.items and (one.gauge, one.end, "") in replaced):
            kept.append(position)
            replaced.add(key)
    kept.reverse()
    return kept


def words(kind: type[Check], thresholds: Iterable[Threshold]) -> tuple[Word, ...]:
    """Return the flags of thresholds that differ from the check's defaults: `--space-warning`, `/srv*=95`."""
    found: list[Word] = []
    by_end: dict[tuple[str, End], list[Threshold]] = {}
    for one in thresholds:
        by_end.setdefault((one.gauge, one.end), []).append(one)
    for gauge in kind.gauges:
        for end, flag in _FLAGS:
            for one in by_end.get((gauge, end), ()):
                if not one.items and one.range == getattr(kind.gauges[gauge].default, end):
                    continue
                name = f"--{gauge.replace('_', '-')}-{flag}"
                found += flag_and_value(name, f"{one.items}={one.range}" if one.items else one.range)
    return tuple(found)


def pairs(kind: type[Check], thresholds: Sequence[Threshold], positions: Iterable[int]) -> tuple[Pair, ...]:
    """Return the thresholds at these positions as pairs, by gauge: both ends where one declaration states both."""
    by_gauge: dict[str, list[int]] = {}
    for position in positions:
        by_gauge.setdefault(thresholds[position].gauge, []).append(position)
    found: list[Pair] = []
    for gauge in kind.gauges:
        waiting: int | None = None
        for position in by_gauge.get(gauge, ()):
            if waiting is not None and _is_one_limit(thresholds[waiting], thresholds[position]):
                found.append((waiting, position))
                waiting = None
                continue
            if waiting is not None:
                found.append((waiting, waiting))
            waiting = position
        if waiting is not None:
            found.append((waiting, waiting))
    return tuple(found)


def limits(thresholds: Sequence[Threshold], found: Iterable[Pair], made: Made) -> tuple[plan.Limit, ...]:
    """Return the limits of a plan that these pairs make. Limits are taken from `made`, or added to it."""
    return tuple([_limit(thresholds[first], thresholds[then], made) for first, then in found])


def shape(thresholds: Iterable[Threshold]) -> tuple[object, ...]:
    """Return a key that is equal for thresholds of one level with equal values, wherever they were declared."""
    declarations: dict[Origin, int] = {}
    return tuple(
        [
            (one.gauge, one.items, one.end, one.range, declarations.setdefault(one.origin, len(declarations)))
            for one in thresholds
        ]
    )


def _is_one_limit(first: Threshold, then: Threshold) -> bool:
    return first.end != then.end and (first.items, first.level, first.origin) == (then.items, then.level, then.origin)


def _limit(one: Threshold, other: Threshold, made: Made) -> plan.Limit:
    found = made.get((one, other))
    if found is None:
        ranges = {one.end: one.range, other.end: other.range}
        warn, crit = ranges.get("warn"), ranges.get("crit")
        about = (one.level, one.origin, one.why, one.unit, one.label, one.until)
        found = made[one, other] = plan.Limit(one.gauge, one.items, warn, crit, *about)
    return found
