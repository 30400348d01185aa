"""Declarations of checks as a plan holds them."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

from checkwright.core.check import Check
from checkwright.registry import plan
from checkwright.registry.registry import Registry
from checkwright.registry.resolving.class_lines import line_of


def records(registry: Registry, kinds: Iterable[type[Check]]) -> tuple[plan.Check, ...]:
    """Return a record of each check, sorted by name."""
    by_name = {kind.title(): kind for kind in kinds}
    return tuple(_record(registry, by_name[name]) for name in sorted(by_name))


def summary(kind: type[Check]) -> str:
    """Return the first line of a check's docstring."""
    return (kind.__doc__ or "").strip().partition("\n")[0]


def family_of(kind: type[Check], project: str) -> str:
    """Return `disk` for a built-in check, the project's name for its own, the package's name for an installed one."""
    package, *rest = kind.__module__.split(".")
    return rest[0] if package == "checks" and rest and project != package else package


def _record(registry: Registry, kind: type[Check]) -> plan.Check:
    gauges = kind.gauges.values()
    verdicts = kind.verdicts.values()
    return plan.Check(
        name=kind.title(),
        family=family_of(kind, registry.project),
        summary=summary(kind),
        text=inspect.cleandoc(kind.__doc__ or "").partition("\n")[2].strip(),
        gauges=tuple(
            plan.Gauge(name=one.name, label=one.label, unit=one.unit, warn=one.default.warn, crit=one.default.crit)
            for one in gauges
        ),
        verdicts=tuple(
            plan.Verdict(name=one.name, label=one.label, ok=one.ok, warn=one.warn, crit=one.crit or (), other=one.other)
            for one in verdicts
        ),
        origin=registry.relative(line_of(kind, "")),
    )
