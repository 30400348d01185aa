"""Matching of maintenances and downtimes with entries and machines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checkwright.registry import plan
from checkwright.registry.model import Downtime, Environment, Maintenance
from checkwright.registry.registry import Registry
from checkwright.registry.resolving.overrides import matching_hosts, selects_watch

Window = Maintenance | Downtime


class MaintenanceWindows:
    """Maintenances and downtimes of one environment, matched against its entries and hosts.

    `planned` and `downtimes` are those for the plan, `unused` those that match nothing, `unmatched_hosts` the names and
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
        self.unmatched_hosts: dict[Window, tuple[str, ...]] = {}
        self.unused: list[Window] = []
        self.owners: dict[Window, set[str]] = {}
        self._entries = entries
        self._hosts = hosts
        self._owner_of_entry = {(entry.id, entry.variant): entry.owner for entry in entries}
        self._owners_of_host = {host.name: {role.owner for role in roles if role.name in host.roles} for host in hosts}
        self._known = frozenset(host.name for host in hosts)
        found = []
        for window in environment.maintenance:
            covered, machines = self._match(window)
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
        downtimes = []
        for downtime in environment.downtimes:
            covered, machines = self._match(downtime)
            downtimes.append(
                plan.Downtime(
                    when=downtime.when,
                    length=downtime.length,
                    why=downtime.why,
                    entries=covered,
                    hosts=machines,
                    origin=registry.relative(downtime.origin),
                )
            )
        self.downtimes = tuple(downtimes)

    def _match(self, window: Window) -> tuple[tuple[plan.Covered, ...], tuple[str, ...]]:
        """Return the entries and machines that a window covers."""
        selected: frozenset[str] | None = None
        if window.hosts:
            matches = {pattern: matching_hosts(pattern, self._known) for pattern in window.hosts}
            self.unmatched_hosts[window] = tuple(pattern for pattern, names in matches.items() if not names)
            selected = frozenset().union(*matches.values())
        covered = tuple(_covered(window, self._entries, selected))
        machines = () if window.watch else tuple(_machines(window, self._hosts, selected))
        self.owners[window] = {self._owner_of_entry[one.entry, one.variant] for one in covered}
        self.owners[window].update(*(self._owners_of_host[machine] for machine in machines))
        if not covered and not machines:
            self.unused.append(window)
        return covered, machines


def _covered(window: Window, entries: Iterable[plan.Entry], selected: frozenset[str] | None) -> Iterable[plan.Covered]:
    for entry in entries:
        if selects_watch(window.role, window.watch, entry.role, entry.name):
            hosts = entry.hosts if selected is None else tuple(host for host in entry.hosts if host in selected)
            if hosts:
                yield plan.Covered(entry.id, entry.variant, () if hosts == entry.hosts else hosts)


def _machines(window: Window, hosts: Iterable[plan.Host], selected: frozenset[str] | None) -> Iterable[str]:
    for host in hosts:
        of_role = window.role is None or window.role.name in host.roles
        if of_role and not host.virtual and (selected is None or host.name in selected):
            yield host.name
