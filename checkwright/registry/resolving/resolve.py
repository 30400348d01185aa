"""Resolution of one environment into a plan.

Values come from the check's defaults, then the role's watch, then the environment's overrides; the last one wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checkwright.core.check import Check
from checkwright.registry import plan
from checkwright.registry.inventory import Machine
from checkwright.registry.model import Contact, Environment, Role, Team
from checkwright.registry.model.service_group import ServiceGroup
from checkwright.registry.model.watches import AnyWatch
from checkwright.registry.notify_json import person_name
from checkwright.registry.plan import Entry
from checkwright.registry.registry import Registry
from checkwright.registry.resolving import (
    accounts,
    business_parts,
    check_records,
    command_line,
    declared_needs,
    handler_routes,
    host_check_matches,
    shipped_files,
    team_channels,
)
from checkwright.registry.resolving.entries import Resolver, last_day
from checkwright.registry.resolving.maintenance_windows import MaintenanceWindows
from checkwright.registry.resolving.overrides import OverrideMatches


@dataclass(frozen=True)
class Resolved:
    """A plan, and what only the rules need: used overrides and maintenances, and the checks with their options."""

    plan: plan.Plan
    machines: tuple[Machine, ...]
    roles: tuple[Role, ...]
    matches: OverrideMatches
    windows: MaintenanceWindows
    #: For each entry of the plan: its watch, and the check as it will run (None for a plugin).
    watches: tuple[AnyWatch, ...]
    checks: tuple[Check | None, ...]

    @property
    def entries(self) -> Iterator[tuple[Entry, AnyWatch, Check | None]]:
        """Each entry of the plan, in its order, with its watch and its check."""
        return zip(self.plan.entries, self.watches, self.checks, strict=True)


def resolve(registry: Registry, environment: Environment, machines: tuple[Machine, ...]) -> Resolved:
    """Resolve one environment. Reports no mistakes: the rules do, with the result."""
    hosts_of: dict[str, list[str]] = {role.name: [] for role in environment.roles}
    for machine in machines:
        for name in machine.roles:
            hosts_of.setdefault(name, []).append(machine.name)
    known = {role.name: role for role in reversed(registry.roles)}
    roles = tuple(accounts.with_account_watches(known[name], environment) for name in sorted(hosts_of) if name in known)
    members = {role.name: tuple(sorted(set(hosts_of[role.name]))) for role in roles}
    virtual = {
        role.name: f"{role.name}.{environment.name}" for role in roles if any(w.per == "role" for w in role.watches)
    }
    matches = OverrideMatches(environment, [*(machine.name for machine in machines), *virtual.values()])
    site = _site(registry, environment)
    pools = {machine.name: machine.pool for machine in machines if machine.pool}
    resolver = Resolver(registry, environment, site, matches, pools)
    found: list[tuple[Entry, AnyWatch, Check | None]] = []
    for role in roles:
        for watch in role.watches:
            hosts = (virtual[role.name],) if watch.per == "role" else members[role.name]
            if hosts:
                found += resolver.entries(role, watch, hosts)
    found = business_parts.with_parts(declared_needs.watched(accounts.with_needs(found)), roles)
    found.sort(key=lambda one: (one[0].id, one[0].variant))
    resolved_roles = tuple(
        plan.Role(
            name=role.name,
            summary=role.summary,
            owner=role.owner.name,
            runbook=role.runbook,
            hosts=members[role.name],
            virtual_host=virtual.get(role.name, ""),
            hooks=handler_routes.hooks(registry, role),
            capacity=_capacity(role, environment),
            origin=registry.relative(role.origin),
        )
        for role in roles
    )
    states, state_of = host_check_matches.host_checks(registry, environment, roles, machines)
    all_hosts = _hosts(machines, resolved_roles, state_of)
    entries = tuple([entry for entry, _, _ in found])
    watches = tuple([watch for _, watch, _ in found])
    checks = tuple([check for _, _, check in found])
    people = _notified_teams(roles, environment)
    windows = MaintenanceWindows(registry, environment, entries, all_hosts, resolved_roles)
    whole = plan.Plan(
        project=registry.project,
        environment=environment.name,
        site=site,
        teams=_teams(registry, people, site),
        roles=resolved_roles,
        hosts=all_hosts,
        hours=_hours(registry, people, resolver.quiet),
        entries=entries,
        off=tuple(sorted(resolver.off, key=lambda one: (one.id, one.hosts))),
        routes=handler_routes.routes(registry, environment),
        maintenance=windows.planned,
        downtimes=windows.downtimes,
        time_zone=environment.time_zone,
        pools=_pools(registry, environment),
        files=shipped_files.files(registry, found),
        host_checks=states,
        checks=check_records.records(registry, {type(check) for check in checks if check is not None}),
        service_groups=_service_groups(registry, resolver.groups),
        overrides=_overrides(registry, environment, matches),
        sensu_agents=handler_routes.sensu_agents(registry, environment, (machine.name for machine in machines)),
    )
    return Resolved(whole, machines, roles, matches, windows, watches, checks)


def _site(registry: Registry, environment: Environment) -> plan.Site:
    site = environment.site
    return plan.Site(
        check=site.check,
        transport=site.transport,
        nrpe_port=site.nrpe_port,
        secrets=site.secrets,
        project=site.project or f"{command_line.PROJECTS}/{registry.project}",
        plugins=site.plugins,
        mail=site.mail,
        page=site.page,
        account=site.account,
        graphs=site.graphs,
        catalogue=site.catalogue,
        perfdata=site.perfdata,
        perfdata_login=site.perfdata_login,
        engine=site.engine,
    )


def _pools(registry: Registry, environment: Environment) -> tuple[plan.Pool, ...]:
    return tuple(
        plan.Pool(
            name=pool.name,
            queues=pool.queues_in(environment.name),
            servers=pool.servers,
            via=pool.via,
            workers=pool.workers,
            key_file=pool.key_file,
            plugins=pool.plugins or (environment.site.plugins,),
            at_once=pool.at_once,
            max_age=pool.max_age,
            user=pool.user,
            origin=registry.relative(pool.origin),
        )
        for pool in sorted(environment.pools, key=lambda pool: pool.name)
    )


def _overrides(registry: Registry, environment: Environment, matches: OverrideMatches) -> tuple[plan.Override, ...]:
    return tuple(
        plan.Override(
            scope=override.scope(),
            changes=override.changes(),
            teams=tuple(sorted(matches.owners.get(override, ()))),
            why=override.why,
            until=last_day(override),
            origin=registry.relative(override.origin),
        )
        for override in environment.overrides
    )


def _teams(registry: Registry, known: Mapping[str, Team], site: plan.Site) -> tuple[plan.Team, ...]:
    return tuple(
        plan.Team(
            name=name,
            email=known[name].email,
            page=known[name].page,
            office_hours=known[name].office_hours.name,
            escalations=tuple(plan.Escalation(step.after, step.to.name) for step in known[name].escalations),
            contacts=tuple(_contact(registry, contact, name, site) for contact in known[name].contacts),
            channels=team_channels.channels(registry, known[name], site, name),
            sns=known[name].sns,
            origin=registry.relative(known[name].origin),
        )
        for name in sorted(known)
    )


def _contact(registry: Registry, contact: Contact, team: str, site: plan.Site) -> plan.Contact:
    return plan.Contact(
        name=contact.name,
        email=contact.email,
        page=contact.page,
        hours=contact.hours.name if contact.hours else "",
        on=contact.on,
        hosts=contact.hosts,
        channels=team_channels.channels(registry, contact, site, person_name(team, contact.name)),
        origin=registry.relative(contact.origin),
    )


def _notified_teams(roles: Sequence[Role], environment: Environment) -> dict[str, Team]:
    """Return by name the owners of roles and of hosts, and all teams to which pages are escalated."""
    known: dict[str, Team] = {}
    waiting = [*(role.owner for role in roles), *host_check_matches.owners(environment, roles)]
    while waiting:
        team = waiting.pop()
        if known.setdefault(team.name, team) is team:
            waiting += (step.to for step in team.escalations)
    return known


def _hours(registry: Registry, people: Mapping[str, Team], quiet: dict[str, Any]) -> tuple[plan.Hours, ...]:
    teams = people.values()
    used = {team.office_hours.name: team.office_hours for team in teams} | quiet
    used |= {contact.hours.name: contact.hours for team in teams for contact in team.contacts if contact.hours}
    return tuple(
        plan.Hours(
            name=name,
            times=used[name].times,
            without=used[name].without,
            origin=registry.relative(used[name].origin),
        )
        for name in sorted(used)
    )


def _service_groups(registry: Registry, groups: Mapping[str, ServiceGroup]) -> tuple[plan.ServiceGroup, ...]:
    return tuple(
        plan.ServiceGroup(
            name=name,
            alias=group.alias,
            notes=group.notes,
            notes_url=group.notes_url,
            action_url=group.action_url,
            origin=registry.relative(group.origin),
        )
        for name, group in sorted(groups.items())
    )


def _capacity(role: Role, environment: Environment) -> tuple[plan.Capacity, ...]:
    """Return the sizes of a role's machines in an environment: the workers first, then the pools by name."""
    found = next((capacity for one, capacity in environment.capacity if one.name == role.name), role.capacity)
    if found is None:
        return ()
    sizes = [("workers", found.workers)] if found.workers else []
    return tuple(plan.Capacity(name, size) for name, size in (*sizes, *sorted(found.connections.items())))


def _hosts(machines: Iterable[Machine], roles: Iterable[plan.Role], states: Mapping[str, str]) -> tuple[plan.Host, ...]:
    hosts = [
        plan.Host(
            name=machine.name,
            address=machine.address,
            roles=tuple(sorted(set(machine.roles))),
            labels=machine.labels,
            parents=tuple(sorted(set(machine.parents))),
            pool=machine.pool,
            check=states.get(machine.name, ""),
            origin=machine.origin,
        )
        for machine in machines
    ]
    hosts += (
        plan.Host(name=role.virtual_host, address="", roles=(role.name,), virtual=True, origin=role.origin)
        for role in roles
        if role.virtual_host
    )
    return tuple(sorted(hosts, key=lambda host: host.name))
