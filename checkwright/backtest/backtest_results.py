"""Results of a back-test: alerts by watch, hour and team."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from fnmatch import fnmatchcase

from checkwright.backtest.alert_hours import Calendar
from checkwright.backtest.alert_replay import Alert, replay
from checkwright.history import counts_history
from checkwright.history.series import ELSE, Series
from checkwright.registry.plan import Entry, Plan


@dataclass
class WatchResult:
    """Alerts of one watch on all its hosts.

    notified: those that reach somebody. coarsest: of its values, seconds. unbounded: its percentiles are judged
    themselves, since their bounds were not recorded.
    """

    id: str
    owner: str
    notify: str
    hosts: int = 0
    runs: int = 0
    gaps: float = 0.0
    alerts: list[Alert] = field(default_factory=list)
    notified: list[float] = field(default_factory=list)
    coarsest: float = 0.0
    averaged: bool = False
    unbounded: bool = False

    @property
    def longest(self) -> float:
        return max((alert.seconds for alert in self.alerts), default=0.0)

    @property
    def total(self) -> float:
        return sum(alert.seconds for alert in self.alerts)


@dataclass(frozen=True, slots=True)
class TeamResult:
    """Pages of one team. nights: evenings' dates of the nights with a page."""

    name: str
    notifications: int
    pages: int
    nights: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Backtest:
    """Result for one plan. start, end: of the values. by_hour: notifications by local hour of the day.

    without_values: ids of watches that no source has values of.
    """

    start: float
    end: float
    watches: tuple[WatchResult, ...]
    teams: tuple[TeamResult, ...]
    by_hour: tuple[int, ...]
    sources: tuple[str, ...]
    without_values: tuple[str, ...]

    @property
    def alerts(self) -> int:
        return sum(len(watch.alerts) for watch in self.watches)


def chosen(plan: Plan, pattern: str) -> list[Entry]:
    """Return the entries whose id (`role:watch`) or name fits a shell pattern; all for ""."""
    return [
        entry
        for entry in plan.entries
        if not pattern or fnmatchcase(entry.id, pattern) or fnmatchcase(entry.name, pattern)
    ]


def backtest(plan: Plan, series: Sequence[Series], zone: tzinfo, pattern: str = "") -> Backtest:
    """Return the alerts that the values would have made with a plan."""
    calendar = Calendar(plan, zone)
    results: dict[str, WatchResult] = {}
    missing: list[str] = []
    used: list[Series] = []
    by_hour = [0] * 24
    pages: dict[str, list[tuple[float, bool]]] = {}
    index = _index(series)
    for entry in chosen(plan, pattern):
        found = results.setdefault(entry.id, WatchResult(entry.id, entry.owner, entry.notify))
        for host in entry.hosts:
            own = _of(entry, host, index)
            if not own:
                continue
            used += own
            replayed = replay(entry, host, own)
            found.hosts += 1
            found.runs += replayed.runs
            found.gaps += replayed.gaps
            found.alerts += replayed.alerts
            found.coarsest = max(found.coarsest, *(one.resolution for one in own))
            found.averaged = found.averaged or any(one.averaged for one in own)
            found.unbounded = found.unbounded or any(_lacks_bound(entry, one) for one in own)
            for alert in replayed.alerts:
                moment = calendar.notified(entry, alert)
                if moment is not None:
                    found.notified.append(moment)
                    by_hour[calendar.local(moment).hour] += 1
                    pages.setdefault(entry.owner, []).append((moment, entry.notify == "page"))
        if not found.hosts and entry.id not in missing:
            missing.append(entry.id)
    moments = [moment for one in used for moment in (one.points[0][0], one.points[-1][0])]
    return Backtest(
        start=min(moments, default=0.0),
        end=max(moments, default=0.0),
        watches=tuple(
            sorted((one for one in results.values() if one.hosts), key=lambda one: (-len(one.alerts), one.id))
        ),
        teams=tuple(_team(name, pages[name], calendar) for name in sorted(pages)),
        by_hour=tuple(by_hour),
        sources=tuple(sorted({one.source for one in used})),
        without_values=tuple(sorted(id for id in missing if not results[id].hosts)),
    )


def _has_values(watch: WatchResult) -> bool:
    return watch.hosts > 0


def _lacks_bound(entry: Entry, series: Series) -> bool:
    """Return True for a recorded p99, where the check judges a bound below it, which counts files can give."""
    return (
        entry.check == counts_history.CHECK
        and series.gauge == counts_history.GAUGE
        and series.source != counts_history.SOURCE
    )


def _team(name: str, moments: Iterable[tuple[float, bool]], calendar: Calendar) -> TeamResult:
    notified = list(moments)
    nights = {night for moment, is_page in notified if is_page and (night := calendar.night(moment))}
    return TeamResult(name, len(notified), sum(is_page for _, is_page in notified), tuple(sorted(nights)))


_Index = dict[tuple[str, str], list[Series]]


def _index(series: Iterable[Series]) -> _Index:
    """Return the series by host and watch; counts, which know no watch, by host and their check."""
    found: _Index = {}
    for one in series:
        key = f"check {one.check}" if one.check == counts_history.CHECK and not one.watch else one.watch
        found.setdefault((one.host, key), []).append(one)
    return found


def _of(entry: Entry, host: str, index: _Index) -> list[Series]:
    own = index.get((host, entry.name), [])
    if not own and entry.check == counts_history.CHECK:
        own = index.get((host, f"check {entry.check}"), [])
    gauges = {limit.gauge for limit in entry.limits}
    return [
        one
        for one in (_plain(one, entry.check, gauges) for one in own)
        if (one.gauge in gauges or one.label == ELSE) and one.points
    ]


def _plain(series: Series, check: str, gauges: set[str]) -> Series:
    """Return a series whose label begins with the gauge: names in Prometheus have the check in front."""
    gauge = series.gauge.removeprefix(f"{check}_")
    if series.gauge in gauges or gauge not in gauges:
        return series
    return replace(series, label=f"{gauge}:{series.item}" if series.item else gauge)
