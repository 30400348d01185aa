"""Example of a watch in a fleet file, made from a check's declaration."""

from __future__ import annotations

import shlex

from checkwright.core.catalog import Found
from checkwright.core.check import Check
from checkwright.core.gauges import Gauge
from checkwright.core.options import Option

#: Warning and critical limits for gauges without a default, by unit: large enough not to alert on a first try.
_LIMITS = {"%": ("80", "90"), "s": ("3600", "7200"), "days": ("30:", "14:"), "B": ("10000000000", "20000000000")}
_OTHER_LIMITS = ("100", "500")


def example_imports(kind: type[Check], found: Found, *more: str) -> list[str]:
    """Return the import lines that the example needs, sorted: the check's own, those of its values, and `more`."""
    kinds = {option.kind for option in kind.options.values() if option.required}
    lines = [f"from {found.module} import {kind.__name__}", *more]
    lines += ["from checkwright import Secret"] if "Secret" in kinds else []
    return [*(["from pathlib import Path", ""] if "Path" in kinds else []), *sorted(lines)]


def example_watch(kind: type[Check]) -> str:
    """Return an expression such as `Watch(Disk(), Disk.space.at(warn=80, crit=90))`."""
    options = [f"{option.name}={_literal(option)}" for option in kind.options.values() if option.required]
    parts = [f"{kind.__name__}({', '.join(options)})"]
    gauge = _chosen(list(kind.gauges.values()))
    if gauge is not None:
        parts.append(f"{kind.__name__}.{gauge.name}.at({_limits(gauge)})")
    return f"Watch({', '.join(parts)})"


def _chosen(gauges: list[Gauge]) -> Gauge | None:
    """Return the gauge to show: one that must have a threshold, else the first with defaults, else the first."""
    required = (gauge for gauge in gauges if gauge.threshold_required)
    with_default = (gauge for gauge in gauges if gauge.default.warn is not None or gauge.default.crit is not None)
    return next(required, None) or next(with_default, None) or next(iter(gauges), None)


def _limits(gauge: Gauge) -> str:
    warn, crit = gauge.default.warn, gauge.default.crit
    if warn is None and crit is None:
        warn, crit = _LIMITS.get(gauge.unit, _OTHER_LIMITS)
    return ", ".join(f"{end}={_number(value)}" for end, value in (("warn", warn), ("crit", crit)) if value is not None)


def _literal(option: Option) -> str:
    if option.kind == "Secret":
        return 'Secret(file="...")'
    if option.rest:
        words = [f'"{word}"' for word in shlex.split(option.example or "...")]
        return f"({', '.join(words)}{',' if len(words) == 1 else ''})"
    example = option.example or (option.choices[0] if option.choices else "...")
    is_number = option.kind in ("int", "float") and option.example and not option.example[-1:].isalpha()
    value = example if is_number else f'"{example}"'
    if option.kind == "Path":
        value = f"Path({value})"
    return f"({value},)" if option.many else value


def _number(spec: str) -> str:
    return spec if spec.replace(".", "", 1).isdecimal() else f'"{spec}"'
