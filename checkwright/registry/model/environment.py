"""Environments: the hosts of dev, QA, staging or production, and the changes there."""

from __future__ import annotations

from checkwright.registry.model.account import Account
from checkwright.registry.model.base import (
    Declaration,
    RegistryError,
    here,
    require_all,
    require_name,
    require_text,
    require_zone,
    short_repr,
)
from checkwright.registry.model.capacity import Capacity
from checkwright.registry.model.downtime import Downtime
from checkwright.registry.model.host import Host
from checkwright.registry.model.host_check import HostCheck
from checkwright.registry.model.inventory_sources import InventorySource
from checkwright.registry.model.override import Maintenance, Override
from checkwright.registry.model.pools import Pool
from checkwright.registry.model.role import Role
from checkwright.registry.model.routes import Routes
from checkwright.registry.model.sensu_agents import SensuAgents
from checkwright.registry.model.site import Site
from checkwright.registry.plan import Origin


class Environment(Declaration):
    """Dev, QA, staging or production: its hosts and roles, and its changes to them.

        Environment("qa", site=Site(), hosts=(Host("web-qa", "10.8.0.11", roles=(web,)),))

    inventory: further hosts: a YAML or CSV file, relative to the project's folder, a source such as PuppetDb(...),
    which `checkctl inventory pull` keeps in such a file, or a tuple of them. roles: roles without hosts, such as a
    queue or a load balancer. overrides: changes in order; the last one wins. sensu: handlers of each level in Sensu; by
    default they have the names of the levels. maintenance: times when nobody is notified. downtimes: recurring ones,
    which a timer schedules in Nagios. time_zone: of their times, by default the Nagios server's. pools: workers behind
    a gearmand. sensu_agents: settings of Sensu agents, such as those that run central checks. lacks: roles that this
    environment does without, each with the reason: lacks=((database, "the tests use SQLite"),). aws: accounts of AWS;
    watches that name none take the first. capacity: of each machine of a role, if it differs from the role's:
    capacity=((api, Capacity(workers=2)),). host_checks: how Nagios finds out that hosts are up; the last one wins.
    Raises RegistryError for an invalid value.
    """

    __slots__ = (
        "aws",
        "capacity",
        "downtimes",
        "host_checks",
        "hosts",
        "inventory",
        "lacks",
        "maintenance",
        "name",
        "overrides",
        "pools",
        "roles",
        "sensu",
        "sensu_agents",
        "site",
        "sources",
        "time_zone",
    )
    name: str
    site: Site
    hosts: tuple[Host, ...]
    #: Files relative to the project's folder, and those sources that keep one of them.
    inventory: tuple[str, ...]
    sources: tuple[InventorySource, ...]
    roles: tuple[Role, ...]
    overrides: tuple[Override, ...]
    sensu: Routes | None
    maintenance: tuple[Maintenance, ...]
    downtimes: tuple[Downtime, ...]
    time_zone: str
    pools: tuple[Pool, ...]
    sensu_agents: SensuAgents | None
    lacks: tuple[tuple[Role, str], ...]
    aws: tuple[Account, ...]
    capacity: tuple[tuple[Role, Capacity], ...]
    host_checks: tuple[HostCheck, ...]

    def __init__(
        self,
        name: str,
        *,
        site: Site,
        hosts: tuple[Host, ...] = (),
        inventory: str | InventorySource | tuple[str | InventorySource, ...] = (),
        roles: tuple[Role, ...] = (),
        overrides: tuple[Override, ...] = (),
        sensu: Routes | None = None,
        maintenance: tuple[Maintenance, ...] = (),
        downtimes: tuple[Downtime, ...] = (),
        time_zone: str = "",
        pools: tuple[Pool, ...] = (),
        sensu_agents: SensuAgents | None = None,
        lacks: tuple[tuple[Role, str], ...] = (),
        aws: tuple[Account, ...] = (),
        capacity: tuple[tuple[Role, Capacity], ...] = (),
        host_checks: tuple[HostCheck, ...] = (),
    ) -> None:
        origin = here(2)
        what = f"Environment {require_name('Environment', name, origin)}"
        if not isinstance(site, Site):
            raise RegistryError(f"{what}: site is {short_repr(site)}, not a Site", origin)
        if sensu is not None and not isinstance(sensu, Routes):
            raise RegistryError(f"{what}: sensu is {short_repr(sensu)}, not Routes(...)", origin)
        if sensu_agents is not None and not isinstance(sensu_agents, SensuAgents):
            message = f"{what}: sensu_agents is {short_repr(sensu_agents)}, not SensuAgents(...)"
            raise RegistryError(message, origin)
        inventories = inventory if isinstance(inventory, tuple | list) else (inventory,) if inventory else ()
        files = [
            one.file if isinstance(one, InventorySource) else require_text(f"{what}: inventory", one, origin)
            for one in inventories
        ]
        if twice := next((file for file in files if files.count(file) > 1), None):
            raise RegistryError(f"{what}: inventory names {twice!r} twice", origin)
        self._set(
            name=name,
            site=site,
            hosts=require_all(f"{what}: hosts", hosts, Host, origin),
            inventory=tuple(files),
            sources=tuple(one for one in inventories if isinstance(one, InventorySource)),
            roles=require_all(f"{what}: roles", roles, Role, origin),
            overrides=require_all(f"{what}: overrides", overrides, Override, origin),
            sensu=sensu,
            maintenance=require_all(f"{what}: maintenance", maintenance, Maintenance, origin),
            downtimes=require_all(f"{what}: downtimes", downtimes, Downtime, origin),
            time_zone=require_zone(f"{what}: time_zone", time_zone, origin) if time_zone else "",
            pools=require_all(f"{what}: pools", pools, Pool, origin),
            sensu_agents=sensu_agents,
            lacks=_lacks(f"{what}: lacks", lacks, origin),
            aws=_accounts(f"{what}: aws", aws, origin),
            capacity=_capacities(f"{what}: capacity", capacity, origin),
            host_checks=require_all(f"{what}: host_checks", host_checks, HostCheck, origin),
            origin=origin,
        )

    def without_overrides(self) -> Environment:
        """Return the environment as its roles describe it."""
        copy = object.__new__(Environment)
        copy._set(**{name: getattr(self, name) for name in (*self.__slots__, "origin")} | {"overrides": ()})
        return copy


