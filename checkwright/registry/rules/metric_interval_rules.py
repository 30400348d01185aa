"""Rules about intervals of watches that read metrics of CloudWatch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from checkwright.core.check import Check
from checkwright.registry.findings import Finding
from checkwright.registry.model.durations import format_seconds
from checkwright.registry.rules.subject import RegistryRule, Subject

#: Price of one metric in a GetMetricData request: us-east-1, 2026-11-29.
USD_PER_METRIC = 0.01 / 1000
_MONTH = 30.44 * 86_400


class PaidForNothing(RegistryRule):
    """A watch asks CloudWatch more often than there are new datapoints.

    CloudWatch bills each metric in each run. A metric with one datapoint in five minutes has nothing new in between. A
    watch that also reads metrics with a shorter period is not reported.

    Wrong:
        Watch(LoadBalancer(balancer="shop"), per="role", every="1m"),

    Right:
        Watch(LoadBalancer(balancer="shop"), per="role", every="5m"),
    """

    id = "R075"
    severity = "warning"

    def find(self, subject: Subject) -> Iterator[Finding]:
        metrics: list[Any] = []
        last: Check | None = None
        shortest = 0
        for entry, _, check in subject.entries():
            if check is not last:
                last, metrics = check, _metrics(check)
                shortest = min((metric.period for metric in metrics), default=0)
            if entry.interval >= shortest:
                continue
            useless = sum(_MONTH / entry.interval - _MONTH / metric.period for metric in metrics)
            usd = useless * USD_PER_METRIC * len(entry.hosts)
            period, interval = format_seconds(shortest), format_seconds(entry.interval)
            message = f"{entry.id}: CloudWatch has one datapoint in {period}, and this asks every {interval}"
            every = next(one for one in entry.settings if one.name == "every")
            origin = entry.origin if every.level == "check" else every.origin
            yield self.finding(
                origin, f"{message}: about ${usd:.2f} a month for nothing", hint=f'write every="{period}" or longer'
            )


def _metrics(check: Check | None) -> list[Any]:
    """Return the metrics that a run reads in any case; those of the cheapest kind of things where there are several."""
    if check is None or not check.in_account or not hasattr(check, "read_metrics"):
        return []
    billed = [metric for metric in check.read_metrics() if metric.billed]
    sure = [metric for metric in billed if not metric.only]
    kinds = [[one for one in billed if one.namespace == name] for name in sorted({one.namespace for one in billed})]
    return sure or min(kinds, key=len, default=[])
