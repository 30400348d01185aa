"""The report as text for a terminal of 100 columns."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.report import shown
from checkwright.report.capacity_use import sentences
from checkwright.report.charts import cut
from checkwright.report.facts import Report, Scope
from checkwright.report.three_answers import answers, p99
from checkwright.web.clock import Clock
from checkwright.web.markup import visible

WIDTH = 100
#: Endpoints that are listed: the worst.
ROWS = 20


def lines(report: Report) -> Iterator[str]:
    """Yield the lines of a report."""
    clock = Clock(report.zone)
    for number, scope in enumerate(report.scopes):
        if number:
            yield ""
        yield from _scope(scope, clock)
    for note in report.notes:
        yield from ("", *wrapped(note))


def three_answers(scope: Scope, clock: Clock) -> Iterator[str]:
    """Yield the three answers with their details."""
    for answer in answers(scope, clock):
        yield from wrapped(visible(str(answer)))
        if answer.detail:
            yield from wrapped(visible(answer.detail), indent="    ")


def wrapped(text: str, indent: str = "", further: str = "    ") -> list[str]:
    """Return a text as lines of at most WIDTH letters. A word that is longer stays whole."""
    from textwrap import wrap

    return wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=further, break_long_words=False, break_on_hyphens=False
    )


def _scope(scope: Scope, clock: Clock) -> Iterator[str]:
    place = ", ".join(part for part in (scope.role, scope.environment) if part) or "all logs"
    machines = f"{len(scope.hosts)} machine{'' if len(scope.hosts) == 1 else 's'}"
    yield from wrapped(f"{visible(place)}, {machines}, {clock.span(scope.start, scope.end)} {clock.name}")
    yield (
        f"{shown.count(scope.requests)} requests, {shown.count(scope.norequest)} connections without a request, "
        f"{shown.count(scope.unreadable)} unreadable lines"
    )
    yield ""
    yield from three_answers(scope, clock)
    yield ""
    yield from _endpoints(scope)
    for title, found in (
        ("CAPACITY AT THE PEAK", _capacity(scope)),
        ("WHAT SATURATES FIRST", _saturation(scope)),
        ("ERROR BUDGETS", _budgets(scope)),
    ):
        if found:
            yield from ("", title, *found)
    if scope.not_seen:
        yield from ("", "NOT SEEN")
        for sentence in scope.not_seen:
            yield from wrapped(visible(sentence), indent="- ", further="  ")


def _endpoints(scope: Scope) -> Iterator[str]:
    limited = any(one.limit is not None for one in scope.endpoints)
    total = any(one.p99_total is not None for one in scope.endpoints)
    heads = ["P99", "SURE ABOVE", *(["LIMIT"] if limited else []), "P50", "REQUESTS", "TIME", "5XX"]
    heads += ["P99+NET"] if total else []
    rows = []
    for one in scope.endpoints[:ROWS]:
        over = one.limit is not None and one.sure is not None and one.sure > one.limit
        row = [p99(one) + ("!" if over else ""), "-" if one.sure is None else shown.duration(one.sure)]
        if limited:
            row.append("" if one.limit is None else shown.duration(one.limit))
        row += [
            "-" if one.p50 is None else shown.duration(one.p50),
            shown.count(one.requests),
            shown.share(one.share),
            shown.count(one.errors),
        ]
        if total:
            row.append("-" if one.p99_total is None else shown.duration(one.p99_total))
        rows.append(row)
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    first = WIDTH - sum(widths) - 2 * len(widths)
    names = [cut(visible(one.name), first) for one in scope.endpoints[:ROWS]]
    for name, row in zip(["ENDPOINT", *names], [heads, *rows], strict=True):
        cells = "".join(f"  {cell:>{width}}" for cell, width in zip(row, widths, strict=True))
        yield f"{name:<{first}}{cells}"
    left = len(scope.endpoints) - ROWS
    if left > 0:
        yield f"{left} further endpoints, all faster: see --html or --json."


def _capacity(scope: Scope) -> list[str]:
    if scope.peak is None:
        return []
    return [line for sentence in sentences(scope.peak) for line in wrapped(visible(sentence))]


def _saturation(scope: Scope) -> list[str]:
    found = []
    for one in scope.saturation[:10]:
        at = f"{shown.amount(one.at_peak)} {one.unit}".strip()
        limit = f"{shown.amount(one.limit)} {one.unit}".strip()
        name = visible(f"{one.resource} of {one.host}")
        if one.times is None:
            found += wrapped(f"{name}: does not follow the load (r2 {one.fit:.2f})")
        else:
            times = shown.amount(one.times)
            found += wrapped(f"{name}: {at} at the peak, {limit} at most at {times} x the peak (r2 {one.fit:.2f})")
    return found


def _budgets(scope: Scope) -> list[str]:
    found = []
    for one in scope.budgets:
        if one.left is None:
            left = "no requests"
        elif one.left >= 0:
            left = f"{shown.share(one.left)} of the budget left"
        else:
            left = f"overspent {-one.left:.1f} times"
        burned = ", ".join(f"{endpoint} ({shown.count(slow)})" for endpoint, slow in one.burned_by[:3])
        text = f"{one.name} ({one.percent:g} % within {shown.duration(one.under)} over {one.days:g} days): {left}"
        if burned:
            text += f"; burned by {burned}"
        if one.covered_days < one.days - 0.5:
            text += f"; the counts hold {one.covered_days:.1f} of {one.days:g} days"
        found += wrapped(visible(text))
    return found
