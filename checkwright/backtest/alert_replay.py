"""Alerts that recorded values would have made with the thresholds, intervals and attempts of an entry."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from checkwright.core import ranges
from checkwright.history.series import ELSE, Series
from checkwright.registry.plan import Entry, Limit

OK, WARNING, CRITICAL, UNKNOWN = 0, 1, 2, 3
#: States by how bad they are.
_RANKS = {OK: 0, WARNING: 1, UNKNOWN: 2, CRITICAL: 3}
#: Values are held for as many of their own distances, or runs. After that there is no value.
_HELD = 3
#: Share of an interval for that a recorded run may be early or late.
_NEAR = 0.25


@dataclass(frozen=True, slots=True)
class Alert:
    """One confirmed problem. begin: when the last attempt confirmed it. end: first good run. worst: 1 to 3.

    label: the value that was worst. lasting: no good run came before the values ended.
    """

    host: str
    watch: str
    begin: float
    end: float
    worst: int
    label: str
    lasting: bool = False

    @property
    def seconds(self) -> float:
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class Replayed:
    """Alerts of one entry on one host. runs: runs with values. gaps: seconds between the values without any."""

    alerts: tuple[Alert, ...]
    runs: int
    gaps: float


class _Judged:
    """One series with the ranges that judge it. Its value at a moment is the last one before, if that is young."""

    def __init__(self, series: Series, warn: str | None, crit: str | None, held: float) -> None:
        self.label = series.label
        self.moments = [moment for moment, _ in series.points]
        self._values = [value for _, value in series.points]
        self._warn = ranges.parse(warn) if warn else None
        self._crit = ranges.parse(crit) if crit else None
        self._held = max(held, _HELD * series.resolution)

    def state(self, moment: float) -> int | None:
        at = bisect_right(self.moments, moment) - 1
        if at < 0 or moment - self.moments[at] > self._held:
            return None
        value = self._values[at]
        if self.label == ELSE:
            return int(value)
        if self._crit is not None and not self._crit.match(value):
            return CRITICAL
        return WARNING if self._warn is not None and not self._warn.match(value) else OK


def thresholds(limits: Iterable[Limit], gauge: str, item: str) -> tuple[str | None, str | None]:
    """Return warning and critical of an item: the last limit that matches counts, for each of the two."""
    warn = crit = None
    for limit in limits:
        if limit.gauge == gauge and (not limit.items or limit.items == item or fnmatchcase(item, limit.items)):
            warn = warn if limit.warn is None else limit.warn
            crit = crit if limit.crit is None else limit.crit
    return warn, crit


def replay(entry: Entry, host: str, series: Sequence[Series]) -> Replayed:
    """Run an entry on a host over recorded values of its gauges.

    It runs at its interval, after a bad run at its retry, until as many runs as its attempts were bad in a row. Between
    two recorded values the earlier one holds. Words (verdicts), errors and timeouts count where they were recorded, as
    results of the batch are.
    """
    held = _HELD * entry.interval
    judged = [_Judged(one, *thresholds(entry.limits, one.gauge, one.item), held) for one in series if one.points]
    moments = sorted({moment for one in judged for moment in one.moments})
    if not moments:
        return Replayed((), 0, 0.0)
    return _Run(entry, host, judged, moments).replayed()


class _Run:
    def __init__(self, entry: Entry, host: str, judged: list[_Judged], moments: list[float]) -> None:
        self._entry = entry
        self._host = host
        self._judged = judged
        self._moments = moments
        self._runs = 0
        self._gaps = 0.0

    def replayed(self) -> Replayed:
        return Replayed(tuple(self._alerts()), self._runs, self._gaps)

    def _alerts(self) -> Iterator[Alert]:
        entry, now, last = self._entry, self._moments[0], self._moments[-1]
        bad, begin, worst, label = 0, 0.0, OK, ""
        while now <= last:
            state, what = self._state(now)
            if state is None:
                following = self._next(now)
                self._gaps += following - now
                now = following
                continue
            self._runs += 1
            if state == OK:
                if bad >= entry.attempts:
                    yield Alert(self._host, entry.name, begin, now, worst, label)
                bad, worst = 0, OK
            else:
                bad += 1
                if _RANKS[state] > _RANKS[worst]:
                    worst, label = state, what
                if bad == entry.attempts:
                    begin = now
            now = self._following(now, soft=0 < bad < entry.attempts)
        if bad >= entry.attempts:
            yield Alert(self._host, entry.name, begin, max(begin, last), worst, label, lasting=True)

    def _following(self, now: float, *, soft: bool) -> float:
        """Return the time of the next run. It is that of a recorded value near it, which a real run made."""
        distance = self._entry.retry if soft else self._entry.interval
        due = now + distance
        at = bisect_right(self._moments, due)
        near = [moment for moment in self._moments[max(0, at - 1) : at + 1] if abs(moment - due) <= _NEAR * distance]
        return min(near, key=lambda moment: abs(moment - due)) if near else due

    def _next(self, now: float) -> float:
        at = bisect_right(self._moments, now)
        return self._moments[at] if at < len(self._moments) else self._moments[-1] + 1

    def _state(self, now: float) -> tuple[int | None, str]:
        found = [(state, one.label) for one in self._judged if (state := one.state(now)) is not None]
        return max(found, key=lambda one: _RANKS[one[0]]) if found else (None, "")
