"""`stdout`: all results as one plugin would print them, for NRPE, Sensu or a person. Only with --once.

One summary line, a line for each watch, performance data behind the only bar; the exit code is the worst state's.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from checkwright.batch.latest import Board
from checkwright.batch.results import Result, parts_of, values_of
from checkwright.batch.sink import Context, View
from checkwright.core.errors import BadUsage
from checkwright.core.outcome import SEVERITY, worst
from checkwright.core.text import clean, perf_label

#: NRPE cuts at 65,505 bytes without a mark, in the middle of whatever stands there.
LIMIT = 60_000
_NAMED = 3


def make(place: str, context: Context) -> View:
    if place:
        raise BadUsage(f"stdout takes no place, and was given {place!r}")
    if not context.once:
        raise BadUsage("stdout is what a plugin prints as it ends, so it needs --once; json-lines prints as they come")
    return Plugin()


class Plugin(View):
    """Prints once, when the run is over: with --once nothing is shown before."""

    def show(self, board: Board, fresh: Sequence[Result]) -> str:
        try:
            sys.stdout.write(text_of(board.results()) + "\n")
            sys.stdout.flush()
        except OSError as error:
            return f"cannot print results: {error.strerror}"
        return ""


def text_of(results: Sequence[Result]) -> str:
    """What the plugin prints for these results, at most LIMIT bytes of it."""
    ranked = sorted(results, key=lambda result: -SEVERITY.index(result.state))
    several = len({result.task.host for result in results}) > 1
    lines = [_heading(ranked, several)]
    lines += (f"[{one.state}] {_name(one, several)}: {_said(one)}" for one in ranked)
    data = [part for result in results for part in _data(result, several)]
    return _within(lines, data)


def _heading(ranked: Sequence[Result], several: bool) -> str:
    state = worst(result.state for result in ranked)
    leading = [result for result in ranked if result.state == state]
    counts = ", ".join(
        f"{number} {name.lower()}" for name in reversed(SEVERITY) if (number := sum(r.state == name for r in ranked))
    )
    if state == "OK":
        return f"BATCH OK: {counts} of {len(ranked)}"
    named = ", ".join(f"{_name(one, several)}: {_said(one)}" for one in leading[:_NAMED])
    more = f" and {len(leading) - _NAMED} more" if len(leading) > _NAMED else ""
    return f"BATCH {state}: {counts} of {len(ranked)}: {named}{more}"


def _name(result: Result, several: bool) -> str:
    return f"{result.task.host} {result.task.watch}" if several else result.task.watch


def _said(result: Result) -> str:
    said = parts_of(result.output).summary
    return clean(said.removeprefix(f"{result.task.entry.check.upper()} {result.state}: ") or "said nothing", 300)


def _data(result: Result, several: bool) -> list[str]:
    prefix = f"{result.task.host}/{result.task.watch}" if several else result.task.watch
    found = []
    for value in values_of(parts_of(result.output).perfdata):
        # Both numbers and ranges as the plugin wrote them: they are read already, so they are what they claim to be.
        shown = "U" if value.value is None else f"{value.value:f}".rstrip("0").rstrip(".")
        limits = ";".join((value.warn, value.crit, value.min, value.max))
        found.append(f"{perf_label(f'{prefix}.{value.label}')}={shown}{value.unit};{limits}")
    return found


def _within(lines: Sequence[str], data: Sequence[str]) -> str:
    """Lines and data as far as they fit; what is left out is said. The heading and the data go before the details."""
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
