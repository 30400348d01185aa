"""Values that broke their thresholds, as a phone shows them: `Used space of /srv 91 % (critical above 90 %)`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from checkwright.core.ranges import BadRange, parse, violation
from checkwright.core.text import clean, format_number

#: `label=value unit;warn;crit`; a label with blanks is in single quotes.
_METRIC = re.compile(r"(?:'((?:[^']|'')+)'|([^\s'=]+))=(-?[0-9.]+(?:e[+-]?[0-9]+)?)([a-zA-Z%/]*)((?:;[^\s;]*)*)")
_MOST = 5
_LONGEST = 20_000


def broken_values(perfdata: str, gauges: Mapping[str, tuple[str, str]]) -> tuple[str, ...]:
    """Return the values of performance data that are outside of their thresholds, critical ones first.

    gauges: noun and unit of each gauge by name. Labels of other plugins are shown as they are. Broken performance data
    give fewer values, never an error.
    """
    found = sorted(_violations(perfdata[:_LONGEST], gauges), key=lambda one: one[0])
    return tuple(text for _, text in found[:_MOST])


def _violations(perfdata: str, gauges: Mapping[str, tuple[str, str]]) -> Iterator[tuple[int, str]]:
    for quoted, plain, number, unit, rest in _METRIC.findall(perfdata):
        label = (quoted.replace("''", "'") or plain)[:200]
        _, warn, crit = (*rest.split(";")[:3], "", "", "")[:3]
        try:
            value = float(number)
            broken = _broken(value, warn, crit)
        except (ValueError, BadRange):
            continue
        if broken is not None:
            name, _, item = label.partition(":")
            noun, known_unit = gauges.get(name, (label, ""))
            unit = known_unit or unit
            about = clean(f"{noun} of {item}" if item and name in gauges else noun, 120)
            rank, word, spec = broken
            limit = _limit(value, spec, unit)
            yield rank, f"{about} {format_number(value, unit)} ({word} {limit})"


def _broken(value: float, warn: str, crit: str) -> tuple[int, str, str] | None:
    for rank, word, spec in ((0, "critical", crit), (1, "warning", warn)):
        if spec and not parse(spec).match(value):
            return rank, word, spec
    return None


def _limit(value: float, spec: str, unit: str) -> str:
    """Return how the value breaks the range, with the end in readable form."""
    found = parse(spec)
    if found.invert:
        return violation(found, value, f" {unit}" if unit else "")
    word, end = ("above", found.end) if value > found.end else ("below", found.start)
    return f"{word} {format_number(end, unit)}"
