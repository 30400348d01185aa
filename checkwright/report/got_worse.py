"""Endpoints that got worse, and when, judged against the change of the whole role.

Everything gets slower when load rises, so an endpoint is named only if it got worse than the others did. It got worse
where the share of requests above its p99 of the hours before is larger than chance and the role-wide change explain.

A p99 needs hundreds of requests, and slow clients hide what is behind it where a log has no time of the server. So the
p95 and the median are compared in the same way, and one of them is named where the p99 shows nothing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

from checkwright.latency import quantiles
from checkwright.latency.counts import HOUR, MORE, NO_ROUTE, STEP, Counts
from checkwright.report.facts import SOLID, Change, Times
from checkwright.report.hourly import Buckets, add

#: Hours before and after a border that are compared, and requests of an endpoint per hour up to that they are used: few
#: hours, so that the load is alike, and more for little traffic.
_WINDOWS = ((2, 1, math.inf), (6, 3, 1_000), (24, 12, 100))
#: Percentiles that are compared, and the requests that one needs before and after a border.
_PERCENTILES = ((0.99, SOLID, 100), (0.95, 60, 30), (0.5, 20, 15))
#: Standard deviations that the share of slow requests before may be off, for a percentile of few requests.
_UNSURE = 2.0
#: Chance of one false change in a report without changes, before the other conditions.
_FALSE = 0.01
#: Least growth of the p99, and of the share of slow requests, as a multiple of the role's.
_GROWTH = 1.5
#: The same for another percentile than the p99, and for half a day against a day, whose load differs.
_CAREFUL = 2.0
#: Least growth of the share of slow requests for another percentile than the p99: slow clients are in both shares.
_MORE_SLOW = 1.25
#: Growth of the load above that every endpoint slows down, some more than others: a change must exceed all of them,
#: unless its p99 grows by a multiple of the others'.
_RAMP = 1.2
_LEAP = 3
#: Least gain of the likelihood, as a logarithm, for another moment than the full hour.
_CLEARER = 3.0
#: Seconds between a mark and a change that it explains.
_NEAR = 900

#: Hours before and after, and most requests per hour.
Window = tuple[int, int, float]


def comparable(counts: Counts) -> bool:
    """Return True if the counts are long enough to find changes."""
    return len({slot.start // HOUR for slot in counts.slots.values() if slot.requests}) >= 2


def changes(counts: Counts, marks: Mapping[int, str] | None = None) -> tuple[Change, ...]:
    """Return the endpoints that got worse, the largest growth of p99 first; each once, at its clearest moment.

    marks: text by moment, such as deployments. A change within 15 minutes of one names it.
    """
    hours = Buckets(counts)
    names = sorted({name for table in hours.tables.values() for name in table} - {NO_ROUTE, MORE})
    borders = hours.starts[1:]
    best: dict[str, tuple[tuple[float, float], Change, Window]] = {}
    tests = max(1, len(_WINDOWS) * len(_PERCENTILES) * len(borders) * len(names))
    for border, window in product(borders, _WINDOWS):
        before = [start for start in hours.starts if border - window[0] * HOUR <= start < border]
        after = [start for start in hours.starts if border <= start < border + window[1] * HOUR]
        times = {name: (hours.between(before, name), hours.between(after, name)) for name in names}
        for percentile in _PERCENTILES:
            compared = {name: pair for name in names if (pair := _compare(*times[name], percentile))}
            for name, one in compared.items():
                is_p99 = percentile == _PERCENTILES[0]
                if one.requests > window[2] * window[1] and (is_p99 or window == _WINDOWS[2]):
                    continue
                others = [other for known, other in compared.items() if known != name]
                careful = window == _WINDOWS[2] or not is_p99
                judged = _judge(name, border, one, others, tests, len(after) / len(before), careful=careful)
                if judged is None:
                    continue
                weight = percentile[0], judged[0]  # the p99 is what people ask for
                if name not in best or weight > best[name][0]:
                    best[name] = weight, judged[1], window
    found = [_refined(change, counts, marks or {}, window) for _, change, window in best.values()]
    return tuple(sorted(found, key=lambda one: (-one.after / max(1, one.before), one.endpoint)))


class _Pair:
    """Times before and after a border.

    slower: requests after it above the p99 before it; of another percentile, above the mean of both.
    """

    __slots__ = ("after", "before", "count", "requests", "share", "slower", "usual", "value_after", "value_before")

    def __init__(self, before: dict[int, int], after: dict[int, int], share: float) -> None:
        self.before, self.after, self.share = before, after, share
        self.value_before = quantiles.percentile(before, share)
        self.value_after = quantiles.percentile(after, share)
        self.requests = quantiles.total(after)
        self.count = quantiles.total(before)
        limit, unsure = float(self.value_before), 0.0
        if share != _PERCENTILES[0][0]:
            # Between both percentiles, where usual and slow differ most: slow clients are below and above it alike.
            limit = math.sqrt(max(1, self.value_before) * max(self.value_after, self.value_before))
            unsure = _UNSURE * math.sqrt(quantiles.slower(before, limit) + 1)
        self.slower = quantiles.slower(after, limit)
        # Many equal times leave fewer than 1 % above the p99.
        self.usual = min(0.99, (quantiles.slower(before, limit) + 0.5 + unsure) / (self.count + 1))

    @property
    def growth(self) -> float:
        return self.value_after / max(1, self.value_before)

    @property
    def above(self) -> int:
        """Requests after the border above the percentile before it."""
        return quantiles.slower(self.after, self.value_before)

    @property
    def added(self) -> int:
        """Growth in ms. A queue adds about the same time to all endpoints, so this compares them."""
        return self.value_after - self.value_before

    @property
    def excess(self) -> float:
        """Share of slow requests after the border, as a multiple of the share before it."""
        return self.slower / self.requests / self.usual

    @property
    def sure_excess(self) -> float:
        """The same less two standard deviations, so that a few requests do not decide."""
        return max(0.0, self.slower - 2 * math.sqrt(self.slower)) / self.requests / self.usual


def _compare(before: dict[int, int], after: dict[int, int], percentile: tuple[float, int, int]) -> _Pair | None:
    share, least_before, least_after = percentile
    if quantiles.total(before) < least_before or quantiles.total(after) < least_after:
        return None
    return _Pair(before, after, share)


def _judge(
    name: str, border: int, one: _Pair, others: Sequence[_Pair], tests: int, length: float, *, careful: bool
) -> tuple[float, Change] | None:
    """Return the change with its weight, None if chance or the role explain it. length: hours after, by before.

    careful: for another percentile than the p99, and for half a day against a day, whose load differs.
    """
    role_excess = max(1.0, _most([other.excess for other in others]))
    if _rise(one, others) > _RAMP * length and one.growth < _LEAP * _most([other.growth for other in others]):
        if careful:
            return None
        role_excess = max([role_excess, *(other.sure_excess for other in others)])
    role_added = max(0.0, _most([other.added for other in others]))
    more = _GROWTH if one.share == _PERCENTILES[0][0] else _MORE_SLOW
    if (
        one.growth < (_CAREFUL if careful else _GROWTH)
        or one.added < max(2.0, _GROWTH * role_added)
        or one.excess < more * role_excess
    ):
        return None
    expected = min(0.99, one.usual * role_excess)
    surprise = _surprise(one.slower, one.requests, expected)
    if surprise < math.log(tests / _FALSE):
        return None
    change = Change(
        endpoint=name,
        at=border,
        before=one.value_before,
        after=one.value_after,
        percentile=one.share,
        requests=one.requests,
        share=one.above / one.requests,
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
    return sum(other.above for other in others) / requests if requests else 0.0


def _surprise(slower: int, requests: int, expected: float) -> float:
    """Return -log of the chance of that many slow requests or more (Chernoff's bound, so a little too careful)."""
    share = slower / requests
    if share <= expected:
        return 0.0
    rest = 0.0 if share >= 1 else (1 - share) * math.log((1 - share) / (1 - expected))
    return requests * (share * math.log(share / expected) + rest)


def _refined(change: Change, counts: Counts, marks: Mapping[int, str], window: Window) -> Change:
    """Return the change at the five minutes where it began, with the mark near it."""
    at = change.at if counts.step != STEP else _onset(change, counts, window)
    near = [(abs(moment - at), moment) for moment in marks if abs(moment - at) <= _NEAR]
    mark = ""
    if near:
        mark, at = marks[min(near)[1]], min(near)[1] // counts.step * counts.step
    before: dict[int, int] = {}
    after: dict[int, int] = {}
    for into, start, end in ((before, at - window[0] * HOUR, at), (after, at, at + window[1] * HOUR)):
        for slot in counts.between(start, end):
            for (endpoint, _), cell in slot.cells.items():
                if endpoint == change.endpoint:
                    add(into, cell.times.items())
    if not before or not after:
        return change
    was, became = (quantiles.percentile(times, change.percentile) for times in (before, after))
    if became < _GROWTH * was:
        return change  # the moment is not as clear as the hour
    return replace(
        change,
        at=at,
        before=was,
        after=became,
        requests=quantiles.total(after),
        share=quantiles.slower(after, was) / quantiles.total(after),
        curves=(before, after),
        mark=mark,
    )


def _onset(change: Change, counts: Counts, window: Window) -> int:
    """Return the start of the slot that best divides usual from slow near the border, further for little traffic."""
    reach = HOUR if change.requests > _WINDOWS[1][2] else max(_WINDOWS[1][1], window[1]) * HOUR
    # Between both percentiles, where usual and slow differ most.
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
