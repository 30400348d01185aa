"""Dependencies on services that others need, so that one fault is one alert.

Without some services others cannot work, such as the access to an account of AWS: while it fails, Nagios neither runs
the others nor notifies of them. Services that a watch `needs` only explain its problems: while one of them fails,
Nagios goes on checking, and notifies of nothing, so that states and business services stay true.

Dependencies look at hard states only, so a needed service becomes hard at its first failure, and its notification
follows as late as its attempts would make it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checkwright.registry.plan import Entry, Plan
from nagios_cfg.coverage import coverage
from nagios_cfg.intervals import minutes
from nagios_cfg.names import HELD, NEEDED, Names
from nagios_cfg.objects import Definition

_FAILED_STATES = "u,c"


def needed_ids(plan: Plan) -> frozenset[str]:
    """Return the ids of the entries that others need."""
    return frozenset(needed for entry in plan.entries for needed in (*entry.needs, *entry.held_by))


def timing(entry: Entry) -> dict[str, str]:
    """Return the settings of a needed service in place of its attempts."""
    delay = entry.retry * (entry.attempts - 1) + entry.notify_after
    return {"max_check_attempts": "1", **({"first_notification_delay": minutes(delay)} if delay else {})}


def templates(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield the templates of the dependencies."""
    notification = {"notification_failure_criteria": _FAILED_STATES}
    for name, used, criteria in (
        (NEEDED, any(entry.needs for entry in plan.entries), {"execution_failure_criteria": _FAILED_STATES}),
        (HELD, any(entry.held_by for entry in plan.entries), {"inherits_parent": "1"}),
    ):
        if used:
            settings = {"name": names.internal(name), "register": "0", **criteria, **notification}
            yield Definition("servicedependency", settings)


def definitions(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield one dependency for each needed service, and each set of hosts whose services need it."""
    members = {role.name: frozenset(role.hosts) for role in plan.roles}
    watches: dict[str, list[Entry]] = {}
    for entry in plan.entries:
        if entry.hosts:
            watches.setdefault(entry.id, []).append(entry)
    # Nagios resolves the hosts of each object separately. One object for all services of the same hosts is faster.
    dependent: dict[tuple[str, str, str, frozenset[str]], dict[str, Entry]] = {}
    for variants in watches.values():
        for template, needs in (
            (NEEDED, [(entry.needs, entry.hosts) for entry in variants]),
            (HELD, [(entry.held_by, entry.hosts) for entry in variants]),
        ):
            for needed, hosts in _hosts_by_need(needs).items():
                if needed in watches:
                    entry = variants[0]
                    dependent.setdefault((template, needed, entry.role, hosts), {})[entry.name] = entry
    for (template, needed, role, hosts), services in dependent.items():
        master = watches[needed][0]
        proving = frozenset(host for entry in watches[needed] for host in entry.hosts)
        first, entry = next(iter(services.items()))
        own = hosts & proving if template == HELD else frozenset()
        for same, part in ((True, own), (False, hosts - own)):
            if not part:
                continue
            covered = coverage(part, {role: members[role]}, names)
            on = covered if same else coverage(proving, {master.role: members[master.role]}, names)
            dependents = {} if same else {f"dependent_{directive}": value for directive, value in covered.items()}
            yield Definition(
                "servicedependency",
                {
                    "use": names.internal(template),
                    "name": names.dependency(role, first, f"{master.name}.here" if same else master.name),
                    **on,
                    "service_description": master.name,
                    **dependents,
                    "dependent_service_description": ",".join(services),
                },
                entry.origin,
            )


def _hosts_by_need(variants: Iterable[tuple[tuple[str, ...], tuple[str, ...]]]) -> dict[str, frozenset[str]]:
    """Return the hosts of each need, from pairs of needs and hosts: overrides may change the needs on some hosts."""
    found: dict[str, set[str]] = {}
    for needs, hosts in variants:
        for needed in needs:
            found.setdefault(needed, set()).update(hosts)
    return {needed: frozenset(hosts) for needed, hosts in found.items()}
