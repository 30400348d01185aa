"""The report as one HTML page: no other file, no network, readable without a script."""

from __future__ import annotations

from collections.abc import Sequence

from checkwright.report import charts, shown
from checkwright.report.capacity_use import sentences
from checkwright.report.facts import Budget, Change, Elsewhere, Endpoint, Peak, Report, Scope
from checkwright.report.page_assets import SCRIPT, STYLE
from checkwright.report.three_answers import answers, p99
from checkwright.web.clock import Clock
from checkwright.web.document import document
from checkwright.web.markup import Markup, joined, tag

#: Rows of the table of endpoints, and changes with curves, at most.
_ROWS = 200
_CHANGES = 4


def page(report: Report) -> str:
    """Return the whole page. Equal reports give equal text."""
    clock = Clock(report.zone)
    title = " · ".join(dict.fromkeys(_name(scope) for scope in report.scopes))
    sections = [_scope(scope, clock, alone=len(report.scopes) == 1) for scope in report.scopes]
    foot = tag(
        "footer",
        tag(
            "p",
            "p99: 99 of 100 requests were faster. All times are the server's own unless a column names the client's "
            f"network. Moments are in {report.zone}. Percentiles are exact ranks of times that are counted in whole "
            "milliseconds, above one second with three digits.",
        ),
        *(tag("p", note) for note in report.notes),
    )
    body = joined([tag("header", tag("h1", f"Latency of {title}")), tag("main", *sections), foot])
    return document(f"Latency of {title}", body, STYLE, script=SCRIPT)


def _name(scope: Scope) -> str:
    return ", ".join(part for part in (scope.role, scope.environment) if part) or "all logs"


def _scope(scope: Scope, clock: Clock, *, alone: bool) -> Markup:
    machines = f"{len(scope.hosts)} machine{'' if len(scope.hosts) == 1 else 's'}"
    numbers = (
        f"{machines}, {clock.span(scope.start, scope.end)}, {shown.count(scope.requests)} requests, "
        f"{shown.count(scope.norequest)} connections without a request, "
        f"{shown.count(scope.unreadable)} unreadable lines"
    )
    parts = [] if alone else [tag("h2", _name(scope))]
    parts += [
        tag("p", numbers, class_="dim"),
        _answers(scope, clock),
        _heading("Which API call is slow?"),
        _endpoints(scope),
        _heading("When?"),
        tag("p", "p99 of each endpoint. Pale: fewer than 300 requests.", class_="dim"),
        _wide("Heat map", charts.heat_map(scope, clock)),
        charts.legend(),
    ]
    if scope.peak is not None:
        parts += _peak(scope.peak)
    parts += _changes(scope.changes, clock)
    parts += _saturation(scope)
    parts += _budgets(scope.budgets)
    parts += _elsewhere(scope.endpoints, scope.elsewhere, scope.environment)
    if scope.not_seen:
        parts += [_heading("What is not seen"), tag("ul", *(tag("li", one) for one in scope.not_seen))]
    return tag("section", *parts)


def _heading(text: str) -> Markup:
    return tag("h3", text)


def _wide(label: str, content: Markup) -> Markup:
    """Return a region that scrolls sideways where the window is narrow, with the keyboard too."""
    return tag("div", content, class_="wide", tabindex="0", role="region", aria_label=label)


def _answers(scope: Scope, clock: Clock) -> Markup:
    found = []
    for number, answer in enumerate(answers(scope, clock)):
        alert = "alert" if number == 1 and scope.changes else None
        found.append(
            tag(
                "li", tag("b", f"{answer.title}: {answer.text}"), tag("span", answer.detail, class_="dim"), class_=alert
            )
        )
    return tag("ol", *found, class_="answers")


def _table(label: str, heads: Sequence[str], rows: Sequence[Sequence[Markup]]) -> Markup:
    """Return a table that sorts. A head that begins with < is of a column of text."""
    cells = [
        tag("th", head.removeprefix("<"), scope="col", class_="text" if head.startswith("<") else None)
        for head in heads
    ]
    body = [tag("tr", *row) for row in rows]
    table = tag("table", tag("thead", tag("tr", *cells)), tag("tbody", *body), class_="sort")
    return _wide(label, table)


def _cell(text: str | Markup, value: float | None = None, kind: str | None = None) -> Markup:
    return tag("td", text, data_v=None if value is None else repr(value), class_=kind)


def _endpoints(scope: Scope) -> Markup:
    limited = any(one.limit is not None for one in scope.endpoints)
    total = any(one.p99_total is not None for one in scope.endpoints)
    heads = ["Endpoint", "p99", "95 % sure above", *(["Limit"] if limited else []), "p50", "Requests", "Share of time"]
    heads += ["5xx", *(["p99 with the client's network"] if total else []), "p99 by time"]
    rows = []
    for one in scope.endpoints[:_ROWS]:
        over = one.limit is not None and one.sure is not None and one.sure > one.limit
        row = [
            _cell(one.name),
            _cell(
                p99(one) + (" (few)" if one.few and one.p99 is not None else ""),
                _number(one.p99),
                "over" if over else None,
            ),
            _cell("-" if one.sure is None else shown.duration(one.sure), _number(one.sure)),
        ]
        if limited:
            row.append(_cell("" if one.limit is None else shown.duration(one.limit), _number(one.limit)))
        row += [
            _cell("-" if one.p50 is None else shown.duration(one.p50), _number(one.p50)),
            _cell(shown.count(one.requests), one.requests),
            _cell(shown.share(one.share), one.share),
            _cell(shown.count(one.errors), one.errors),
        ]
        if total:
            row.append(_cell("-" if one.p99_total is None else shown.duration(one.p99_total), _number(one.p99_total)))
        rows.append([*row, _cell(charts.spark(one), _last(one))])
    table = _table("Endpoints", heads, rows)
    left = len(scope.endpoints) - len(rows)
    return table if left <= 0 else joined([table, tag("p", f"{left} further endpoints are in --json.", class_="dim")])


