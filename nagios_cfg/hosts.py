"""Hosts, their hostgroups, and the commands that check whether a host is up."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.catalogue_links import host_url
from checkwright.registry.host_levels import host_checks, stated_levels
from checkwright.registry.plan import HOST_NOTIFY_ON, Host, Plan, Role
from nagios_cfg import host_states
from nagios_cfg.broker_pools import Queues
from nagios_cfg.cfgfile import one_line
from nagios_cfg.intervals import HOST_CHECK_INTERVAL, RENOTIFY_INTERVAL, minutes
from nagios_cfg.maintenance import Windows
from nagios_cfg.names import ALL_HOSTS, ALWAYS, Names
from nagios_cfg.notifications import host_options
from nagios_cfg.objects import Definition
from nagios_cfg.quote import label_variable, literal_words, nagios_line
from nagios_cfg.recipients import Recipients
from nagios_cfg.service_groups import GROUP_LIMIT
from nagios_cfg.timeperiods import Periods

_VIRTUAL_UP = "role-up"


def commands(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield the host checks: a ping, a constant "up" for roles without machines, and those that the plan states."""
    always_up = literal_words((f"{plan.site.plugins}/check_dummy", "0", "a role, not a machine: always up"))
    yield host_states.usual_command(plan, names)
    yield Definition("command", {"command_name": names.internal(_VIRTUAL_UP), "command_line": nagios_line(always_up)})
    yield from host_states.commands(plan, names)


def templates(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield the template of all hosts, those of host checks, and the one of the virtual hosts of roles."""
    yield Definition(
        "host",
        {
            "name": names.internal("host"),
            "register": "0",
            "check_command": names.internal(host_states.UP),
            "check_period": names.hours(ALWAYS),
            "check_interval": minutes(HOST_CHECK_INTERVAL),
            "retry_interval": "0.5",
            "max_check_attempts": "3",
            "notification_period": names.hours(ALWAYS),
            "notification_interval": minutes(RENOTIFY_INTERVAL),
            "flap_detection_enabled": "1",
            "notification_options": host_options(HOST_NOTIFY_ON),
            "_ENVIRONMENT": names.environment,
        },
    )
    yield from host_states.templates(plan, names)
    yield Definition(
        "host",
        {
            "name": names.internal("role-as-host"),
            "register": "0",
            "use": names.internal("host"),
            "check_command": names.internal(_VIRTUAL_UP),
            "check_interval": "60",
            "notifications_enabled": "0",
        },
    )


def groups(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield a hostgroup for each role with machines, and one for all hosts. They list no members: hosts name groups."""
    if _has_all_hosts_group(plan):
        settings = {"hostgroup_name": names.all_hosts_group, "alias": f"All hosts of {names.environment}"}
        yield Definition("hostgroup", settings)
    for role in plan.roles:
        if role.hosts:
            settings = {
                "hostgroup_name": names.hostgroup(role.name),
                "alias": one_line(role.summary) or f"{role.name} in {names.environment}",
            }
            yield Definition("hostgroup", settings | _notes_url(role.runbook), role.origin)


def definitions(plan: Plan, names: Names, periods: Periods, windows: Windows) -> Iterator[Definition]:
    """Yield the plan's hosts."""
    recipients = Recipients(plan, plan.entries, names, periods, stated_levels(plan))
    states = host_checks(plan)
    all_teams = [team.name for team in plan.teams]
    queues = Queues(plan)
    roles = {role.name: role for role in plan.roles}
    all_hosts = (names.all_hosts_group,) if _has_all_hosts_group(plan) else ()
    groups_of: dict[str, list[str]] = {}
    for role in plan.roles:
        for member in role.hosts:
            groups_of.setdefault(member, []).append(names.hostgroup(role.name))
    for host in plan.hosts:
        roles_of = [roles[name] for name in host.roles]
        settings = {
            "use": names.internal("role-as-host") if host.virtual else host_states.template(host.check, names),
            "host_name": host.name,
            "alias": _alias(host, roles_of, names),
            "address": host.address or host.name,
        }
        if host.parents:
            settings["parents"] = ",".join(host.parents)
        if groups := (*groups_of.get(host.name, ()), *all_hosts):
            settings["hostgroups"] = ",".join(groups)
        state = states.get(host.name)
        owners = [state.owner] if state and state.owner else [role.owner for role in roles_of]
        notification = recipients.settings(host.name, owners or all_teams, windows.of_host(host.name))
        repeat = host_states.repeated(state) if state else RENOTIFY_INTERVAL
        escalation = recipients.escalation(host.name, host_states.interval_of(host.name, states), repeat)
        if escalation.steps and not host.virtual:
            notification["notification_interval"] = minutes(escalation.interval)
        if host.virtual:
            notification.pop("notifications_enabled", None)  # the template disables them
        settings |= notification
        runbook = next((role.runbook for role in roles_of if role.runbook), "")
        settings |= _notes_url(host_url(plan, host.name) or runbook)
        if owners:
            settings["_OWNER"] = ",".join(sorted(set(owners)))
        if roles_of:
            settings["_ROLE"] = ",".join(host.roles)
        settings |= queues.of_host(host)
        settings |= {label_variable(name): host.labels[name] for name in sorted(host.labels)}
        settings["_ORIGIN"] = one_line(str(host.origin))
        yield Definition("host", settings, host.origin)


def _has_all_hosts_group(plan: Plan) -> bool:
    """Return True if the plan gets a hostgroup of all hosts.

    It gets none above GROUP_LIMIT, and none if a role has the group's name, such as one imported from Sensu's
    subscription `all`.
    """
    return 0 < len(plan.hosts) <= GROUP_LIMIT and all(role.name != ALL_HOSTS for role in plan.roles)


def _alias(host: Host, roles: list[Role], names: Names) -> str:
    if host.virtual and roles and roles[0].summary:
        return one_line(roles[0].summary)
    return f"{', '.join(role.name for role in roles) or host.name} in {names.environment}"


def _notes_url(url: str) -> dict[str, str]:
    return {"notes_url": url} if url else {}
