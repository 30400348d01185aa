"""Services: one object for each entry, on the hostgroup of its role."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.catalogue_links import watch_url
from checkwright.registry.plan import NOTIFY_ON, Entry, Limit, Meaning, Plan, Team, meaning_text
from nagios_cfg import needed_services
from nagios_cfg.broker_pools import Queues
from nagios_cfg.cfgfile import Form, notes, one_line
from nagios_cfg.check_commands import CheckCommands
from nagios_cfg.coverage import coverage
from nagios_cfg.escalation_steps import notification_interval
from nagios_cfg.intervals import RENOTIFY_INTERVAL, minutes
from nagios_cfg.maintenance import Windows
from nagios_cfg.names import ALWAYS, Names
from nagios_cfg.notifications import level_settings, service_options
from nagios_cfg.objects import Definition
from nagios_cfg.service_groups import ServiceGroups
from nagios_cfg.timeperiods import Periods, base_hours

_DEFAULTS = {"check_interval": "1", "retry_interval": "0.5", "max_check_attempts": "3"}


def templates(plan: Plan, names: Names, commands: CheckCommands) -> Iterator[Definition]:
    """Yield the template of all services, the one of passive services, and one for each team and level."""
    yield Definition(
        "service",
        {
            "name": names.internal("service"),
            "register": "0",
            **_DEFAULTS,
            "check_period": names.hours(ALWAYS),
            "notification_interval": minutes(RENOTIFY_INTERVAL),
            "flap_detection_enabled": "1",
            "notification_options": "w,u,c,r,f",
            **_graphs(plan),
            "_ENVIRONMENT": names.environment,
        },
    )
    yield Definition(
        "service",
        {
            "name": names.internal("passive"),
            "register": "0",
            "use": names.internal("service"),
            "active_checks_enabled": "0",
            "passive_checks_enabled": "1",
            "check_freshness": "1",
            "check_command": commands.stale,
        },
    )
    teams = {team.name: team for team in plan.teams}
    for owner, level in sorted({(entry.owner, entry.notify) for entry in plan.entries}):
        hours = teams[owner].office_hours if level == "office-hours" else ALWAYS
        settings = {"name": names.internal(f"{owner}.{level}"), "register": "0"}
        settings |= level_settings(owner, level, hours, names)
        if level == "page" and teams[owner].escalations:
            settings["notification_interval"] = minutes(notification_interval(teams[owner], level, 0))
        yield Definition("service", settings | {"_OWNER": owner})


def texts(
    plan: Plan,
    names: Names,
    periods: Periods,
    windows: Windows,
    commands: CheckCommands,
    groups: ServiceGroups,
) -> Iterator[tuple[str, str]]:
    """Yield each service with its role, as text: definitions would be the largest part of the memory.

    An entry has several where a maintenance covers only some of its hosts.
    """
    members = {role.name: frozenset(role.hosts) for role in plan.roles}
    teams = {team.name: team for team in plan.teams}
    queues = Queues(plan)
    shared: dict[tuple[object, ...], tuple[dict[str, str], dict[tuple[str, ...], Form]]] = {}
    needed = needed_services.needed_ids(plan)
    covered: dict[tuple[str, tuple[str, ...]], dict[str, str]] = {}
    for entry, command_name in zip(plan.entries, commands.names, strict=True):
        if not entry.hosts:
            continue
        # Variants of a watch mostly differ in their hosts, commands and comments only.
        timing = (entry.interval, entry.retry, entry.attempts, entry.deadline)
        notified = (entry.notify, entry.renotify, entry.notify_after, entry.notify_on)
        key = (entry.id, *notified, entry.groups, entry.transport, entry.runbook, entry.why, *timing)
        found = shared.get(key)
        if found is None:
            settings = _shared_settings(plan, entry, names, teams[entry.owner], groups)
            if entry.id in needed:
                settings |= needed_services.timing(entry)
            found = shared[key] = settings, {}
        settings, forms = found
        queue = queues.of_entry(entry)
        comments = _comments(entry)
        for without, hosts in windows.of_entry(entry):
            on = covered.get((entry.role, hosts))
            if on is None:
                on = coverage(frozenset(hosts), {entry.role: members[entry.role]}, names)
                covered[entry.role, hosts] = on
            own = dict(on)
            if command_name:
                own["check_command"] = command_name
            own |= queue
            if entry.quiet or without:
                base = base_hours(entry, teams[entry.owner])
                own["notification_period"] = periods.name(base, (*entry.quiet, *without))
            form = forms.get(tuple(own))
            if form is None:
                form = forms[tuple(own)] = Form(_service(entry, settings, on, own))
            yield entry.role, form.block(own, comments)


def _service(entry: Entry, settings: dict[str, str], on: dict[str, str], own: dict[str, str]) -> Definition:
    """Return a service. settings: shared with others, own: its own, on: those of its own that name hosts."""
    command = {"check_command": own["check_command"]} if "check_command" in own else {}
    first = {"use": settings["use"], **on, "service_description": entry.name, **command}
    return Definition("service", first | settings | own, entry.origin)


def _graphs(plan: Plan, role: str = "") -> dict[str, str]:
    """Return the link to graphs. Nagios replaces the macros in it, so one line in a template serves all services.

    A link that differs by role is in each service, and none in the template.
    """
    if ("{role}" in plan.site.graphs) != bool(role):
        return {}
    url = plan.site.graphs.replace("{environment}", plan.environment)
    url = url.replace("{role}", role).replace("{host}", "$HOSTNAME$").replace("{watch}", "$SERVICEDESC$")
    return {"action_url": url} if url else {}


def _shared_settings(plan: Plan, entry: Entry, names: Names, owner: Team, groups: ServiceGroups) -> dict[str, str]:
    """Return the settings of an entry's services without name, command, queue, hosts and notification period."""
    settings = {
        "use": f"{names.internal(f'{entry.owner}.{entry.notify}')},"
        + names.internal("passive" if entry.transport == "passive" else "service"),
    }
    if entry.transport == "passive":
        settings["freshness_threshold"] = str(2 * entry.interval + entry.deadline)
    timing = {
        "check_interval": minutes(entry.interval),
        "retry_interval": minutes(entry.retry),
        "max_check_attempts": str(entry.attempts),
    }
    settings |= {directive: value for directive, value in timing.items() if _DEFAULTS[directive] != value}
    renotify = notification_interval(owner, entry.notify, entry.interval, entry.renotify)
    if renotify != notification_interval(owner, entry.notify, 0):
        settings["notification_interval"] = minutes(renotify)
    if entry.notify_after:
        settings["first_notification_delay"] = minutes(entry.notify_after)
    if entry.notify_on != NOTIFY_ON:
        settings["notification_options"] = service_options(entry.notify_on)
    about = notes(" ".join((entry.summary, *(f"Why: {why}" for why in entry.why))))
    if about:
        settings["notes"] = about
    if entry.runbook:
        settings["notes_url"] = entry.runbook
    settings |= groups.setting((entry.owner,), entry.family, entry)
    if entry.family:
        settings["_FAMILY"] = entry.family
    settings |= _graphs(plan, entry.role)
    settings["_ROLE"] = entry.role
    if page := watch_url(plan, entry.role, entry.name):
        settings["_CATALOGUE"] = page
    settings["_ORIGIN"] = one_line(str(entry.origin))
    return settings


def _comments(entry: Entry) -> list[str]:
    """Return the comment lines above a service: the watch, reasons, thresholds and words that an override changed."""
    variant = f" ({entry.variant})" if entry.variant else ""
    comments = [f"{entry.id}{variant}: {entry.summary or entry.plugin}"]
    comments += [f"Why: {why}" for why in entry.why]
    comments += [_limit(limit) for limit in entry.limits if limit.level == "override"]
    comments += [_meaning(meaning) for meaning in entry.meanings if meaning.level == "override"]
    return comments


def _limit(limit: Limit) -> str:
    gauge = f"{limit.gauge} of {limit.items}" if limit.items else limit.gauge
    ranges = [
        f"{name} {text}" for name, text in (("warning", limit.warn), ("critical", limit.crit)) if text is not None
    ]
    return f"{gauge}: {', '.join(ranges) or 'no threshold'}, by the override at {limit.origin}: {limit.why}"


def _meaning(meaning: Meaning) -> str:
    verdict = f"{meaning.verdict} of {meaning.items}" if meaning.items else meaning.verdict
    return f"{verdict}: {meaning_text(meaning)}, by the override at {meaning.origin}: {meaning.why}"
