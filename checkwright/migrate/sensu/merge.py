"""Combination of namespaces into one project: shared roles, and an environment for each namespace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from checkwright.migrate.draft import Draft, DraftEnvironment, DraftHost, DraftRole, DraftTeam
from checkwright.migrate.report import Report
from checkwright.migrate.sensu.check_watch import name_of
from checkwright.migrate.sensu.namespaces import NOBODY, Namespace, Options


def project(namespaces: Iterable[Namespace], options: Options, report: Report) -> Draft:
    """Return the draft of everything that was converted. Records differences in the report."""
    roles: dict[str, DraftRole] = {}
    environments = []
    for environment in namespaces:
        for thing, message in environment.routes.others():
            report.changed(thing, message)
        names = {role: _role(environment, role, roles, report) for role in sorted(environment.roles)}
        environments.append(_hosts(environment, names, report))
    teams = sorted({role.owner for role in roles.values()}) or [NOBODY]
    return Draft(
        name=options.project,
        source=f"imported from the Sensu in {options.source}",
        teams=tuple(
            DraftTeam(team, f"{team}@example.com", about="Sensu has no such address: correct it.") for team in teams
        ),
        roles=tuple(roles[name] for name in sorted(roles)),
        environments=tuple(environments),
    )


def _role(environment: Namespace, name: str, roles: dict[str, DraftRole], report: Report) -> str:
    """Add a role unless an earlier environment has the same one. A different one gets the environment's name."""
    watches = environment.roles[name]
    owner = min(environment.owners[name].items(), key=lambda pair: (-pair[1], pair[0]))[0]
    for one in environment.carried:
        if one.role == name and one.check.team and name_of(one.check.team) != owner:
            report.changed(one.thing, f"its team {one.check.team} is not the owner {owner} of the role {name}")
    made = DraftRole(name, owner, tuple(watches[one] for one in sorted(watches)), hooks=environment.hooks.of(name))
    if roles.setdefault(name, made) == made:
        return name
    other, number = f"{name}-{environment.name}", 2
    while other in roles or other in environment.roles:
        other, number = f"{name}-{environment.name}-{number}", number + 1
    roles[other] = replace(made, name=other)
    report.renamed.append(("role", f"{name} in {environment.name}", other))
    environment.carried = [replace(one, role=other) if one.role == name else one for one in environment.carried]
    return other


def _hosts(environment: Namespace, names: Mapping[str, str], report: Report) -> DraftEnvironment:
    hosts = []
    central = environment.agents_of(environment.central)
    for machine in sorted(environment.machines.keys() | environment.labels.keys()):
        known = environment.machines.get(machine)
        roles = sorted(names[role] for role, members in environment.members.items() if machine in members)
        served = {environment.stands_for[role] for role in names}
        served |= {("subscription", one) for one in environment.central}
        unknown = [one for one in known.subscriptions if ("subscription", one) not in served] if known else []
        if unknown:
            message = f"no converted check has the subscription {', '.join(unknown)}"
            report.changed(environment.things[machine], message)
        if machine in central and not roles:
            message = "it only runs central checks, so SensuAgents names it, and it is not a host"
            report.changed(environment.things[machine], message)
            continue
        labels = tuple(sorted(environment.labels[machine].items()))
        hosts.append(DraftHost(machine, (known.address if known else "") or machine, tuple(roles), labels))
    alone = tuple(sorted(names[role] for role in environment.without_hosts))
    by_name = tuple(sorted(hosts, key=lambda host: host.name))
    return DraftEnvironment(environment.name, by_name, roles=alone, routes=environment.routes.routes(), central=central)
