"""Roles: the watches of one kind of machine or service, with their owner."""

from __future__ import annotations

from checkwright.registry.model.base import (
    Declaration,
    RegistryError,
    here,
    require_all,
    require_name,
    require_text,
    short_repr,
)
from checkwright.registry.model.capacity import Capacity
from checkwright.registry.model.hooks import Hook
from checkwright.registry.model.host_check import HostCheck
from checkwright.registry.model.team import Team
from checkwright.registry.model.watches import AnyWatch
from checkwright.registry.plan import Origin


class Role(Declaration):
    """Watches of one kind of machine, or of a service without machines.

        Role("web", owner=storefront, runbook="https://...", watches=(Watch(Disk()),))

    owner: the team that is notified. runbook: URL of instructions for problems. summary: one line of text.
    hooks: commands that a Sensu agent runs after checks of this role. capacity: of each machine, for the latency
    report. host_check: how Nagios finds out that a machine is up. Raises RegistryError for an invalid value.
    """

    __slots__ = ("capacity", "hooks", "host_check", "name", "owner", "runbook", "summary", "watches")
    name: str
    owner: Team
    runbook: str
    watches: tuple[AnyWatch, ...]
    summary: str
    hooks: tuple[Hook, ...]
    capacity: Capacity | None
    host_check: HostCheck | None

    def __init__(
        self,
        name: str,
        *,
        owner: Team,
        runbook: str = "",
        watches: tuple[AnyWatch, ...] = (),
        summary: str = "",
        hooks: tuple[Hook, ...] = (),
        capacity: Capacity | None = None,
        host_check: HostCheck | None = None,
    ) -> None:
        origin = here(2)
        what = f"Role {require_name('Role', name, origin)}"
        if not isinstance(owner, Team):
            raise RegistryError(f"{what}: owner is {short_repr(owner)}, not a Team", origin)
        if capacity is not None and not isinstance(capacity, Capacity):
            raise RegistryError(f"{what}: capacity is {short_repr(capacity)}, not a Capacity", origin)
        own_hooks = require_all(f"{what}: hooks", hooks, Hook, origin)
        if len({hook.name for hook in own_hooks}) < len(own_hooks):
            raise RegistryError(f"{what}: two hooks have the same name", origin)
        self._set(
            name=name,
            owner=owner,
            runbook=require_text(f"{what}: runbook", runbook, origin),
            watches=require_all(f"{what}: watches", watches, AnyWatch, origin, called="Watch"),
            summary=require_text(f"{what}: summary", summary, origin),
            hooks=own_hooks,
            capacity=capacity,
            host_check=_host_check(what, host_check, origin),
            origin=origin,
        )


def _host_check(what: str, value: object, origin: Origin) -> HostCheck | None:
    if value is None:
        return None
    if not isinstance(value, HostCheck):
        raise RegistryError(f"{what}: host_check is {short_repr(value)}, not HostCheck(...)", origin)
    if value.role is not None or value.hosts:
        raise RegistryError(f"{what}: host_check applies to the role, so it names neither role nor host", origin)
    return value
