"""Sentences about a status that the terminal and the page share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from checkwright.status.observed import State
from checkwright.status.present_problems import Problem, Status, age_of, is_old
from checkwright.web.ages import age
from checkwright.web.clock import Clock

#: States of problems, the worst first.
STATES: tuple[State, ...] = ("DOWN", "CRITICAL", "UNREACHABLE", "UNKNOWN", "WARNING")
_LEVELS = {
    "page": "pages at all hours",
    "office-hours": "pages in office hours",
    "ticket": "sends mail",
    "nobody": "notifies nobody",
}
#: Names that a sentence lists.
_NAMED = 5
#: Letters of a remark.
_LONGEST = 300


def counts(problems: Iterable[Problem]) -> str:
    """Return `2 CRITICAL, 1 WARNING`, "" for no problem."""
    found = Counter(one.state for one in problems)
    return ", ".join(f"{found[state]} {state}" for state in STATES if found[state])


def summary(status: Status) -> str:
    """Return the first line: `3 problems: 2 CRITICAL, 1 WARNING; 1 handled; 160 watches OK`."""
    number = len(status.open)
    parts = [f"{number} problem{'' if number == 1 else 's'}" + (f": {counts(status.open)}" if number else "")]
    if status.handled:
        parts.append(f"{len(status.handled)} handled")
    parts.append(f"{status.good} watch{'' if status.good == 1 else 'es'} OK")
    return "; ".join(parts)


def source_lines(status: Status, clock: Clock) -> Iterator[tuple[str, bool]]:
    """Yield a line about each source, and whether it is a warning."""
    for source in status.sources:
        if source.problem:
            yield f"{source.problem}.", True
            continue
        old = age_of(source, status.now)
        if is_old(source, status.now):
            yield (
                (
                    f"{source.name} is {age(old)} old, written {clock.moment(source.taken)}: has Nagios stopped? "
                    "The list may be outdated."
                ),
                True,
            )
        else:
            yield f"{source.name}, {age(old)} old", False
        for note in source.notes:
            yield note, True


def gap_lines(status: Status) -> Iterator[str]:
    """Yield a line about each kind of thing that is not seen."""
    for found, text in (
        (status.missing, "missing in all sources: is this configuration deployed?"),
        (status.pending, "not checked yet"),
        (status.late, "without a recent result"),
    ):
        if found:
            names = [f"{gap.watch} on {gap.host}" for gap in found[:_NAMED]]
            yield f"{_watches(len(found))} {text} {_list(names, len(found))}"
    if status.unknown:
        names = [f"{one.service} on {one.host}" if one.service else one.host for one in status.unknown[:_NAMED]]
        yield f"{len(status.unknown)} in no plan: {_list(names, len(status.unknown))}"
    for environment, number in status.elsewhere.items():
        yield f"{number} of the environment {environment}, which is not shown"


def moments(one: Problem, now: float, clock: Clock) -> str:
    """Return `for 14 min, since 29 Nov 23:26`."""
    if not one.since:
        return "since its first result"
    return f"for {age(now - one.since)}, since {clock.moment(one.since)}"


def level(one: Problem) -> str:
    """Return how its owner is notified."""
    return _LEVELS[one.notify]


def marks(one: Problem, now: float) -> str:
    """Return what else to know: not confirmed yet, flapping, an old result."""
    found = [] if one.confirmed else ["not confirmed yet"]
    if one.flapping:
        found.append("flapping")
    if one.late:
        found.append(f"last checked {age(now - one.last_check)} ago" if one.last_check else "never checked")
    return ", ".join(found)


def handled(one: Problem, clock: Clock) -> str:
    """Return `acknowledged by alice: known, until 30 Nov 06:00`, "" if nobody has."""
    if not one.handled or one.remark is None:
        return one.handled
    by = f" by {cut(one.remark.author, _LONGEST)}" if one.remark.author else ""
    text = f": {cut(one.remark.text, _LONGEST)}" if one.remark.text else ""
    until = f", until {clock.moment(one.remark.end)}" if one.remark.end > 0 else ""
    return f"{one.handled}{by}{text}{until}"


def name_of(one: Problem) -> str:
    return f"{one.watch} on {one.host}" if one.watch else one.host


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]} ..."


def _watches(number: int) -> str:
    return f"{number} watch{'' if number == 1 else 'es'}"


def _list(names: list[str], number: int) -> str:
    more = f" and {number - len(names)} more" if number > len(names) else ""
    return f"({', '.join(names)}{more})"
