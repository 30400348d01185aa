"""All facts of a report from counts, a plan and measurements of resources."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from checkwright.core.errors import CannotDo
from checkwright.history.series import Series
from checkwright.latency import quantiles
from checkwright.latency.counts import Counts
from checkwright.report import ranking
from checkwright.report.capacity_use import WORKERS
from checkwright.report.facts import Budget, Capacity, Elsewhere, Report, Scope
from checkwright.report.got_worse import changes, comparable
from checkwright.report.hourly import Buckets, width_for
from checkwright.report.not_seen import not_seen
from checkwright.report.peak import peak
from checkwright.report.saturation import saturation
from checkwright.report.scopes import Group
from checkwright.web.clock import Clock

#: Fewest requests of an endpoint elsewhere that a median is shown for.
_FEW_ELSEWHERE = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """Choices for a report.

    environment: name, "" for the one with the most requests. zone: time zone. marks: text by moment. workers: requests
    that the role can work on at once, 0 for those that it is known to have. declared: names of declared endpoints.
    """

    environment: str = ""
    zone: str = "UTC"
    marks: Mapping[int, str] = field(default_factory=dict)
    workers: int = 0
    declared: tuple[str, ...] = ()


class RoleFacts:
    """Knowledge of a role from elsewhere: a plan, routes and measurements. Override what you have."""

    def hosts(self, environment: str, role: str) -> Iterable[str]:
        """Return the machines that the role has."""
        return ()

    def declared(self, environment: str, role: str) -> Iterable[str]:
        """Return the names of the declared endpoints."""
        return ()

    def limits(self, environment: str, role: str) -> Callable[[str], float | None]:
        """Return a function from an endpoint's name to its critical p99 in ms."""
        return ranking.no_limits

    def capacity(self, environment: str, role: str, hosts: Iterable[str]) -> tuple[Capacity, ...]:
        """Return the capacity of the machines that have counts: the workers first."""
        return ()

    def budgets(self, environment: str, role: str, counts: Counts) -> tuple[Budget, ...]:
        """Return the error budgets of the role's objectives."""
        return ()


def build(
    groups: Sequence[Group], wishes: Wishes, role_facts: RoleFacts | None = None, series: Sequence[Series] = ()
) -> Report:
    """Return the report on the groups of one environment, compared with those of the others.

    series: recorded values of resources. Raises CannotDo if no counts are left.
    """
    known = sorted({group.environment for group in groups})
    environment = wishes.environment or (groups[0].environment if groups else "")
    if "production" in known and not wishes.environment:
        environment = "production"
    chosen = [group for group in groups if group.environment == environment and group.server.slots]
    if not chosen:
        hint = f"they are of {', '.join(name or 'no environment' for name in known)}" if known else "there are none"
        of = f" of {environment}" if environment else ""
        raise CannotDo(f"No counts{of} to report on: {hint}.")
    clock, facts = Clock(wishes.zone), role_facts or RoleFacts()
    return Report(
        scopes=tuple(_scope(group, groups, wishes, clock, facts, series) for group in chosen),
        zone=wishes.zone,
    )


def _scope(
    group: Group,
    groups: Sequence[Group],
    wishes: Wishes,
    clock: Clock,
    facts: RoleFacts,
    series: Sequence[Series],
) -> Scope:
    counts = group.server
    near = [one for one in series if one.environment in ("", group.environment)]
    place = group.environment, group.role
    start, end = min(counts.slots), max(counts.slots) + counts.step
    width = width_for(start, end)
    declared = (*wishes.declared, *facts.declared(*place))
    buckets = Buckets(counts, width)
    endpoints = ranking.endpoints(counts, buckets, group.total, facts.limits(*place))
    return Scope(
        environment=group.environment,
        role=group.role,
        hosts=group.hosts,
        start=start,
        end=end,
        requests=counts.requests,
        unreadable=counts.unreadable,
        norequest=counts.norequest,
        skipped=counts.skipped,
        buckets=buckets.starts,
        width=width,
        endpoints=endpoints,
        changes=changes(counts, wishes.marks),
        comparable=comparable(counts),
        peak=peak(counts, _capacity(wishes, facts.capacity(*place, group.hosts))),
        saturation=saturation(counts, near),
        budgets=facts.budgets(*place, counts),
        elsewhere=tuple(
            _elsewhere(other)
            for other in sorted(groups, key=lambda one: one.environment)
            if other.role == group.role and other.environment != group.environment and other.server.slots
        ),
        not_seen=not_seen(counts, endpoints, clock, facts.hosts(*place), declared, only_total=group.only_total),
    )


def _capacity(wishes: Wishes, known: tuple[Capacity, ...]) -> tuple[Capacity, ...]:
    """Return the capacity that is known, with the number of workers that was given, if any."""
    if not wishes.workers:
        return known
    return Capacity(WORKERS, wishes.workers), *(one for one in known if one.name != WORKERS)


def _elsewhere(group: Group) -> Elsewhere:
    return Elsewhere(
        environment=group.environment,
        requests=group.server.requests,
        endpoints={
            name: (quantiles.total(times), quantiles.percentile(times, 0.5), quantiles.percentile(times, 0.99))
            for name, times in sorted(group.server.endpoints().items())
            if quantiles.total(times) >= _FEW_ELSEWHERE
        },
    )
