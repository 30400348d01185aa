"""NRPE daemons: a service checks each daemon, and the services that run through it depend on that service.

So a dead daemon is one alert. Its service becomes hard at the first failure, because dependencies look at hard states
only. The notification follows two minutes later, so that one lost answer, or a host that proves to be down, notifies
nobody.
"""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.plan import Entry, Placeholder, Plan, Word
from nagios_cfg.cfgfile import one_line
from nagios_cfg.coverage import coverage
from nagios_cfg.intervals import AGENT_CHECK_INTERVAL, minutes
from nagios_cfg.maintenance import Windows
from nagios_cfg.names import AGENT, ALWAYS, Names
from nagios_cfg.objects import Definition
from nagios_cfg.quote import literal_words, nagios_line
from nagios_cfg.recipients import Recipients
from nagios_cfg.service_groups import ServiceGroups
from nagios_cfg.timeperiods import Periods

_TIMEOUT = 10
NOTIFICATION_DELAY = 120
_FAILED_STATES = "u,c"


def commands(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield the command that asks an NRPE daemon for its version only."""
    if entries_of(plan):
        line = nagios_line(version_request(plan))
        yield Definition("command", {"command_name": names.internal(AGENT), "command_line": line})


def version_request(plan: Plan) -> tuple[Word, ...]:
    """Return the argv that asks an NRPE daemon for its version."""
    check_nrpe = (*literal_words((f"{plan.site.plugins}/check_nrpe", "-H")), (Placeholder("address"),))
    return (*check_nrpe, *literal_words(("-p", str(plan.site.nrpe_port), "-t", str(_TIMEOUT))))


def templates(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield the templates of the daemons' services and of the dependencies on them."""
    if not entries_of(plan):
        return
    yield Definition(
        "service",
        {
            "name": names.internal(AGENT),
            "register": "0",
            "use": names.internal("service"),
            "check_command": names.internal(AGENT),
            "max_check_attempts": "1",
            "first_notification_delay": minutes(NOTIFICATION_DELAY),
            "notification_period": names.hours(ALWAYS),
            "notes": "NRPE answers with its version. Services that run through NRPE depend on this service.",
        },
    )
    yield Definition(
        "servicedependency",
        {
            "name": names.internal(AGENT),
            "register": "0",
            "service_description": AGENT,
            "execution_failure_criteria": _FAILED_STATES,
            "notification_failure_criteria": _FAILED_STATES,
        },
    )


def definitions(
    plan: Plan, names: Names, periods: Periods, windows: Windows, groups: ServiceGroups
) -> Iterator[Definition]:
    """Yield the daemons' services, one for all hosts with the same recipients, and the dependencies on them."""
    members = {role.name: frozenset(role.hosts) for role in plan.roles}
    through_nrpe = entries_of(plan)
    recipients = Recipients(plan, through_nrpe, names, periods)
    yield from _services(through_nrpe, names, members, recipients, windows, groups)
    variants: dict[tuple[str, str], list[Entry]] = {}
    for entry in through_nrpe:
        variants.setdefault((entry.role, entry.name), []).append(entry)
    # Nagios resolves the hosts of each object separately. One object for all services of the same hosts halves that.
    dependent: dict[tuple[str, frozenset[str]], dict[str, Entry]] = {}
    for (role, service), entries in variants.items():
        hosts = frozenset().union(*(entry.hosts for entry in entries))
        dependent.setdefault((role, hosts), {})[service] = entries[0]
    for (role, hosts), services in dependent.items():
        first, entry = next(iter(services.items()))
        settings = {
            "use": names.internal(AGENT),
            "name": names.agent_dependency(role, first),
            **coverage(hosts, {role: members[role]}, names),
            "dependent_service_description": ",".join(services),
        }
        yield Definition("servicedependency", settings, entry.origin)


def _services(
    through_nrpe: list[Entry],
    names: Names,
    members: dict[str, frozenset[str]],
    recipients: Recipients,
    windows: Windows,
    groups: ServiceGroups,
) -> Iterator[Definition]:
    hosts_of: dict[tuple[tuple[tuple[str, str], ...], tuple[str, ...]], list[str]] = {}
    for host in sorted({host for entry in through_nrpe for host in entry.hosts}):
        settings = recipients.settings(host, without=windows.of_host(host))
        escalation = recipients.escalation(host, AGENT_CHECK_INTERVAL)
        if escalation.steps:
            settings["notification_interval"] = minutes(escalation.interval)
        hosts_of.setdefault((tuple(settings.items()), recipients.teams(host)), []).append(host)
    roles = {entry.role for entry in through_nrpe}
    members_of_roles = {role: members[role] for role in sorted(roles)}
    first = {host: entry.origin for entry in reversed(through_nrpe) for host in entry.hosts}
    for (notification, teams), hosts in hosts_of.items():
        origin = first[hosts[0]]
        settings = {
            "use": names.internal(AGENT),
            **coverage(frozenset(hosts), members_of_roles, names),
            "service_description": AGENT,
            **dict(notification),
            **groups.setting(teams),
            "_OWNER": ",".join(teams),
            "_ORIGIN": one_line(str(origin)),
        }
        yield Definition("service", settings, origin)


def entries_of(plan: Plan) -> list[Entry]:
    """Return the entries with hosts that NRPE daemons run."""
    return [entry for entry in plan.entries if entry.transport == "nrpe" and entry.hosts]
