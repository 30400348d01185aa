"""Matching of maintenances with entries and machines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checkwright.registry import plan
from checkwright.registry.model import Environment, Maintenance
from checkwright.registry.registry import Registry
from checkwright.registry.resolving.overrides import matching_hosts, selects_watch


class MaintenanceWindows:
    """Maintenances of one environment, matched against its entries and hosts.

    `planned` are those for the plan, `unused` those that match nothing, `unmatched_hosts` the names and
    patterns of each that match no host, `owners` the teams whose watches or machines each matches.
    """

    def __init__(
        self,
        registry: Registry,
        environment: Environment,
        entries: Sequence[plan.Entry],
        hosts: Sequence[plan.Host],
        roles: Sequence[plan.Role],
    ) -> None:
        self.unmatched_hosts: dict[Maintenance, tuple[str, ...]] = {}
        self.unused: list[Maintenance] = []
        self.owners: dict[Maintenance, set[str]] = {}
        by_entry = {(entry.id, entry.variant): entry.owner for entry in entries}
        by_host = {host.name: {role.owner for role in roles if role.name in host.roles} for host in hosts}
        found = []
        known = frozenset(host.name for host in hosts)
        for window in environment.maintenance:
            selected: frozenset[str] | None = None
            if window.hosts:
                matches = {pattern: matching_hosts(pattern, known) for pattern in window.hosts}
                self.unmatched_hosts[window] = tuple(pattern for pattern, names in matches.items() if not names)
                selected = frozenset().union(*matches.values())
            covered = tuple(_covered(window, entries, selected))
            machines = () if window.watch else tuple(_machines(window, hosts, selected))
            self.owners[window] = {by_entry[one.entry, one.variant] for one in covered}
            self.owners[window].update(*(by_host[machine] for machine in machines))
            if not covered and not machines:
                self.unused.append(window)
            found.append(
                plan.Maintenance(
                    begin=f"{window.begin:%Y-%m-%dT%H:%M}",
                    end=f"{window.end:%Y-%m-%dT%H:%M}",
                    why=window.why,
                    entries=covered,
                    hosts=machines,
                    origin=registry.relative(window.origin),
                )
            )
        self.planned = tuple(sorted(found, key=lambda one: (one.begin, one.end, one.origin.file, one.origin.line)))


def _covered(
    window: Maintenance, entries: Iterable[plan.Entry], selected: frozenset[str] | None
) -> Iterable[plan.Covered]:
    for entry in entries:
        if selects_watch(window.role, window.watch, entry.role, entry.name):
            hosts = entry.hosts if selected is None else tuple(host for host in entry.hosts if host in selected)
            if hosts:
                yield plan.Covered(entry.id, entry.variant, () if hosts == entry.hosts else hosts)


def _machines(window: Maintenance, hosts: Iterable[plan.Host], selected: frozenset[str] | None) -> Iterable[str]:
    for host in hosts:
        of_role = window.role is None or window.role.name in host.roles
        if of_role and not host.virtual and (selected is None or host.name in selected):
            yield host.name
