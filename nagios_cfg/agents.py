"""The NRPE daemons: each is a service of its own, and what runs through it waits for it.

A dead daemon is then one alert. Its service goes hard at the first failure, because the services that wait
look at hard states only; the notification comes later, so that one lost answer, or a host that turns
out to be down, wakes nobody.
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.registry.plan import Entry, Placeholder, Plan
from nagios_cfg.audience import Audience
from nagios_cfg.cfgfile import one_line
from nagios_cfg.names import AGENT, ALWAYS, Names
from nagios_cfg.objects import Definition
from nagios_cfg.quote import literal, nagios_line
from nagios_cfg.services import coverage, minutes, owners_grouped

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


def definitions(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield a service for all hosts whose daemon wakes the same people, and what waits for which."""
    members = {role.name: frozenset(role.hosts) for role in plan.roles}
    asked = _through_nrpe(plan)
    yield from _services(plan, asked, names, members)
    waiting: dict[tuple[str, str], list[Entry]] = {}
    for entry in asked:
        waiting.setdefault((entry.role, entry.name), []).append(entry)
    for (role, service), variants in waiting.items():
        hosts = frozenset(host for entry in variants for host in entry.hosts)
        settings = {
            "use": names.own(AGENT),
            "name": names.waiting(role, service),
            **coverage(hosts, {role: members[role]}, names),
            "dependent_service_description": service,
        }
        yield Definition("servicedependency", settings, variants[0].origin)


def _services(plan: Plan, asked: list[Entry], names: Names, members: dict[str, frozenset[str]]) -> Iterator[Definition]:
    audience = Audience(plan, asked, names)
    alike: dict[tuple[tuple[tuple[str, str], ...], tuple[str, ...]], list[str]] = {}
    for host in sorted({host for entry in asked for host in entry.hosts}):
        told = tuple(audience.settings(host).items())
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
