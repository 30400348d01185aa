"""Endpoints that got worse, and when, judged against the change of the whole role.

Everything gets slower when load rises, so an endpoint is named only if it got worse than the others did. It got worse
where the share of requests above its p99 of the hours before is larger than chance and the role-wide change explain.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import product

from checkwright.latency import quantiles
from checkwright.latency.counts import HOUR, MORE, NO_ROUTE, STEP, Counts
from checkwright.report.facts import SOLID, Change, Times
from checkwright.report.hourly import Buckets, add

#: Hours before and after a border that are compared: few, so that the load is alike, and more for little traffic.
_WINDOWS = ((2, 1), (6, 3))
#: Requests of an endpoint per hour up to that the longer window is used.
_LITTLE = 1_000
#: Chance of one false change in a report without changes, before the other conditions.
_FALSE = 0.01
#: Least growth of the p99, and of the share of slow requests, as a multiple of the role's.
_GROWTH = 1.5
#: Growth of the load above that every endpoint slows down, some more than others: a change must exceed all of them,
#: unless its p99 grows by a multiple of the others'.
_RAMP = 1.2
_LEAP = 3
#: Least gain of the likelihood, as a logarithm, for another moment than the full hour.
_CLEARER = 3.0
#: Seconds between a mark and a change that it explains.
_NEAR = 900


def comparable(counts: Counts) -> bool:
    """Return True where the counts are long enough to find changes."""
    return len({slot.start // HOUR for slot in counts.slots.values() if slot.requests}) >= 2


def changes(counts: Counts, marks: Mapping[int, str] | None = None) -> tuple[Change, ...]:
    """Return the endpoints that got worse, the largest growth of p99 first; each once, at its clearest moment.

    marks: text by moment, such as deployments. A change within 15 minutes of one names it.
    """
    hours = Buckets(counts)
    names = sorted({name for table in hours.tables.values() for name in table} - {NO_ROUTE, MORE})
    borders = hours.starts[1:]
    best: dict[str, tuple[float, Change]] = {}
    tests = max(1, len(_WINDOWS) * len(borders) * len(names))
    for border, window in product(borders, _WINDOWS):
        before = [start for start in hours.starts if border - window[0] * HOUR <= start < border]
        after = [start for start in hours.starts if border <= start < border + window[1] * HOUR]
        compared = {
            name: pair for name in names if (pair := _compare(hours.between(before, name), hours.between(after, name)))
        }
        for name, one in compared.items():
            if window != _WINDOWS[0] and one.requests > _LITTLE * window[1]:
                continue
            others = [other for known, other in compared.items() if known != name]
            change = _judge(name, border, one, others, tests, len(after) / len(before))
            if change is not None and (name not in best or change[0] > best[name][0]):
                best[name] = change
    found = [_refined(change, counts, marks or {}) for _, change in best.values()]
    return tuple(sorted(found, key=lambda one: (-one.after / max(1, one.before), one.endpoint)))


class _Pair:
    """Times before and after a border. slower: requests after it above the p99 before it."""

    __slots__ = ("after", "before", "count", "p99_after", "p99_before", "requests", "slower", "usual")

    def __init__(self, before: dict[int, int], after: dict[int, int]) -> None:
        self.before, self.after = before, after
        self.p99_before = quantiles.percentile(before, 0.99)
        self.p99_after = quantiles.percentile(after, 0.99)
        self.requests = quantiles.total(after)
        self.slower = quantiles.slower(after, self.p99_before)
        # Many equal times leave fewer than 1 % above the p99.
        self.count = quantiles.total(before)
        self.usual = (quantiles.slower(before, self.p99_before) + 0.5) / (self.count + 1)

    @property
    def growth(self) -> float:
        return self.p99_after / max(1, self.p99_before)

    @property
    def added(self) -> int:
        """Growth of the p99 in ms. A queue adds about the same time to all endpoints, so this compares them."""
        return self.p99_after - self.p99_before

    @property
    def excess(self) -> float:
        """Share of slow requests after the border, as a multiple of the share before it."""
        return self.slower / self.requests / self.usual

    @property
    def sure_excess(self) -> float:
        """The same less two standard deviations, so that a few requests do not decide."""
        return max(0.0, self.slower - 2 * math.sqrt(self.slower)) / self.requests / self.usual


def _compare(before: dict[int, int], after: dict[int, int]) -> _Pair | None:
    if quantiles.total(before) < SOLID or quantiles.total(after) < FEWEST_AFTER:
        return None
    return _Pair(before, after)


#: Fewest requests after a border.
FEWEST_AFTER = 100


def _judge(
    name: str, border: int, one: _Pair, others: Sequence[_Pair], tests: int, length: float
) -> tuple[float, Change] | None:
    """Return the change with its weight, None where chance or the role explain it. length: hours after, by before."""
    role_excess = max(1.0, _most([other.excess for other in others]))
    if _rise(one, others) > _RAMP * length and one.growth < _LEAP * _most([other.growth for other in others]):
        role_excess = max([role_excess, *(other.sure_excess for other in others)])
    role_added = max(0.0, _most([other.added for other in others]))
    if one.growth < _GROWTH or one.added < max(2.0, _GROWTH * role_added) or one.excess < _GROWTH * role_excess:
        return None
    expected = min(0.99, one.usual * role_excess)
    surprise = _surprise(one.slower, one.requests, expected)
    if surprise < math.log(tests / _FALSE):
        return None
    change = Change(
        endpoint=name,
        at=border,
        before=one.p99_before,
        after=one.p99_after,
        requests=one.requests,
        share=one.slower / one.requests,
        role_wide=_role_share(others),
        curves=(one.before, one.after),
    )
    return surprise, change


def _rise(one: _Pair, others: Sequence[_Pair]) -> float:
    """Return the requests after the border as a multiple of those before it."""
    return sum(pair.requests for pair in (one, *others)) / sum(pair.count for pair in (one, *others))


def _most(values: Sequence[float]) -> float:
    """Return the value that three quarters of the endpoints stay below; 0 without any."""
    return sorted(values)[int(0.75 * (len(values) - 1))] if values else 0.0


def _role_share(others: Sequence[_Pair]) -> float:
    requests = sum(other.requests for other in others)
    return sum(other.slower for other in others) / requests if requests else 0.0


def _surprise(slower: int, requests: int, expected: float) -> float:
    """Return -log of the chance of that many slow requests or more (Chernoff's bound, so a little too careful)."""
    share = slower / requests
    if share <= expected:
        return 0.0
    rest = 0.0 if share >= 1 else (1 - share) * math.log((1 - share) / (1 - expected))
    return requests * (share * math.log(share / expected) + rest)


def _refined(change: Change, counts: Counts, marks: Mapping[int, str]) -> Change:
    """Return the change at the five minutes where it began, with the mark near it."""
    at = change.at if counts.step != STEP else _onset(change, counts)
    near = [(abs(moment - at), moment) for moment in marks if abs(moment - at) <= _NEAR]
    mark = ""
    if near:
        mark, at = marks[min(near)[1]], min(near)[1] // counts.step * counts.step
    before: dict[int, int] = {}
    after: dict[int, int] = {}
    for into, start, end in ((before, at - _WINDOWS[0][0] * HOUR, at), (after, at, at + _WINDOWS[0][1] * HOUR)):
        for slot in counts.between(start, end):
            for (endpoint, _), cell in slot.cells.items():
                if endpoint == change.endpoint:
                    add(into, cell.times.items())
    if not before or not after or quantiles.percentile(after, 0.99) < _GROWTH * quantiles.percentile(before, 0.99):
        return change  # the moment is not as clear as the hour
    return Change(
        endpoint=change.endpoint,
        at=at,
        before=quantiles.percentile(before, 0.99),
        after=quantiles.percentile(after, 0.99),
        requests=quantiles.total(after),
        share=quantiles.slower(after, quantiles.percentile(before, 0.99)) / quantiles.total(after),
        role_wide=change.role_wide,
        curves=(before, after),
        mark=mark,
    )


def _onset(change: Change, counts: Counts) -> int:
    """Return the start of the slot that best divides usual from slow near the border, further for little traffic."""
    reach = HOUR if change.requests > _LITTLE else _WINDOWS[1][1] * HOUR
    # Between both p99, where usual and slow differ most.
    slow = math.sqrt(max(1, change.before) * change.after)
    slots: list[tuple[int, int, int]] = []
    for slot in counts.between(change.at - reach, change.at + reach):
        requests = slower = 0
        for (endpoint, _), cell in slot.cells.items():
            if endpoint == change.endpoint:
                requests += quantiles.total(cell.times)
                slower += quantiles.slower(cell.times, slow)
        slots.append((slot.start, requests, slower))
    likely = {
        slots[number][0]: _likelihood(slots[:number]) + _likelihood(slots[number:]) for number in range(1, len(slots))
    }
    if not likely:
        return change.at
    best = max(likely, key=lambda start: (likely[start], -abs(start - change.at)))
    return best if likely[best] > likely.get(change.at, -math.inf) + _CLEARER else change.at


def _likelihood(slots: Sequence[tuple[int, int, int]]) -> float:
    requests, slower = sum(slot[1] for slot in slots), sum(slot[2] for slot in slots)
    if not 0 < slower < requests:
        return 0.0
    share = slower / requests
    return slower * math.log(share) + (requests - slower) * math.log(1 - share)


def curve(times: Times) -> list[tuple[int, float]]:
    """Return (milliseconds, share of requests slower than that), from the fastest on, for a before/after curve."""
    total = quantiles.total(times)
    left, points = total, []
    for milliseconds in sorted(times):
        left -= times[milliseconds]
        points.append((milliseconds, left / total))
    return points
