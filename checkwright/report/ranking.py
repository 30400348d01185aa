"""Endpoints of a report, the slowest first."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from checkwright.latency import quantiles
from checkwright.latency.counts import MORE, NO_ROUTE, Counts, floor_percentile
from checkwright.report.facts import Endpoint
from checkwright.report.hourly import Buckets

Limits = Callable[[str], float | None]


def no_limits(_endpoint: str) -> float | None:
    """Return None: no endpoint has a limit."""
    return None


def endpoints(
    counts: Counts, buckets: Buckets, total: Counts | None = None, limits: Limits = no_limits
) -> tuple[Endpoint, ...]:
    """Return all endpoints by falling p99; those without times of the server come last.

    limits: critical p99 of an endpoint in milliseconds.
    """
    whole, cut, answers = counts.endpoints(), counts.endpoints(classes=("cut",)), counts.answers()
    with_network = total.endpoints() if total else {}
    spent = sum(quantiles.spent(times) for times in whole.values())
    learned = counts.learned
    found = []
    for name, kinds in answers.items():
        times = whole.get(name, {})
        p99, at_least = floor_percentile(times, cut.get(name, {}), 0.99) if times else (None, False)
        other = with_network.get(name)
        found.append(
            Endpoint(
                name=name,
                requests=sum(kinds.values()),
                timed=quantiles.total(times),
                p50=quantiles.percentile(times, 0.5) if times else None,
                p99=p99,
                p99_at_least=at_least,
                sure=quantiles.lower_bound(times, 0.99) if times else None,
                p99_total=quantiles.percentile(other, 0.99) if other else None,
                limit=limits(name),
                share=quantiles.spent(times) / spent if spent else 0.0,
                errors=kinds.get("5xx", 0),
                cut=kinds.get("cut", 0),
                learned=name in learned,
                hours=tuple(_p99(buckets.times(start, name)) for start in buckets.starts),
            )
        )
    return tuple(sorted(found, key=lambda one: (-1 if one.p99 is None else one.p99, one.timed, one.name), reverse=True))


def _p99(times: Mapping[int, int]) -> tuple[int, int] | None:
    return (quantiles.percentile(times, 0.99), quantiles.total(times)) if times else None


def worst(found: tuple[Endpoint, ...]) -> Endpoint | None:
    """Return the endpoint with the worst p99 that has enough requests for one; without any, the slowest."""
    timed = [one for one in found if one.p99 is not None and one.name not in (NO_ROUTE, MORE)]
    return next((one for one in timed if not one.few), timed[0] if timed else None)
