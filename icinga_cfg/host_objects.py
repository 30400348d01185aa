"""Hosts and their groups."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.catalogue_links import host_url
from checkwright.registry.host_levels import host_checks
from checkwright.registry.plan import Host, HostCheck, Plan, Role
from icinga_cfg.commands import ALWAYS_UP, escape, label_attribute
from icinga_cfg.dsl import Object
from nagios_cfg import host_states
from nagios_cfg.intervals import HOST_CHECK_INTERVAL
from nagios_cfg.names import Names

_RETRY, _ATTEMPTS = 30, 3
_RARELY = 3_600


def groups(plan: Plan, names: Names) -> Iterator[Object]:
    """Yield a group for each role with machines."""
    for role in plan.roles:
        if role.hosts:
            about = role.summary or f"{role.name} in {plan.environment}"
            yield Object("HostGroup", names.hostgroup(role.name), {"display_name": about}, role.origin)


def objects(plan: Plan, names: Names) -> Iterator[Object]:
    """Yield the plan's hosts."""
    roles = {role.name: role for role in plan.roles}
    members: dict[str, list[str]] = {}
    for role in plan.roles:
        for member in role.hosts:
            members.setdefault(member, []).append(names.hostgroup(role.name))
    checks = host_checks(plan)
    for host in plan.hosts:
        roles_of = [roles[name] for name in host.roles]
        attributes: dict[str, object] = {
            "display_name": _display_name(host, roles_of),
            "address": host.address or host.name,
            **_check(host, checks.get(host.name), plan, names),
            "enable_flapping": True,
        }
        if groups_of := members.get(host.name):
            attributes["groups"] = tuple(groups_of)
        if url := host_url(plan, host.name) or next((role.runbook for role in roles_of if role.runbook), ""):
            attributes["notes_url"] = url
        attributes["vars.environment"] = plan.environment
        attributes["vars.roles"] = ",".join(host.roles)
        # A label is read by commands, where Icinga expands macros in it too.
        attributes |= {f"vars.{label_attribute(name)}": escape(host.labels[name]) for name in sorted(host.labels)}
        yield Object("Host", host.name, attributes, host.origin)


def _check(host: Host, check: HostCheck | None, plan: Plan, names: Names) -> dict[str, object]:
    if host.virtual or (check and check.runs == "none"):
        always_up = {"check_command": names.internal(ALWAYS_UP), "check_interval": _RARELY, "retry_interval": _RARELY}
        return {**always_up, "max_check_attempts": 1}
    command = host_states.command(check, plan, names)[0] if check else names.internal(host_states.UP)
    return {
        "check_command": command,
        "check_interval": check.interval if check else HOST_CHECK_INTERVAL,
        "retry_interval": check.retry if check else _RETRY,
        "max_check_attempts": check.attempts if check else _ATTEMPTS,
    }


def _display_name(host: Host, roles: list[Role]) -> str:
    return roles[0].summary if host.virtual and roles and roles[0].summary else host.name
