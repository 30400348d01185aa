"""What a task's run found, and the parts of a plugin's output that other formats want apart."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from checkwright.batch.tasks import Task
from checkwright.core.outcome import STATES

#: A range of the guidelines, or a number.
_LIMIT = re.compile(r"[-+0-9.:@~eE]*")
#: LABEL=VALUE;..., the label in single quotes where it holds blanks; a quote in it is written twice. Else any word.
#: Nothing here may be tried in several ways: a plugin that prints megabytes would be read for hours.
_WORD = re.compile(r"'((?:[^']|'')*+)'=(\S*+)|\S++")
_NUMBER = re.compile(r"([-+]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]++)?)([^0-9\s;]*+)")
#: Values of one output that are read: more than anything draws.
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Result:
    """One run's answer. code: 0 to 3. output: all that the plugin printed, as text without the last line's end.

    started: seconds since 1970. seconds: how long it took.
    """

    task: Task
    code: int
    output: str
    started: float
    seconds: float

    @property
    def state(self) -> str:
        return STATES[self.code]

    @property
    def ended(self) -> float:
        return self.started + self.seconds


@dataclass(frozen=True, slots=True)
class Value:
    """One value of performance data. `value` is None where the plugin could not determine it (`U`)."""

    label: str
    value: float | None
    unit: str = ""
    warn: str = ""
    crit: str = ""
    min: str = ""
    max: str = ""


@dataclass(frozen=True, slots=True)
class Parts:
    """A plugin's output as the Monitoring Plugins guidelines divide it."""

    summary: str
    details: tuple[str, ...]
    perfdata: str


def parts_of(output: str) -> Parts:
    """The first line, further lines, and all performance data, whether behind the first bar or behind the second."""
    first, _, rest = output.partition("\n")
    summary, _, perfdata = first.partition("|")
    details, _, more = rest.partition("|")
    data = " ".join(part.strip() for part in (perfdata, *more.split("\n")) if part.strip())
    return Parts(summary.strip(), tuple(details.rstrip().split("\n")) if details.strip() else (), data)


def values_of(perfdata: str) -> tuple[Value, ...]:
    """The values in performance data, 10,000 at most; what is none is left out, as Nagios's graphing tools do."""
    found: list[Value] = []
    for match in _WORD.finditer(perfdata):
        if len(found) == _MOST:
            break
        quoted, rest = match.groups()
        if quoted is not None:
            label = quoted.replace("''", "'")
        else:
            label, _, rest = match[0].partition("=")
            label = label.rpartition("'")[2]
        text, *limits = rest.split(";")
        number = _NUMBER.fullmatch(text)
        if not label or not (number or text == "U"):
            continue
        value = float(number[1]) if number else None
        if value is not None and not math.isfinite(value):
            continue
        limits = [limit if _LIMIT.fullmatch(limit) else "" for limit in limits]
        warn, crit, low, high = (*limits, "", "", "", "")[:4]
        found.append(Value(label, value, number[2] if number else "", warn, crit, low, high))
    return tuple(found)
