"""Rules of Nagios and Sensu for the output of a plugin."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checkwright.core.outcome import STATES

_FIRST_LINE = re.compile(r"[A-Z0-9_]+ (OK|WARNING|CRITICAL|UNKNOWN): \S")
_NUMBER = r"-?[0-9]+(\.[0-9]+)?"
_RANGE = rf"@?((~|{_NUMBER})?:)?({_NUMBER})?"
_METRIC = re.compile(
    rf"(?P<label>[A-Za-z0-9_.:/-]+)=(U|{_NUMBER}(s|B|%|c)?);({_RANGE});({_RANGE});({_NUMBER})?;({_NUMBER})?"
)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_TRACEBACK = "Traceback (most recent call last)"


def output_problems(text: str, exit_code: int, *, verbose: int = 0) -> list[str]:
    """Return the problems of a plugin's output in the format `nagios`, one sentence each."""
    return list(_problems(text, exit_code, verbose))


def _problems(text: str, exit_code: int, verbose: int) -> Iterator[str]:
    first, *further = text.split("\n")
    status = _FIRST_LINE.match(first)
    if status is None:
        yield f"the first line is not a status line: {first!r}"
    if exit_code not in range(len(STATES)):
        yield f"exit code {exit_code} is not in 0 to 3"
    elif status is not None and STATES[exit_code] != status[1]:
        yield f"the line has {status[1]}, the exit code means {STATES[exit_code]}"
    if further and not verbose:
        yield "more than one line without -v"
    if _CONTROL.search(text):
        yield f"a control character: {_CONTROL.findall(text)[0]!r}"
    if _TRACEBACK in text and verbose < 3:
        yield "a traceback below -vvv"
    _, bar, performance = text.partition("|")
    if "|" in performance:
        yield "more than one |"
    if bar:
        yield from _performance_data_problems(performance)


def _performance_data_problems(performance: str) -> Iterator[str]:
    if "\n" in performance:
        yield "lines after the performance data"
    labels = set()
    for word in performance.split():
        metric = _METRIC.fullmatch(word)
        if metric is None:
            yield f"{word!r} is not label=value;warn;crit;min;max with a plain label"
        elif metric["label"] in labels:
            yield f"the label {metric['label']!r} comes twice"
        else:
            labels.add(metric["label"])
