"""The objects by which Nagios escalates: of services by entry, of hosts and NRPE daemons by whom they tell.

An entry has one object a step, however many hosts it covers; what several have in common is in templates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from checkwright.registry.plan import Entry, Plan
from nagios_cfg.escalation_steps import AGENT_EVERY, HOST_EVERY, Ladder, Step, of_entry
from nagios_cfg.names import AGENT, Names, nrpe_command
from nagios_cfg.objects import Definition
from nagios_cfg.recipients import Audience
from nagios_cfg.services import coverage, minutes
from nagios_cfg.timeperiods import Periods


def templates(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield one for each step of each team; where checks are too rare for a step, one for these as well."""
    ladders = {stem: found for _, found, stem in _escalated(plan, names)}
    for stem, found in sorted(ladders.items()):
        for number, step in enumerate(found.steps, start=1):
            settings = {"name": names.own(f"{stem}.escalation-{number}"), "register": "0", **_settings(step)}
            yield Definition("serviceescalation", settings)


def definitions(plan: Plan, names: Names, periods: Periods) -> Iterator[Definition]:
    """Yield the escalations of services, of hosts, and of the daemons through which services run."""
    if not any(team.escalations for team in plan.teams):
        return
    members = {role.name: frozenset(role.hosts) for role in plan.roles}
    for entry, found, stem in _escalated(plan, names):
        on = coverage(frozenset(entry.hosts), {entry.role: members[entry.role]}, names)
        for number in range(1, len(found.steps) + 1):
            settings = {
                "use": names.own(f"{stem}.escalation-{number}"),
                "name": names.escalation(nrpe_command(entry), number),
                **on,
                "service_description": entry.name,
            }
            yield Definition("serviceescalation", settings, entry.origin)
    machines = [host.name for host in plan.hosts if not host.virtual]
    yield from _of_hosts("host", machines, Audience(plan, plan.entries, names, periods), members, names)
    asked = [entry for entry in plan.entries if entry.transport == "nrpe"]
    agents = sorted({host for entry in asked for host in entry.hosts})
    yield from _of_hosts(AGENT, agents, Audience(plan, asked, names, periods), members, names)


def _of_hosts(
    what: str, hosts: Iterable[str], audience: Audience, members: dict[str, frozenset[str]], names: Names
) -> Iterator[Definition]:
    """The escalations of hosts, or of the service AGENT on them: one a step for all that tell the same people."""
    alike: dict[Ladder, list[str]] = {}
    for host in hosts:
        found = audience.ladder(host, AGENT_EVERY if what == AGENT else HOST_EVERY)
        if found.steps:
            alike.setdefault(found, []).append(host)
    for found, covered in alike.items():
        # The last step tells all of them, and so names the ladder.
        told = "+".join(group.removesuffix(f".{names.environment}") for group in found.steps[-1].groups)
        for number, step in enumerate(found.steps, start=1):
            settings = {
                "name": names.escalation(f"{what}.{told}", number),
                **coverage(frozenset(covered), members, names),
                **({"service_description": AGENT} if what == AGENT else {}),
                **_settings(step),
            }
            yield Definition("serviceescalation" if what == AGENT else "hostescalation", settings)


def _escalated(plan: Plan, names: Names) -> Iterator[tuple[Entry, Ladder, str]]:
    """Each entry that is escalated, with its ladder, and what its templates are called after."""
    teams = {team.name: team for team in plan.teams}
    known: dict[tuple[str, str, int], tuple[Ladder, str]] = {}
    for entry in plan.entries:
        key = (entry.owner, entry.notify, entry.interval)
        if key not in known:
            found = of_entry(entry, teams[entry.owner], names)
            often = of_entry(replace(entry, interval=1), teams[entry.owner], names)
            known[key] = found, entry.owner if found == often else f"{entry.owner}.every-{entry.interval}s"
        found, stem = known[key]
        if entry.hosts and found.steps:
            yield entry, found, stem


def _settings(step: Step) -> dict[str, str]:
    return {
        "first_notification": str(step.first),
        "last_notification": str(step.last),
        "notification_interval": minutes(step.interval),
        "contact_groups": ",".join(step.groups),
    }
