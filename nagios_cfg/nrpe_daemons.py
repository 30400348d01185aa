"""The NRPE daemons: each is a service of its own, and what runs through it waits for it.

A dead daemon is then one alert. Its service goes hard at the first failure, because the services that wait
look at hard states only; the notification comes later, so that one lost answer, or a host that turns
out to be down, wakes nobody.
"""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.plan import Entry, Placeholder, Plan
from nagios_cfg.cfgfile import one_line
from nagios_cfg.escalation_steps import AGENT_EVERY
from nagios_cfg.maintenance import Windows
from nagios_cfg.names import AGENT, ALWAYS, Names
from nagios_cfg.objects import Definition
from nagios_cfg.quote import literal, nagios_line
from nagios_cfg.recipients import Audience
from nagios_cfg.services import coverage, minutes, owners_grouped
from nagios_cfg.timeperiods import Periods

_SECONDS = 10
_NOTIFIED_AFTER = 120
_UNREACHABLE = "u,c"


def commands(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield the command that asks NRPE for no more than its version."""
    if _through_nrpe(plan):
        check_nrpe = (*literal((f"{plan.site.plugins}/check_nrpe", "-H")), (Placeholder("address"),))
        options = literal(("-p", str(plan.site.nrpe_port), "-t", str(_SECONDS)))
        line = nagios_line((*check_nrpe, *options))
        yield Definition("command", {"command_name": names.own(AGENT), "command_line": line})


def templates(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield what the daemons' services have in common, and what all that waits for them has."""
    if not _through_nrpe(plan):
        return
    yield Definition(
        "service",
        {
            "name": names.own(AGENT),
            "register": "0",
            "use": names.own("service"),
            "check_command": names.own(AGENT),
            "max_check_attempts": "1",
            "first_notification_delay": minutes(_NOTIFIED_AFTER),
            "notification_period": names.hours(ALWAYS),
            "notes": "NRPE answers with its version. What runs through it waits for this service.",
        },
    )
    yield Definition(
        "servicedependency",
        {
            "name": names.own(AGENT),
            "register": "0",
            "service_description": AGENT,
            "execution_failure_criteria": _UNREACHABLE,
            "notification_failure_criteria": _UNREACHABLE,
        },
    )


def definitions(plan: Plan, names: Names, periods: Periods, windows: Windows) -> Iterator[Definition]:
    """Yield a service for all hosts whose daemon wakes the same people, and what waits for which."""
    members = {role.name: frozenset(role.hosts) for role in plan.roles}
    asked = _through_nrpe(plan)
    yield from _services(plan, asked, names, members, Audience(plan, asked, names, periods), windows)
    variants: dict[tuple[str, str], list[Entry]] = {}
    for entry in asked:
        variants.setdefault((entry.role, entry.name), []).append(entry)
    # Nagios looks up the hosts of each object anew: one for all services of the same hosts costs it half the time.
    waiting: dict[tuple[str, frozenset[str]], dict[str, Entry]] = {}
    for (role, service), entries in variants.items():
        hosts = frozenset().union(*(entry.hosts for entry in entries))
        waiting.setdefault((role, hosts), {})[service] = entries[0]
    for (role, hosts), services in waiting.items():
        first, entry = next(iter(services.items()))
        settings = {
            "use": names.own(AGENT),
            "name": names.waiting(role, first),
            **coverage(hosts, {role: members[role]}, names),
            "dependent_service_description": ",".join(services),
        }
        yield Definition("servicedependency", settings, entry.origin)


def _services(
    plan: Plan,
    asked: list[Entry],
    names: Names,
    members: dict[str, frozenset[str]],
    audience: Audience,
    windows: Windows,
) -> Iterator[Definition]:
    alike: dict[tuple[tuple[tuple[str, str], ...], tuple[str, ...]], list[str]] = {}
    for host in sorted({host for entry in asked for host in entry.hosts}):
        settings = audience.settings(host, without=windows.of_host(host))
        escalated = audience.ladder(host, AGENT_EVERY)
        if escalated.steps:
            settings["notification_interval"] = minutes(escalated.interval)
        told = tuple(settings.items())
        alike.setdefault((told, audience.teams(host)), []).append(host)
    roles = {entry.role for entry in asked}
    groups = {role: members[role] for role in sorted(roles)}
    grouped = owners_grouped(plan)
    first = {host: entry.origin for entry in reversed(asked) for host in entry.hosts}
    for (told, teams), hosts in alike.items():
        origin = first[hosts[0]]
        groups_of = [names.owned(team) for team in teams if team in grouped]
        settings = {
            "use": names.own(AGENT),
            **coverage(frozenset(hosts), groups, names),
            "service_description": AGENT,
            **dict(told),
            **({"servicegroups": ",".join(groups_of)} if groups_of else {}),
            "_OWNER": ",".join(teams),
            "_ORIGIN": one_line(str(origin)),
        }
        yield Definition("service", settings, origin)


def _through_nrpe(plan: Plan) -> list[Entry]:
    return [entry for entry in plan.entries if entry.transport == "nrpe" and entry.hosts]
