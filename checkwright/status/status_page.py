"""The status as one HTML page, for a person with a phone at night: no other file, no network, no script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from checkwright.status.observed import GOOD, Observed
from checkwright.status.present_problems import Problem, Status, by_environment, by_role, by_team
from checkwright.status.wording import (
    STATES,
    counts,
    cut,
    gap_lines,
    handled,
    level,
    marks,
    moments,
    name_of,
    source_lines,
    summary,
)
from checkwright.web import style
from checkwright.web.clock import Clock
from checkwright.web.document import document
from checkwright.web.markup import Markup, joined, tag

#: Problems, and letters of an output, at most: a browser must show the page at once.
_MOST, _LONGEST, _LONGEST_DETAILS = 500, 500, 4_000

STYLE = f"""{style.STYLE}\
:root{{--warn:#7a4f00;--unknown:#6b3fa0}}
@media (prefers-color-scheme:dark){{:root{{--warn:#f0b64a;--unknown:#c9adff}}}}
h1{{margin-bottom:0}}h2{{border-bottom:1px solid var(--line);padding-bottom:2px;margin-top:28px}}
h3{{font-weight:600;color:var(--dim);margin-top:14px}}a{{color:inherit;text-decoration:underline}}
.lead{{font-size:17px;font-weight:600;margin:6px 0}}.alert{{border-left:5px solid var(--bad);background:var(--card);
padding:8px 12px;margin:8px 0;overflow-wrap:anywhere}}.well{{border-left:5px solid var(--work)}}
ul.problems{{list-style:none;padding:0;margin:6px 0}}.problems>li{{background:var(--card);border:1px solid var(--line);
border-left:6px solid var(--bad);border-radius:6px;padding:8px 12px;margin:8px 0;overflow-wrap:anywhere}}
.problems>li.WARNING{{border-left-color:var(--warn)}}.problems>li.UNKNOWN,.problems>li.UNREACHABLE{{
border-left-color:var(--unknown)}}.problems p{{margin:1px 0}}.name{{font-weight:600}}
.state{{font-weight:700;color:var(--bad);margin-right:8px}}.WARNING .state{{color:var(--warn)}}
.UNKNOWN .state,.UNREACHABLE .state{{color:var(--unknown)}}.output{{font-family:ui-monospace,monospace;font-size:14px;
white-space:pre-wrap}}.links a{{display:inline-block;padding:6px 14px 6px 0}}summary{{cursor:pointer;padding:6px 0}}
pre{{white-space:pre-wrap;overflow-wrap:anywhere;font-size:13px;margin:4px 0}}td,th{{text-align:right}}
td:first-child,th:first-child{{text-align:left}}
@media (max-width:480px){{header,main,footer{{padding:0 12px}}th,td{{padding:6px 5px}}}}
"""


def page(status: Status, clock: Clock, *, refresh: int = 0) -> str:
    """Return the whole page. refresh: seconds after which a browser loads it again, 0 for never."""
    title = f"Problems of {', '.join(status.environments)}"
    parts = [
        tag("header", tag("h1", title), tag("p", summary(status), class_="lead"), *_sources(status, clock)),
        tag("main", *_main(status, clock)),
        tag("footer", *_foot(clock, status, refresh)),
    ]
    has_warning = any(is_warning for _, is_warning in source_lines(status, clock))
    mark = ("! " if has_warning else "") + (f"({len(status.open)}) " if status.open else "")
    return document(f"{mark}{title}", joined(parts), STYLE, refresh=refresh)


def _sources(status: Status, clock: Clock) -> Iterator[Markup]:
    for text, is_warning in source_lines(status, clock):
        yield tag("p", text, class_="alert" if is_warning else "dim", role="alert" if is_warning else None)


def _main(status: Status, clock: Clock) -> Iterator[Markup]:
    if not status.open:
        yield tag("p", "No problem is open.", class_="alert well")
    teams = by_team(status.open)
    if len(status.environments) > 1 and status.open:
        yield _overview("Environment", by_environment(status), linked=False)
    if len(teams) > 1:
        yield _overview("Team", teams, linked=True)
    shown = 0
    for number, (team, problems) in enumerate(teams.items()):
        yield tag("h2", f"{team}: {counts(problems)}", id=f"team-{number}")
        for (role, environment), found in by_role(problems).items():
            some = found[: max(0, _MOST - shown)]
            shown += len(some)
            if some:
                yield tag("h3", f"{role}, {environment}")
                yield tag("ul", *(_problem(one, status.now, clock) for one in some), class_="problems")
    left = sum(map(len, teams.values())) - shown
    if left > 0:
        yield tag("p", f"{left} further problems: see one team with --team, or all with --json.", class_="alert")
    if status.handled:
        items = (_problem(one, status.now, clock) for one in status.handled[:_MOST])
        heading = tag("summary", tag("b", f"{len(status.handled)} handled: {counts(status.handled)}"))
        yield tag("details", heading, tag("ul", *items, class_="problems"))
    gaps = list(gap_lines(status))
    if gaps:
        yield tag("h2", "Not seen")
        yield tag("ul", *(tag("li", line) for line in gaps))
    bad = [one for one in status.unknown if one.state not in GOOD and one.checked]
    if bad:
        yield tag("h2", "Problems that no plan knows")
        yield tag("ul", *(_stranger(one) for one in bad[:_MOST]), class_="problems")


def _overview(label: str, groups: Mapping[str, Sequence[Problem]], *, linked: bool) -> Markup:
    """Return a table with the number of problems in each state. linked: names lead to the sections of the teams."""
    states = [state for state in STATES if any(one.state == state for found in groups.values() for one in found)]
    rows = [
        tag(
            "tr",
            tag("td", tag("a", name, href=f"#team-{number}") if linked else name),
            *(tag("td", str(sum(one.state == state for one in found) or "-")) for state in states),
        )
        for number, (name, found) in enumerate(groups.items())
    ]
    head = tag("tr", *(tag("th", text, scope="col") for text in (label, *states)))
    table = tag("table", tag("thead", head), tag("tbody", *rows))
    return tag("div", table, class_="wide", tabindex="0", role="region", aria_label=f"Problems by {label.lower()}")


def _problem(one: Problem, now: float, clock: Clock) -> Markup:
    note = marks(one, now)
    facts = [
        moments(one, now, clock),
        level(one),
        *([note] if note else []),
    ]
    parts = [
        tag("p", tag("span", one.state, class_="state"), tag("span", name_of(one), class_="name")),
        tag("p", ", ".join(facts), class_="dim"),
    ]
    if one.output:
        parts.append(tag("p", cut(one.output, _LONGEST), class_="output"))
    if one.handled:
        parts.append(tag("p", handled(one, clock)))
    parts += [tag("p", f"Why: {reason}") for reason in one.why]
    links = [
        tag("a", label, href=url, aria_label=f"{label} of {name_of(one)}")
        for label, url in (("Runbook", one.runbook), ("Graphs", one.graphs), ("Catalogue", one.catalogue))
        if url.startswith(("https://", "http://"))
    ]
    if links:
        parts.append(tag("p", *links, class_="links"))
    inside = [text for text in (one.summary, f"declared at {one.declared}" if one.declared else "") if text]
    if one.details or inside:
        details = [tag("p", text, class_="dim") for text in inside]
        if one.details:
            details.append(tag("pre", *_lines(cut(one.details, _LONGEST_DETAILS))))
        parts.append(tag("details", tag("summary", "More"), *details))
    return tag("li", *parts, class_=one.state)


def _stranger(one: Observed) -> Markup:
    name = f"{one.service} on {one.host}" if one.service else one.host
    return tag(
        "li",
        tag("p", tag("span", one.state, class_="state"), tag("span", name, class_="name")),
        tag("p", cut(one.output, _LONGEST), class_="output"),
        class_=one.state,
    )


def _lines(text: str) -> Iterable[str | Markup]:
    """Yield the lines of a text with real line breaks between them, which `tag` would show as escapes."""
    for number, line in enumerate(text.split("\n")):
        if number:
            yield Markup("\n")
        yield line


def _foot(clock: Clock, status: Status, refresh: int) -> Iterator[Markup]:
    again = f" It loads again every {refresh} s." if refresh else ""
    yield tag("p", f"As of {clock.moment(status.now)} {clock.name}.{again}")
