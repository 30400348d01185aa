"""`stdout`: all results as the output of one plugin, for NRPE, Sensu or a person. Only with --once.

One summary line, a line for each watch, performance data after the only bar. The exit code is the worst state's.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from checkwright.batch.latest import LatestResults
from checkwright.batch.results import Result, parts_of, values_of
from checkwright.batch.sink import Context, ViewSink
from checkwright.core.errors import BadUsage
from checkwright.core.outcome import SEVERITY, worst
from checkwright.core.text import clean, perf_label

#: NRPE cuts at 65,505 bytes, without a mark and in the middle of a value.
LIMIT = 60_000
_NAMED = 3
#: Units that are passed on. A foreign plugin's unit may hold anything else, such as a second bar or control characters.
_UNIT = re.compile(r"[A-Za-z%/°µ]{0,16}")


def make(place: str, context: Context) -> ViewSink:
    """Return the sink. Raises BadUsage."""
    if place:
        raise BadUsage(f"stdout takes no place, and got {place!r}")
    if not context.once:
        raise BadUsage("stdout is printed at the end, as by a plugin, so it needs --once; json-lines prints at once")
    return Plugin()


class Plugin(ViewSink):
    """Prints once, at the end of the run: with --once nothing is shown before."""

    def show(self, latest: LatestResults, fresh: Sequence[Result]) -> str:
        try:
            sys.stdout.write(text_of(latest.results()) + "\n")
            sys.stdout.flush()
        except OSError as error:
            return f"cannot print results: {error.strerror}"
        return ""


def text_of(results: Sequence[Result]) -> str:
    """Return the plugin's output for these results, at most LIMIT bytes."""
    ranked = sorted(results, key=lambda result: -SEVERITY.index(result.state))
    several = len({result.task.host for result in results}) > 1
    lines = [_heading(ranked, several)]
    lines += (f"[{one.state}] {_name(one, several)}: {_summary(one)}" for one in ranked)
    data = [part for result in results for part in _data(result, several)]
    return _within_limit(lines, data)


def _heading(ranked: Sequence[Result], several: bool) -> str:
    state = worst(result.state for result in ranked)
    leading = [result for result in ranked if result.state == state]
    counts = ", ".join(
        f"{number} {name.lower()}" for name in reversed(SEVERITY) if (number := sum(r.state == name for r in ranked))
    )
    if state == "OK":
        return f"BATCH OK: {counts} of {len(ranked)}"
    named = ", ".join(f"{_name(one, several)}: {_summary(one)}" for one in leading[:_NAMED])
    more = f" and {len(leading) - _NAMED} more" if len(leading) > _NAMED else ""
    return f"BATCH {state}: {counts} of {len(ranked)}: {named}{more}"


def _name(result: Result, several: bool) -> str:
    return f"{result.task.host} {result.task.watch}" if several else result.task.watch


def _summary(result: Result) -> str:
    summary = parts_of(result.output).summary
    return clean(summary.removeprefix(f"{result.task.entry.check.upper()} {result.state}: ") or "no output", 300)


def _data(result: Result, several: bool) -> list[str]:
    prefix = f"{result.task.host}/{result.task.watch}" if several else result.task.watch
    found = []
    for value in values_of(parts_of(result.output).perfdata):
        # Numbers and ranges are parsed already, so they are safe to print as the plugin wrote them.
        shown = "U" if value.value is None else f"{value.value:f}".rstrip("0").rstrip(".")
        unit = value.unit if _UNIT.fullmatch(value.unit) else ""
        limits = ";".join((value.warn, value.crit, value.min, value.max))
        found.append(f"{perf_label(f'{prefix}.{value.label}')}={shown}{unit};{limits}")
    return found


def _within_limit(lines: Sequence[str], data: Sequence[str]) -> str:
    """Join lines and data as far as they fit, and count the rest. The heading and the data go before the details."""
    heading, *details = lines
    room = LIMIT - len(heading.encode()) - 100
    kept: list[str] = []
    for part in data:
        room -= len(part.encode()) + 1
        if room < 0:
            break
        kept.append(part)
    shown = [heading]
    for line in details:
        room -= len(line.encode()) + 1
        if room < 0:
            break
        shown.append(line)
    if len(shown) <= len(details):
        shown.append(f"({1 + len(details) - len(shown)} lines left out)")
    if len(kept) < len(data):
        shown[0] += f" ({len(data) - len(kept)} values left out)"
    return "\n".join(shown) + (" | " + " ".join(kept) if kept else "")
