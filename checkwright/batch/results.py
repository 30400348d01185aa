"""Result of a task's run, and the parts of a plugin's output: summary, details and performance data."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from checkwright.batch.tasks import Task
from checkwright.core.outcome import STATES

#: A range of the Monitoring Plugins guidelines, or a number.
_LIMIT = re.compile(r"[-+0-9.:@~eE]*")
#: LABEL=VALUE;..., with the label in single quotes if it holds blanks and its own quotes doubled; otherwise any word.
#: Possessive quantifiers prevent backtracking: parsing a plugin's megabytes would take hours.
_WORD = re.compile(r"'((?:[^']|'')*+)'=(\S*+)|\S++")
_NUMBER = re.compile(r"([-+]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]++)?)([^0-9\s;]*+)")
#: Most values of one output: more than any graph shows.
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Result:
    """Result of one run. code: 0 to 3. output: the plugin's whole output as text, without the last line end.

    started: seconds since 1970. seconds: duration.
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
    """One value of performance data. `value` is None if the plugin could not determine it (`U`)."""

    label: str
    value: float | None
    unit: str = ""
    warn: str = ""
    crit: str = ""
    min: str = ""
    max: str = ""


@dataclass(frozen=True, slots=True)
class Parts:
    """Parts of a plugin's output, as the Monitoring Plugins guidelines define them."""

    summary: str
    details: tuple[str, ...]
    perfdata: str


def parts_of(output: str) -> Parts:
    """Split an output. The performance data is all text after the first bar of the first line, and after the second."""
    first, _, rest = output.partition("\n")
    summary, _, perfdata = first.partition("|")
    details, _, more = rest.partition("|")
    data = " ".join(part.strip() for part in (perfdata, *more.split("\n")) if part.strip())
    return Parts(summary.strip(), tuple(details.rstrip().split("\n")) if details.strip() else (), data)


def values_of(perfdata: str) -> tuple[Value, ...]:
    """Return the values in performance data, 10,000 at most. Other words are ignored, as in Nagios's graphing tools."""
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
