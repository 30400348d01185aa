"""Limits of three levels, made one: what holds, and how a command line says it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from checkwright.core.check import Check
from checkwright.core.gauges import Limit
from checkwright.registry import plan
from checkwright.registry.plan import Level, Origin, Word
from checkwright.registry.registry import Registry
from checkwright.registry.resolving.class_lines import line_of

End = Literal["warn", "crit"]
_FLAGS: tuple[tuple[End, str], ...] = (("warn", "warning"), ("crit", "critical"))


@dataclass(frozen=True, slots=True)
class Stated:
    """One end of one limit as a level states it."""

    gauge: str
    items: str
    end: End
    range: str
    level: Level
    origin: Origin
    why: str = ""


def defaults(kind: type[Check], registry: Registry) -> list[Stated]:
    """The gauges' own thresholds, in the order of the class body."""
    stated = []
    for name, gauge in kind.gauges.items():
        origin = registry.relative(line_of(kind, name))
        for end, value in (("warn", gauge.default.warn), ("crit", gauge.default.crit)):
            if value is not None:
                stated.append(Stated(name, "", "warn" if end == "warn" else "crit", value, "check", origin))
    return stated


def given(limits: Iterable[Limit[Any]], level: Level, registry: Registry, why: str = "") -> Iterator[Stated]:
    """What a watch's or an override's limits state."""
    for limit in limits:
        origin = registry.relative(Origin(limit.file, limit.line))
        if limit.warn is not None:
            yield Stated(limit.gauge, limit.items, "warn", limit.warn, level, origin, why)
        if limit.crit is not None:
            yield Stated(limit.gauge, limit.items, "crit", limit.crit, level, origin, why)


def holding(stated: Iterable[Stated]) -> list[Stated]:
    """Without those that a later one for the same or for all items replaces; order is kept."""
    kept: list[Stated] = []
    replaced: set[tuple[str, str, str]] = set()
    for one in reversed(list(stated)):
        key = (one.gauge, one.end, one.items)
        if key not in replaced and not (one.items and (one.gauge, one.end, "") in replaced):
            kept.append(one)
            replaced.add(key)
    kept.reverse()
    return kept


def words(kind: type[Check], held: list[Stated]) -> tuple[Word, ...]:
    """The flags that differ from the check's defaults: `--space-warning`, `/srv*=95`."""
    said: list[Word] = []
    by_end: dict[tuple[str, End], list[Stated]] = {}
    for one in held:
        by_end.setdefault((one.gauge, one.end), []).append(one)
    for gauge in kind.gauges:
        for end, flag in _FLAGS:
            for one in by_end.get((gauge, end), ()):
                if not one.items and one.range == getattr(kind.gauges[gauge].default, end):
                    continue
                name = f"--{gauge.replace('_', '-')}-{flag}"
                said += [(name,), (f"{one.items}={one.range}" if one.items else one.range,)]
    return tuple(said)


#: Limits that were made, by the ends in them, which live as long as this does. Most entries share most of theirs.
Made = dict[tuple[int, int], plan.Limit]

#: Both ends of a limit, as positions in what was stated; twice the same where one end is all.
Ends = tuple[int, int]


def shape(stated: Iterable[Stated]) -> tuple[object, ...]:
    """What is equal for two lists from one level that come to the same, wherever they were stated."""
    declarations: dict[Origin, int] = {}
    return tuple(
        [
            (one.gauge, one.items, one.end, one.range, declarations.setdefault(one.origin, len(declarations)))
            for one in stated
        ]
    )


def together(kind: type[Check], stated: list[Stated], held: list[Stated]) -> tuple[Ends, ...]:
    """For the plan: both ends in one limit where one declaration states both. `held` are those that hold."""
    position = {id(one): number for number, one in enumerate(stated)}
    by_gauge: dict[str, list[Stated]] = {}
    for one in held:
        by_gauge.setdefault(one.gauge, []).append(one)
    found: list[Ends] = []
    for gauge in kind.gauges:
        waiting: Stated | None = None
        for one in (*by_gauge.get(gauge, ()), None):
            if waiting is None:
                waiting = one
            elif one is not None and _in_one(waiting, one):
                found.append((position[id(waiting)], position[id(one)]))
                waiting = None
            else:
                found.append((position[id(waiting)], position[id(waiting)]))
                waiting = one
    return tuple(found)


def limits(stated: list[Stated], ends: Iterable[Ends], made: Made) -> tuple[plan.Limit, ...]:
    """The limits of which these are the ends."""
    return tuple([_limit(made, stated[first], stated[then]) for first, then in ends])


def _in_one(first: Stated, then: Stated) -> bool:
    """Whether one declaration states both ends."""
    return first.end != then.end and (first.items, first.level, first.origin) == (then.items, then.level, then.origin)


def _limit(made: Made, one: Stated, other: Stated) -> plan.Limit:
    found = made.get((id(one), id(other)))
    if found is None:
        ranges = {one.end: one.range, other.end: other.range}
        warn, crit = ranges.get("warn"), ranges.get("crit")
        found = plan.Limit(one.gauge, one.items, warn, crit, one.level, one.origin, one.why)
        made[id(one), id(other)] = found
    return found
