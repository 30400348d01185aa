"""Hosts, their groups by role, and how it is found out whether one is up."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.plan import Host, Placeholder, Plan, Role, Word
from nagios_cfg.broker_pools import Queues
from nagios_cfg.cfgfile import one_line
from nagios_cfg.escalation_steps import HOST_EVERY, REPEATED
from nagios_cfg.maintenance import Windows
from nagios_cfg.names import ALWAYS, EVERYTHING, Names
from nagios_cfg.objects import Definition
from nagios_cfg.quote import label_variable, literal, nagios_line
from nagios_cfg.recipients import Audience
from nagios_cfg.services import GROUP_LIMIT, minutes
from nagios_cfg.timeperiods import Periods

_UP = "host-up"
_VIRTUAL_UP = "role-up"

_ADDRESS: Word = (Placeholder("address"),)
_LOST = ("-w", "5000,100%", "-c", "5000,100%", "-p", "1")


def commands(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield the two host checks: a ping, and for a role without machines the answer that it is up."""
    plugins = plan.site.plugins
    yield Definition(
        "command",
        {
            "command_name": names.own(_UP),
            "command_line": nagios_line((*literal((f"{plugins}/check_ping", "-H")), _ADDRESS, *literal(_LOST))),
        },
    )
    yield Definition(
        "command",
        {
            "command_name": names.own(_VIRTUAL_UP),
            "command_line": nagios_line(literal((f"{plugins}/check_dummy", "0", "a role, not a machine: always up"))),
        },
    )


def templates(names: Names) -> Iterator[Definition]:
    """Yield what hosts have in common, and what roles that stand as hosts change of it."""
    yield Definition(
        "host",
        {
            "name": names.own("host"),
            "register": "0",
            "check_command": names.own(_UP),
            "check_period": names.hours(ALWAYS),
            "check_interval": minutes(HOST_EVERY),
            "retry_interval": "0.5",
            "max_check_attempts": "3",
            "notification_period": names.hours(ALWAYS),
            "notification_interval": minutes(REPEATED),
            "flap_detection_enabled": "1",
            "notification_options": "d,u,r,f",
            "_ENVIRONMENT": names.environment,
        },
    )
    yield Definition(
        "host",
        {
            "name": names.own("role-as-host"),
            "register": "0",
            "use": names.own("host"),
            "check_command": names.own(_VIRTUAL_UP),
            "check_interval": "60",
            "notifications_enabled": "0",
        },
    )


def groups(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield a hostgroup for each role with machines, and one for all hosts. Hosts say themselves which they are in."""
    if _together(plan):
        settings = {"hostgroup_name": names.everything, "alias": f"All of {names.environment}"}
        yield Definition("hostgroup", settings)
    for role in plan.roles:
        if role.hosts:
            settings = {
                "hostgroup_name": names.hostgroup(role.name),
                "alias": one_line(role.summary) or f"{role.name} in {names.environment}",
            }
            yield Definition("hostgroup", settings | _runbook(role.runbook), role.origin)


def definitions(plan: Plan, names: Names, periods: Periods, windows: Windows) -> Iterator[Definition]:
    """Yield the plan's hosts."""
    audience = Audience(plan, plan.entries, names, periods)
    everybody = [team.name for team in plan.teams]
    queues = Queues(plan)
    roles = {role.name: role for role in plan.roles}
    everything = (names.everything,) if _together(plan) else ()
    groups_of: dict[str, list[str]] = {}
    for role in plan.roles:
        for member in role.hosts:
            groups_of.setdefault(member, []).append(names.hostgroup(role.name))
    for host in plan.hosts:
        roles_of = [roles[name] for name in host.roles]
        settings = {
            "use": names.own("role-as-host" if host.virtual else "host"),
            "host_name": host.name,
            "alias": _alias(host, roles_of, names),
            "address": host.address or host.name,
        }
        if host.parents:
            settings["parents"] = ",".join(host.parents)
        if groups := (*groups_of.get(host.name, ()), *everything):
            settings["hostgroups"] = ",".join(groups)
        told = audience.settings(host.name, [role.owner for role in roles_of] or everybody, windows.of_host(host.name))
        escalated = audience.ladder(host.name, HOST_EVERY)
        if escalated.steps and not host.virtual:
            told["notification_interval"] = minutes(escalated.interval)
        if host.virtual:
            told.pop("notifications_enabled", None)  # its template says so of all of them
        settings |= told
        settings |= _runbook(next((role.runbook for role in roles_of if role.runbook), ""))
        if roles_of:
            settings["_OWNER"] = ",".join(sorted({role.owner for role in roles_of}))
            settings["_ROLE"] = ",".join(host.roles)
        settings |= queues.of_host(host)
        settings |= {label_variable(name): host.labels[name] for name in sorted(host.labels)}
        settings["_ORIGIN"] = one_line(str(host.origin))
        yield Definition("host", settings, host.origin)


def _together(plan: Plan) -> bool:
    """Whether there is a hostgroup of all hosts: Nagios sorts its members in one by one, as those of a servicegroup.

    A role may be called as that group is, as an import makes it of Sensu's subscription `all`; then it has the name.
    """
    return 0 < len(plan.hosts) <= GROUP_LIMIT and all(role.name != EVERYTHING for role in plan.roles)


def _alias(host: Host, roles: list[Role], names: Names) -> str:
    if host.virtual and roles and roles[0].summary:
        return one_line(roles[0].summary)
    return f"{', '.join(role.name for role in roles) or host.name} in {names.environment}"


def _runbook(url: str) -> dict[str, str]:
    return {"notes_url": url} if url else {}
