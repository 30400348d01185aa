"""The status as lines for a terminal. Text of plugins cannot control it."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.core.text import clean
from checkwright.status.observed import GOOD
from checkwright.status.present_problems import Problem, Status, by_role, by_team
from checkwright.status.wording import gap_lines, handled, level, marks, moments, name_of, source_lines, summary
from checkwright.web.clock import Clock
from checkwright.web.markup import visible

#: Letters of an output.
_LONGEST = 300


def lines(status: Status, clock: Clock) -> Iterator[str]:
    """Yield the lines of a status. A line that begins with `!` is a warning about the data."""
    moment = f"{clock.moment(status.now)} {clock.name}"
    yield f"{', '.join(status.environments)}, {moment}: {summary(status)}"
    for text, is_warning in source_lines(status, clock):
        yield f"{'! ' if is_warning else ''}{_safe(text)}"
    for team, problems in by_team(status.open).items():
        yield ""
        yield team
        for (role, environment), found in by_role(problems).items():
            yield f"  {role}, {environment}"
            for one in found:
                yield from _problem(one, status.now, clock)
    if status.handled:
        yield ""
        yield "handled"
        for one in status.handled:
            text = f"{one.state} {name_of(one)}, {one.environment}, {', '.join(one.teams)}: {handled(one, clock)}"
            yield f"  {_safe(text, _LONGEST)}"
    gaps = list(gap_lines(status))
    if gaps:
        yield ""
        yield from (_safe(line) for line in gaps)
    for other in status.unknown:
        if other.state not in GOOD and other.checked:
            yield f"  {_safe(f'{other.state} {other.service} on {other.host}: {other.output}', _LONGEST)}"


def _problem(one: Problem, now: float, clock: Clock) -> Iterator[str]:
    note = marks(one, now)
    facts = f"{moments(one, now, clock)}, {level(one)}{f' ({note})' if note else ''}"
    yield f"    {one.state:<8} {_safe(name_of(one))}, {facts}"
    if one.output:
        yield f"             {_safe(one.output, _LONGEST)}"
    for reason in one.why:
        yield f"             why: {_safe(reason)}"
    for label, url in (("runbook", one.runbook), ("graphs", one.graphs), ("catalogue", one.catalogue)):
        if url:
            yield f"             {label}: {_safe(url)}"


def _safe(text: str, limit: int = 1_000) -> str:
    """Return a text on one line, with escapes for all characters that cannot be seen."""
    return visible(clean(text, limit))
