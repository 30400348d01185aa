"""Knowledge of a plan for a report: machines of a role, and limits of its endpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from fnmatch import fnmatchcase

from checkwright.core import ranges
from checkwright.history.series import Series
from checkwright.latency.counts import Counts
from checkwright.registry.plan import Entry, Limit, Plan
from checkwright.report import budgets
from checkwright.report.build import RoleFacts
from checkwright.report.facts import Budget, Capacity
from checkwright.report.scopes import Group

#: The check that judges endpoints, and its gauge.
CHECK, GAUGE = "api_latency", "p99"


class PlanFacts(RoleFacts):
    """Facts of one environment's plan. Other environments have none.

    groups: all counts, for budgets whose period is longer than the report.
    """

    def __init__(self, plan: Plan, groups: Iterable[Group] = ()) -> None:
        self._plan = plan
        self._whole = {(group.environment, group.role): group.server for group in groups}

    def hosts(self, environment: str, role: str) -> Iterable[str]:
        """Return the machines whose logs are watched."""
        return sorted({host for entry in self._entries(environment, role) for host in entry.hosts})

    def limits(self, environment: str, role: str) -> Callable[[str], float | None]:
        limits = [limit for entry in self._entries(environment, role) for limit in entry.limits if limit.gauge == GAUGE]
        return lambda endpoint: critical(limits, endpoint)

    def capacity(self, environment: str, role: str, hosts: Iterable[str]) -> tuple[Capacity, ...]:
        if environment != self._plan.environment:
            return ()
        names = {entry.role for entry in self._entries(environment, role)}
        owners = [one for one in self._plan.roles if one.capacity and (one.name == role or one.name in names)]
        if len(owners) != 1:
            return ()
        counted = {*hosts}
        machines = len([host for host in owners[0].hosts if host in counted]) or len(owners[0].hosts)
        return tuple(Capacity(one.name, one.size * machines) for one in owners[0].capacity if machines)

    def budgets(self, environment: str, role: str, counts: Counts) -> tuple[Budget, ...]:
        if environment != self._plan.environment:
            return ()
        counts = self._whole.get((environment, role), counts)
        roles = {role, *(entry.role for entry in self._entries(environment, role))}
        entries = [entry for entry in self._plan.entries if entry.check == budgets.CHECK and entry.role in roles]
        return tuple(sorted((budgets.budget(entry, counts) for entry in entries), key=lambda one: one.name))

    def with_limits(self, series: Iterable[Series]) -> list[Series]:
        """Return series with the critical thresholds of the plan, where they were recorded without one."""
        return [one if one.crit else self._with_limit(one) for one in series]

    def _with_limit(self, series: Series) -> Series:
        for entry in self._plan.entries:
            if entry.name == series.watch and series.host in entry.hosts:
                gauge = series.gauge.removeprefix(f"{entry.check}_")
                crit = next((limit.crit for limit in reversed(entry.limits) if _fits(limit, gauge, series.item)), None)
                return replace(series, crit=crit or "", check=entry.check, role=entry.role)
        return series

    def _entries(self, environment: str, role: str) -> Iterable[Entry]:
        if environment != self._plan.environment:
            return ()
        entries = [entry for entry in self._plan.entries if entry.check == CHECK]
        return [entry for entry in entries if role in ("", entry.role, _routes_of(entry))]


def _routes_of(entry: Entry) -> str:
    """Return the name of an entry's routes file: without a role of their own, counts have it as their role."""
    routes = budgets.flags_of(entry).get("--routes", [""])[-1]
    return routes.rpartition("/")[2].removesuffix(".routes")


def _fits(limit: Limit, gauge: str, item: str) -> bool:
    fits = not limit.items or limit.items == item or fnmatchcase(item, limit.items)
    return limit.gauge == gauge and limit.crit is not None and fits


def critical(limits: Iterable[Limit], item: str) -> float | None:
    """Return the critical end of the last limit that matches an item, in ms; None if there is none."""
    found: float | None = None
    for limit in limits:
        if limit.crit is not None and (not limit.items or limit.items == item or fnmatchcase(item, limit.items)):
            end = ranges.parse(limit.crit).end
            found = None if end == float("inf") else end * 1_000
    return found
