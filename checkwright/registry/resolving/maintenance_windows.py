"""Which maintenance covers which entries, and which machines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from checkwright.registry import plan
from checkwright.registry.model import Environment, Maintenance
from checkwright.registry.registry import Registry
from checkwright.registry.resolving.overrides import matching, names_watch


class Windows:
    """The maintenances of one environment in its resolved entries; `unmet` are the patterns of hosts that met none."""

    def __init__(
        self, registry: Registry, environment: Environment, entries: Sequence[plan.Entry], hosts: Sequence[plan.Host]
    ) -> None:
        self.unmet: dict[Maintenance, tuple[str, ...]] = {}
        self.idle: list[Maintenance] = []
        found = []
        known = frozenset(host.name for host in hosts)
        for window in environment.maintenance:
            named: frozenset[str] | None = None
            if window.hosts:
                matches = {pattern: matching(pattern, known) for pattern in window.hosts}
                self.unmet[window] = tuple(pattern for pattern, met in matches.items() if not met)
                named = frozenset().union(*matches.values())
            covered = tuple(_covered(window, entries, named))
            machines = () if window.watch else tuple(_machines(window, hosts, named))
            if not covered and not machines:
                self.idle.append(window)
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
    window: Maintenance, entries: Iterable[plan.Entry], named: frozenset[str] | None
) -> Iterable[plan.Covered]:
    for entry in entries:
        if names_watch(window.role, window.watch, entry.role, entry.name):
            hosts = entry.hosts if named is None else tuple(host for host in entry.hosts if host in named)
            if hosts:
                yield plan.Covered(entry.id, entry.variant, () if hosts == entry.hosts else hosts)


def _machines(window: Maintenance, hosts: Iterable[plan.Host], named: frozenset[str] | None) -> Iterable[str]:
    for host in hosts:
        of_role = window.role is None or window.role.name in host.roles
        if of_role and not host.virtual and (named is None or host.name in named):
            yield host.name
