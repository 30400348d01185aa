"""Services: one for each watch and host, with its notifications, and one for each NRPE daemon."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from checkwright.registry.catalogue_links import watch_url
from checkwright.registry.plan import Entry, Plan
from icinga_cfg.commands import CheckCommands
from icinga_cfg.dsl import Object
from icinga_cfg.notification_objects import Notifications
from nagios_cfg import nrpe_daemons
from nagios_cfg.intervals import AGENT_CHECK_INTERVAL
from nagios_cfg.names import AGENT, Names
from nagios_cfg.needed_services import needed_ids

_AGENT_RETRY = 30


def groups(plan: Plan, names: Names) -> Iterator[Object]:
    """Yield a group for each owner, one for each family of checks, and those that the fleet declares."""
    used = [entry for entry in plan.entries if entry.hosts]
    for owner in sorted({entry.owner for entry in used}):
        yield Object("ServiceGroup", names.owner_group(owner), {"display_name": f"Owned by {owner}"})
    for family in sorted({entry.family for entry in used if entry.family}):
        yield Object("ServiceGroup", names.family_group(family), {"display_name": f"Family {family}"})
    for group in plan.service_groups:
        about = {"display_name": group.alias, "notes": group.notes, "notes_url": group.notes_url}
        about["action_url"] = group.action_url
        attributes = {name: text for name, text in about.items() if text}
        yield Object("ServiceGroup", names.hours(group.name), attributes, group.origin)


def objects(plan: Plan, names: Names, commands: CheckCommands, made: Notifications) -> Iterator[tuple[str, Object]]:
    """Yield each service and its notifications, with the role."""
    needed = needed_ids(plan)
    for entry, command in zip(plan.entries, commands.of_entries, strict=True):
        shared = _shared(entry, plan, names, command, is_needed=entry.id in needed)
        for host in entry.hosts:
            yield entry.role, Object("Service", entry.name, {"host_name": host, **shared}, entry.origin)
            for notification in made.of_entry(_delayed(entry) if entry.id in needed else entry, host):
                yield entry.role, notification


def agents(plan: Plan, names: Names, made: Notifications) -> Iterator[Object]:
    """Yield the services that check NRPE daemons, and their notifications."""
    by_host: dict[str, list[Entry]] = {}
    for entry in nrpe_daemons.entries_of(plan):
        for host in entry.hosts:
            by_host.setdefault(host, []).append(entry)
    for host, entries in sorted(by_host.items()):
        attributes = {
            "host_name": host,
            "check_command": names.internal(AGENT),
            "check_interval": AGENT_CHECK_INTERVAL,
            "retry_interval": _AGENT_RETRY,
            "max_check_attempts": 1,
            "enable_flapping": True,
            "notes": "NRPE answers with its version. Services that run through NRPE depend on this service.",
        }
        yield Object("Service", AGENT, attributes, entries[0].origin)
        yield from made.of_agent(host, AGENT, entries, nrpe_daemons.NOTIFICATION_DELAY)


def _shared(entry: Entry, plan: Plan, names: Names, command: str, *, is_needed: bool) -> dict[str, object]:
    """Return the attributes that are the same on all hosts."""
    passive = entry.transport == "passive"
    attributes: dict[str, object] = {
        "check_command": command,
        # Icinga runs the command of a passive watch when no result came in for this time.
        "check_interval": 2 * entry.interval + entry.deadline if passive else entry.interval,
        "retry_interval": 2 * entry.interval + entry.deadline if passive else entry.retry,
        "max_check_attempts": 1 if is_needed else entry.attempts,
        "enable_flapping": True,
        "groups": _groups(entry, names),
    }
    if notes := " ".join((entry.summary, *(f"Why: {why}" for why in entry.why))).strip():
        attributes["notes"] = notes
    if entry.runbook:
        attributes["notes_url"] = entry.runbook
    graphs = plan.site.graphs.replace("{environment}", plan.environment).replace("{role}", entry.role)
    if graphs:
        graphs = graphs.replace("{host}", "$host.name$").replace("{watch}", "$service.name$")
        attributes["action_url"] = graphs
    attributes |= {"vars.owner": entry.owner, "vars.role": entry.role}
    if page := watch_url(plan, entry.role, entry.name):
        attributes["vars.catalogue"] = page
    return attributes


def _groups(entry: Entry, names: Names) -> tuple[str, ...]:
    family = (names.family_group(entry.family),) if entry.family else ()
    return (names.owner_group(entry.owner), *family, *map(names.hours, entry.groups))


def _delayed(entry: Entry) -> Entry:
    """Return a needed entry, hard at its first failure, whose notification comes as late as its attempts would."""
    return replace(entry, notify_after=entry.retry * (entry.attempts - 1) + entry.notify_after)