def _number(value: float | None) -> float:
    return -1 if value is None else value


def _last(one: Endpoint) -> float:
    return next((found[0] for found in reversed(one.hours) if found), -1)


def _peak(peak: Peak) -> list[Markup]:
    in_flight, rate = shown.amount(peak.in_flight), shown.amount(peak.rate)
    key = tag(
        "p",
        f"Requests in flight in the busiest hour: {in_flight} on average at {rate}/s.",
        tag("span", class_="key work"),
        f"working {shown.amount(peak.working)}",
        tag("span", class_="key wait"),
        f"waiting {shown.amount(peak.waiting)}",
        class_="dim",
    )
    parts = [_heading("Where does time go at the peak?"), key, _wide("Requests in flight", charts.bars(peak.endpoints))]
    blocking = sorted(
        ((one.blocking, one.endpoint) for one in peak.endpoints if one.blocking is not None and one.blocking >= 0.1),
        reverse=True,
    )
    if blocking:
        names = ", ".join(f"{endpoint} ({shown.share(part)})" for part, endpoint in blocking[:3])
        parts.append(tag("p", f"Likely to make others wait, by their long requests: {names}."))
    parts += [tag("p", sentence) for sentence in sentences(peak)]
    return parts


def _changes(found: Sequence[Change], clock: Clock) -> list[Markup]:
    if not found:
        return []
    parts = [_heading("What changed?")]
    for change in found[:_CHANGES]:
        mark = f" ({change.mark})" if change.mark else ""
        text = (
            f"{change.endpoint} at {clock.moment(change.at)}{mark}: {change.name} {shown.duration(change.before)} to "
            f"{shown.duration(change.after)}. Share of requests that are slower than a time:"
        )
        key = joined(
            [tag("span", class_="key before"), Markup("before"), tag("span", class_="key after"), Markup("after")]
        )
        parts.append(tag("figure", tag("figcaption", text, key), _wide("Curves", charts.curves(change))))
    left = len(found) - _CHANGES
    return [*parts, tag("p", f"{left} further changes are in --json.", class_="dim")] if left > 0 else parts


def _saturation(scope: Scope) -> list[Markup]:
    if not scope.saturation:
        return []
    heads = ["Resource", "<Machine", "At the peak", "Limit", "Reaches it at", "Follows the load (r²)", "<Source"]
    rows = []
    for one in scope.saturation:
        times = "does not follow the load" if one.times is None else f"at most {shown.amount(one.times)} x the peak"
        rows.append(
            [
                _cell(one.resource),
                _cell(one.host, kind="text"),
                _cell(f"{shown.amount(one.at_peak)} {one.unit}".strip(), one.at_peak),
                _cell(f"{shown.amount(one.limit)} {one.unit}".strip(), one.limit),
                _cell(times, 1e9 if one.times is None else one.times),
                _cell(f"{one.fit:.2f}", one.fit),
                _cell(one.source, kind="text"),
            ]
        )
    text = "A straight line through each resource against the load. Two that are within 10 % may change places."
    return [_heading("What saturates first?"), tag("p", text, class_="dim"), _table("Resources", heads, rows)]


def _budgets(found: Sequence[Budget]) -> list[Markup]:
    if not found:
        return []
    heads = ["Objective", "Promise", "Budget left", "Too slow or failed", "Requests", "<Burned by"]
    rows = []
    for one in found:
        left = "-" if one.left is None else shown.share(one.left) if one.left >= 0 else f"overspent {-one.left:.1f} x"
        burned = ", ".join(f"{endpoint} ({shown.count(slow)})" for endpoint, slow in one.burned_by[:3])
        covered = "" if one.covered_days >= one.days - 0.5 else f" (of {one.covered_days:.0f} days seen)"
        rows.append(
            [
                _cell(one.name),
                _cell(f"{one.percent:g} % within {shown.duration(one.under)}, {one.days:g} days"),
                _cell(left + covered, _number(one.left), "over" if one.left is not None and one.left < 0 else None),
                _cell(shown.count(one.slow), one.slow),
                _cell(shown.count(one.requests), one.requests),
                _cell(burned, kind="text"),
            ]
        )
    return [_heading("Error budgets"), _table("Objectives", heads, rows)]


def _elsewhere(endpoints: Sequence[Endpoint], others: Sequence[Elsewhere], environment: str) -> list[Markup]:
    if not others:
        return []
    heads = ["Endpoint", f"p50 {environment}", *(f"p50 {other.environment}" for other in others)]
    known = {one.name: one for one in endpoints}
    names = [one.name for one in endpoints if any(one.name in other.endpoints for other in others)]
    names += sorted({name for other in others for name in other.endpoints} - set(known))
    rows = []
    for name in names[:_ROWS]:
        own = known[name].p50 if name in known else None
        row = [_cell(name), _cell("only elsewhere" if own is None else shown.duration(own), _number(own))]
        for other in others:
            found = other.endpoints.get(name)
            row.append(_cell("-" if found is None else shown.duration(found[1]), -1 if found is None else found[1]))
        rows.append(row)
    text = "Half of the requests are faster. A p99 of the few requests of a test environment would mean nothing."
    return [_heading("Other environments"), tag("p", text, class_="dim"), _table("Environments", heads, rows)]
