"""Rules about names, and about references from one part of a plan to another."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.findings import Finding, PlanRule
from checkwright.registry.plan import Entry, Origin, Plan
from nagios_cfg.names import AGENT, nrpe_command
from nagios_cfg.objects import name_fault


class InvalidName(PlanRule):
    """A name contains characters that Nagios, NRPE or a file name cannot have.

    Nagios refuses these characters in names: `` `~!$%^&*|'"<>?,()= ``. It reads `;` as the start of a
    comment. The names of the environment, of roles and of hosts become file names, so they also cannot
    hold `/` or begin with `.`.

    The registry allows fewer characters than Nagios. This rule is for plans that another program wrote.
    """

    id = "N001"
    hint = "rename it"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for kind, name, origin in _names(plan):
            fault = name_fault(name)
            if not fault and kind in ("environment", "role", "host") and ("/" in name or name.startswith(".")):
                fault = "holds '/' or begins with '.', and it becomes a file name"
            if fault:
                yield self.finding(origin, f"the {kind} name {name!r} {fault}")
        for entry in plan.entries:
            for kind, name in (("watch", entry.name), ("watch", nrpe_command(entry)), ("family", entry.family)):
                if (name or kind == "watch") and (fault := name_fault(name)):
                    yield self.finding(entry.origin, f"the {kind} name {name!r} {fault}")


class UnknownReference(PlanRule):
    """The plan refers to a team, role, host, pool, watch or hours that it does not contain.

    The registry resolves all references. This rule is for plans that another program wrote.
    """

    id = "N002"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for subject, known, kind, targets, origin in _references(plan):
            for target in () if known.issuperset(targets) else targets:
                if target not in known:
                    message = f"{subject} names the {kind} {target!r}, which the plan does not contain"
                    yield self.finding(origin, message)


class DuplicateName(PlanRule):
    """Two objects have the same name, and Nagios can hold only one of them.

    Two watches may have the same name as long as no host has both.

    Wrong:
        web = Role("web", owner=shop, watches=(
            Watch(Http(url="https://{address}/")),
            Watch(Http(url="https://{address}/health")),
        ))

    Right:
        web = Role("web", owner=shop, watches=(
            Watch(Http(url="https://{address}/")),
            Watch(Http(url="https://{address}/health"), name="health"),
        ))
    """

    id = "N003"
    hint = "rename one of them"

    def find(self, plan: Plan) -> Iterator[Finding]:
        for kind, named in (
            ("team", [(team.name, team.origin) for team in plan.teams]),
            ("role", [(role.name, role.origin) for role in plan.roles]),
            ("host", [(host.name, host.origin) for host in plan.hosts]),
            ("hours", [(hours.name, hours.origin) for hours in plan.hours]),
        ):
            first: dict[str, Origin] = {}
            for name, origin in named:
                if name in first:
                    yield self.finding(origin, f"the {kind} {name!r} is declared twice, first at {first[name]}")
                first.setdefault(name, origin)
        taken: dict[str, set[str]] = {}
        duplicates: dict[str, None] = {}
        for entry in plan.entries:
            on = taken.setdefault(entry.name, set())
            if not on.isdisjoint(entry.hosts):
                duplicates[entry.name] = None
            on.update(entry.hosts)
        for name in duplicates:
            yield from self._services(plan, name)

    def _services(self, plan: Plan, name: str) -> Iterator[Finding]:
        taken: dict[str, Entry] = {}
        for entry in plan.entries:
            for host in entry.hosts if entry.name == name else ():
                other = taken.setdefault(host, entry)
                if other is not entry:
                    both = f"{entry.id!r} and {other.id!r} ({other.origin})"
                    message = f"{both} both add the service {entry.name!r} to host {host!r}"
                    yield self.finding(entry.origin, message, hint='give one of the watches a name="..."')


class ReservedName(PlanRule):
    """A watch has the name of the service that checks each NRPE daemon.

    Every host with watches that run through NRPE gets a service `nrpe`.

    Wrong:
        Watch(TcpPort(port=5666), name="nrpe")

    Right:
        Watch(TcpPort(port=5666), name="nrpe_port")
    """

    id = "N018"
    hint = 'remove the watch, or give it another name="..."'

    def find(self, plan: Plan) -> Iterator[Finding]:
        agents = {host for entry in plan.entries if entry.transport == "nrpe" for host in entry.hosts}
        for entry in plan.entries:
            if entry.name == AGENT and not agents.isdisjoint(entry.hosts):
                message = f"{entry.id!r} has the name of the service that checks each NRPE daemon"
                yield self.finding(entry.origin, message)


def _names(plan: Plan) -> Iterator[tuple[str, str, Origin | None]]:
    """Yield kind, name and origin of everything that has a name in Nagios, but entries."""
    yield "environment", plan.environment, None
    yield from (("team", team.name, team.origin) for team in plan.teams)
    yield from (("role", role.name, role.origin) for role in plan.roles)
    yield from (("host", host.name, host.origin) for host in plan.hosts)
    yield from (("hours", hours.name, hours.origin) for hours in plan.hours)


def _references(plan: Plan) -> Iterator[tuple[str, set[str], str, tuple[str, ...], Origin]]:
    """Yield references: subject, known names of the kind, the kind, the names referred to, and the origin."""
    teams = {team.name for team in plan.teams}
    roles = {role.name for role in plan.roles}
    hosts = {host.name for host in plan.hosts}
    hours = {period.name for period in plan.hours}
    pools = {pool.name for pool in plan.pools}
    for team in plan.teams:
        subject = f"team {team.name!r}"
        if team.office_hours:
            yield subject, hours, "hours", (team.office_hours,), team.origin
        yield subject, teams, "team", tuple(step.to for step in team.escalations), team.origin
        for contact in team.contacts:
            of = f"contact {contact.name!r} of team {team.name!r}"
            yield of, hours, "hours", (contact.hours,) if contact.hours else (), contact.origin
    for role in plan.roles:
        subject = f"role {role.name!r}"
        yield subject, teams, "team", (role.owner,), role.origin
        yield subject, hosts, "host", role.hosts, role.origin
    for host in plan.hosts:
        subject = f"host {host.name!r}"
        yield subject, roles, "role", host.roles, host.origin
        yield subject, hosts, "host", host.parents, host.origin
        yield subject, pools, "pool", (host.pool,) if host.pool else (), host.origin
    for entry in plan.entries:
        if (
            entry.owner in teams
            and entry.role in roles
            and hosts.issuperset(entry.hosts)
            and hours.issuperset(entry.quiet)
            and (not entry.pool or entry.pool in pools)
            and not entry.parts
        ):
            continue  # fast path for almost every entry
        subject = f"watch {entry.id!r}"
        yield subject, teams, "team", (entry.owner,), entry.origin
        yield subject, roles, "role", (entry.role,), entry.origin
        yield subject, hosts, "host", entry.hosts, entry.origin
        yield subject, hours, "hours", entry.quiet, entry.origin
        yield subject, pools, "pool", (entry.pool,) if entry.pool else (), entry.origin
        yield subject, hosts, "host", tuple(host for part in entry.parts for host, _ in part.members), entry.origin
    ids = {entry.id for entry in plan.entries}
    for window in plan.maintenance:
        covered = tuple(covered.entry for covered in window.entries)
        named = (*window.hosts, *(host for one in window.entries for host in one.hosts))
        yield "a maintenance", ids, "watch", covered, window.origin
        yield "a maintenance", hosts, "host", named, window.origin
    for downtime in plan.downtimes:
        covered = tuple(covered.entry for covered in downtime.entries)
        named = (*downtime.hosts, *(host for one in downtime.entries for host in one.hosts))
        yield "a downtime", ids, "watch", covered, downtime.origin
        yield "a downtime", hosts, "host", named, downtime.origin
