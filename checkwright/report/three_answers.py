"""The three answers of a report: the worst p99, what got worse, and where time goes at the peak."""

from __future__ import annotations

from dataclasses import dataclass

from checkwright.report import shown
from checkwright.report.capacity_use import headroom
from checkwright.report.facts import Endpoint, Peak, Scope
from checkwright.report.ranking import worst
from checkwright.web.clock import Clock


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: a sentence, and a detail for a second line."""

    title: str
    text: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.title}: {self.text}"


def answers(scope: Scope, clock: Clock) -> tuple[Answer, Answer, Answer]:
    """Return the three answers of a scope."""
    return _worst(scope), _changed(scope, clock), _peak(scope, clock)


def p99(endpoint: Endpoint) -> str:
    """Return the p99 of an endpoint as text, with `>=` where cut requests make it a lower bound, `-` without one."""
    if endpoint.p99 is None:
        return "-"
    return f"{'>= ' if endpoint.p99_at_least else ''}{shown.duration(endpoint.p99)}"


def _worst(scope: Scope) -> Answer:
    one = worst(scope.endpoints)
    if one is None or one.p50 is None:
        return Answer("Worst p99", "no request has a time", "The logs hold no request with a time of the server.")
    half = f"half are answered within {shown.duration(one.p50)}"
    if one.few:
        detail = f"{shown.count(one.timed)} requests are too few for a p99, so this is the slowest of them; {half}"
    else:
        detail = f"1 of 100 requests takes at least that long, {half} ({shown.count(one.timed)} requests)"
    return Answer("Worst p99", f"{one.name}, {p99(one)}", detail)


def _changed(scope: Scope, clock: Clock) -> Answer:
    if not scope.comparable:
        return Answer("Got worse", "not known", "The counts hold less than two hours, so there is nothing to compare.")
    if not scope.changes:
        return Answer("Got worse", "nothing", "No endpoint got slower than the rest of the role did.")
    first = scope.changes[0]
    more = f", and {len(scope.changes) - 1} more" if len(scope.changes) > 1 else ""
    when = clock.time(first.at) if scope.end - scope.start <= 86_400 else clock.moment(first.at)
    text = f"{first.endpoint}, {first.name} {shown.duration(first.before)} -> {shown.duration(first.after)}{more}"
    slower, elsewhere = shown.share(first.share), shown.share(first.role_wide)
    usual = shown.share(1 - first.percentile)
    detail = (
        f"{slower} of its requests take longer than {shown.duration(first.before)} since then, {usual} did before; "
        f"the same share of all other calls is {elsewhere}"
    )
    if first.mark:
        detail = f"{first.mark}. {detail}"
    return Answer(f"Got worse at {when}", text, detail)


def _peak(scope: Scope, clock: Clock) -> Answer:
    peak = scope.peak
    if peak is None:
        return Answer("At the peak", "not known", "The counts hold less than two hours, so no hours are quiet.")
    waiting = shown.share(peak.waiting / peak.in_flight) if peak.in_flight else "0 %"
    text = f"{waiting} of the time is waiting, {shown.amount(peak.in_flight)} requests in flight at once"
    return Answer(f"At the peak ({shown.amount(peak.rate)}/s, {_moments(scope, peak, clock)})", text, _first_out(scope))


def _moments(scope: Scope, peak: Peak, clock: Clock) -> str:
    first, last = peak.slots[0], peak.slots[-1] + peak.step
    if scope.end - scope.start > 86_400 and clock.day(first) != clock.day(last):
        return f"on {len({clock.day(slot) for slot in peak.slots})} days"
    day = f"{clock.at(first).day} {clock.at(first):%b} " if scope.end - scope.start > 86_400 else ""
    return f"{day}{clock.time(first)} to {clock.time(last)}"


def _first_out(scope: Scope) -> str:
    limits = [(one.times, f"{one.resource} of {one.host}") for one in scope.saturation if one.times is not None]
    peak = scope.peak
    for one in peak.capacity if peak is not None else ():
        if peak is not None and (times := headroom(peak, one)) is not None:
            limits.append((times, one.name))
    if limits:
        times, name = min(limits)
        return f"First to run out: {name}, at most {shown.amount(times)} x this peak"
    if scope.saturation:
        return "None of the measured resources follows the load"
    return "What runs out first is unknown: give values of resources with --results or --prometheus"
