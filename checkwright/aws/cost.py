"""Cost of the watches of AWS: USD a month for each watch, team and environment."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from checks.aws.source import AT_RUN_TIME, CloudMetric
from checkwright.aws.aws_watches import AwsWatch
from checkwright.aws.prices import METRIC, MONTH, Prices

_WILD = "*?["


@dataclass(frozen=True)
class WatchCost:
    """Cost of one watch on all of its hosts.

    metrics: of one run; at_least: those that it reads in any case. statistics: the same, if AWS bills each statistic of
    a metric. requests: other requests that cost something, of one run. usd: by the first reading of AWS's price list,
    a metric with up to five statistics counts once; usd_by_statistic: by the second, each statistic counts.
    open_ended: the number of things is known only when it runs.
    """

    id: str
    owner: str
    account: str
    interval: int
    runs: float
    metrics: int
    at_least: int
    statistics: int
    requests: int
    usd: float
    usd_by_statistic: float
    open_ended: bool
    actions: tuple[str, ...]


def costs(watches: Iterable[AwsWatch], prices: Prices) -> list[WatchCost]:
    """Return the cost of each watch, the dearest first."""
    found: dict[tuple[str, str], list[AwsWatch]] = {}
    for watch in watches:
        found.setdefault((watch.entry.id, watch.entry.variant), []).append(watch)
    merged = [_cost(group, prices) for group in found.values()]
    return sorted(merged, key=lambda one: (-one.usd_by_statistic, one.id))


def by_team(found: Iterable[WatchCost]) -> dict[str, tuple[float, float]]:
    """Return the two costs of each team, the dearest first."""
    sums: dict[str, tuple[float, float]] = {}
    for one in found:
        first, second = sums.get(one.owner, (0.0, 0.0))
        sums[one.owner] = (first + one.usd, second + one.usd_by_statistic)
    return dict(sorted(sums.items(), key=lambda pair: (-pair[1][1], pair[0])))


def _cost(group: list[AwsWatch], prices: Prices) -> WatchCost:
    first = group[0].entry
    runs = MONTH * 86_400 / first.interval
    metrics = at_least = statistics = requests = 0
    usd = 0.0
    open_ended = False
    actions: set[str] = set()
    for watch in group:
        billed = [metric for metric in watch.check.read_metrics() if metric.billed]
        sure = [metric for metric in billed if not metric.only]
        metrics += _most(billed, sure, lambda metric: 1)
        statistics += _most(billed, sure, lambda metric: len(metric.stats))
        at_least += len(sure)
        open_ended = open_ended or any(_is_open(metric) for metric in billed)
        actions |= {METRIC} if billed else set()
        for action, count in watch.check.calls().items():
            if action != METRIC and prices.usd(action):
                requests += count
                usd += count * prices.usd(action)
                actions.add(action)
    price = prices.usd(METRIC)
    return WatchCost(
        id=f"{first.id} ({first.variant})" if first.variant else first.id,
        owner=first.owner,
        account=group[0].account.name if group[0].account else "",
        interval=first.interval,
        runs=runs,
        metrics=metrics,
        at_least=at_least,
        statistics=statistics,
        requests=requests,
        usd=runs * (usd + metrics * price),
        usd_by_statistic=runs * (usd + statistics * price),
        open_ended=open_ended,
        actions=tuple(sorted(actions)),
    )


def _most(billed: list[CloudMetric], sure: list[CloudMetric], weight: Callable[[CloudMetric], int]) -> int:
    """Return the most that a run can read: metrics of two namespaces belong to two kinds of a thing."""
    namespaces = {metric.namespace for metric in billed if metric.only}
    some = (sum(weight(one) for one in billed if one.only and one.namespace == name) for name in namespaces)
    return sum(map(weight, sure)) + max(some, default=0)


def _is_open(metric: CloudMetric) -> bool:
    """Return True for a pattern, which a run alone resolves. AT_RUN_TIME is one thing whose ID is not known."""
    return any(value != AT_RUN_TIME and set(_WILD) & set(value) for value in metric.dims.values())