def _accounts(what: str, value: object, origin: Origin) -> tuple[Account, ...]:
    found = require_all(what, value, Account, origin)
    names = [account.name for account in found]
    for account in found:
        if names.count(account.name) > 1:
            raise RegistryError(f"{what} has two accounts {account.name}", account.origin)
    return found


def _capacities(what: str, value: object, origin: Origin) -> tuple[tuple[Role, Capacity], ...]:
    found: list[tuple[Role, Capacity]] = []
    for pair in require_all(what, value, tuple, origin, called="pairs of a role and its capacity"):
        if len(pair) != 2 or not isinstance(pair[0], Role) or not isinstance(pair[1], Capacity):
            raise RegistryError(f"{what} contains {short_repr(pair)}: write ((api, Capacity(workers=2)),)", origin)
        if any(pair[0] is other for other, _ in found):
            raise RegistryError(f"{what} names the role {pair[0].name} twice", origin)
        found.append((pair[0], pair[1]))
    return tuple(found)


def _lacks(what: str, value: object, origin: Origin) -> tuple[tuple[Role, str], ...]:
    found: list[tuple[Role, str]] = []
    for pair in require_all(what, value, tuple, origin, called="pairs of a role and a reason"):
        if len(pair) != 2 or not isinstance(pair[0], Role):
            message = f'{what} contains {short_repr(pair)}: write ((database, "the tests use SQLite"),)'
            raise RegistryError(message, origin)
        role, why = pair
        if any(role is other for other, _ in found):
            raise RegistryError(f"{what} names the role {role.name} twice", origin)
        if not require_text(f"{what}: the reason for {role.name}", why, origin).strip():
            raise RegistryError(f"{what} gives no reason for {role.name}", origin)
        found.append((role, why.strip()))
    return tuple(found)
