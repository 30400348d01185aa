"""Escalation objects: one for each step of each entry, and of each group of hosts that notify the same teams.

A step is one object however many hosts it covers. Templates hold the settings that several steps share.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from checkwright.registry.host_levels import host_checks, stated_levels
from checkwright.registry.plan import Entry, HostCheck, Plan
from nagios_cfg import host_states
from nagios_cfg.coverage import coverage
from nagios_cfg.escalation_steps import EscalationSteps, Step, entry_escalation
from nagios_cfg.intervals import AGENT_CHECK_INTERVAL, HOST_CHECK_INTERVAL, RENOTIFY_INTERVAL, minutes
from nagios_cfg.names import AGENT, Names, nrpe_command
from nagios_cfg.objects import Definition
from nagios_cfg.recipients import Recipients
from nagios_cfg.timeperiods import Periods

_HOST = "host"


def templates(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield a template for each step of each team, and further ones where checks run too rarely for a step."""
    by_stem = {stem: escalation for _, escalation, stem in _escalated(plan, names)}
    for stem, escalation in sorted(by_stem.items()):
        for number, step in enumerate(escalation.steps, start=1):
            settings = {"name": names.internal(f"{stem}.escalation-{number}"), "register": "0", **_settings(step)}
            yield Definition("serviceescalation", settings)


def definitions(plan: Plan, names: Names, periods: Periods) -> Iterator[Definition]:
    """Yield the escalations of services, of hosts, and of the NRPE daemons that services run through."""
    if not any(team.escalations for team in plan.teams):
        return
    members = {role.name: frozenset(role.hosts) for role in plan.roles}
    for entry, escalation, stem in _escalated(plan, names):
        on = coverage(frozenset(entry.hosts), {entry.role: members[entry.role]}, names)
        for number in range(1, len(escalation.steps) + 1):
            settings = {
                "use": names.internal(f"{stem}.escalation-{number}"),
                "name": names.escalation(nrpe_command(entry), number),
                **on,
                "service_description": entry.name,
            }
            yield Definition("serviceescalation", settings, entry.origin)
    machines = [host.name for host in plan.hosts if not host.virtual]
    of_hosts = Recipients(plan, plan.entries, names, periods, stated_levels(plan))
    yield from _of_hosts(_HOST, machines, of_hosts, members, names, host_checks(plan))
    through_nrpe = [entry for entry in plan.entries if entry.transport == "nrpe"]
    agents = sorted({host for entry in through_nrpe for host in entry.hosts})
    yield from _of_hosts(AGENT, agents, Recipients(plan, through_nrpe, names, periods), members, names, {})


def _of_hosts(
    kind: str,
    hosts: Iterable[str],
    recipients: Recipients,
    members: dict[str, frozenset[str]],
    names: Names,
    states: Mapping[str, HostCheck],
) -> Iterator[Definition]:
    """Yield the escalations of hosts or of their service AGENT: one for each step of hosts that notify the same."""
    hosts_of: dict[tuple[EscalationSteps, str], list[str]] = {}
    for host in hosts:
        state = states.get(host)
        interval = AGENT_CHECK_INTERVAL if kind == AGENT else host_states.interval_of(host, states)
        repeat = host_states.repeated(state) if state else RENOTIFY_INTERVAL
        escalation = recipients.escalation(host, interval, repeat)
        if escalation.steps:
            hosts_of.setdefault((escalation, _distinct_schedule(state)), []).append(host)
    for (escalation, schedule), covered in hosts_of.items():
        # The last step notifies all groups, so their names identify the escalation.
        groups = "+".join(group.removesuffix(f".{names.environment}") for group in escalation.steps[-1].groups)
        for number, step in enumerate(escalation.steps, start=1):
            settings = {
                "name": names.escalation(f"{kind}.{groups}{schedule}", number),
                **coverage(frozenset(covered), members, names),
                **({"service_description": AGENT} if kind == AGENT else {}),
                **_settings(step),
            }
            yield Definition("serviceescalation" if kind == AGENT else "hostescalation", settings)


def _distinct_schedule(state: HostCheck | None) -> str:
    """Return the part of the name of an escalation that depends on the schedule of the host check."""
    if state is None or (state.interval, state.renotify) == (HOST_CHECK_INTERVAL, RENOTIFY_INTERVAL):
        return ""
    return f".every-{state.interval}s-renotify-{state.renotify}s"


def _escalated(plan: Plan, names: Names) -> Iterator[tuple[Entry, EscalationSteps, str]]:
    """Yield each entry that is escalated, its escalation, and the stem of its templates' names."""
    teams = {team.name: team for team in plan.teams}
    known: dict[tuple[str, str, int, int], tuple[EscalationSteps, str]] = {}
    for entry in plan.entries:
        key = (entry.owner, entry.notify, entry.interval, entry.renotify)
        if key not in known:
            escalation = entry_escalation(entry, teams[entry.owner], names)
            # Checks that run often enough share the team's templates.
            frequent = entry_escalation(replace(entry, interval=1), teams[entry.owner], names)
            stem = entry.owner if escalation == frequent else f"{entry.owner}.every-{entry.interval}s"
            if entry.renotify != RENOTIFY_INTERVAL:
                stem += f".renotify-{entry.renotify}s"
            known[key] = escalation, stem
        escalation, stem = known[key]
        if entry.hosts and escalation.steps:
            yield entry, escalation, stem


def _settings(step: Step) -> dict[str, str]:
    return {
        "first_notification": str(step.first),
        "last_notification": str(step.last),
        "notification_interval": minutes(step.interval),
        "contact_groups": ",".join(step.groups),
    }
