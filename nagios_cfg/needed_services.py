"""Dependencies on services that others need, such as the access to an account of AWS.

While a needed service fails, Nagios neither runs the services that need it nor notifies of them, so that the fault is
one alert. Dependencies look at hard states only, so a needed service becomes hard at its first failure, and its
notification follows as late as its attempts would make it.
"""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.plan import Entry, Plan
from nagios_cfg.coverage import coverage
from nagios_cfg.intervals import minutes
from nagios_cfg.names import NEEDED, Names
from nagios_cfg.objects import Definition

_FAILED_STATES = "u,c"


def needed_ids(plan: Plan) -> frozenset[str]:
    """Return the ids of the entries that others need."""
    return frozenset(needed for entry in plan.entries for needed in entry.needs)


def timing(entry: Entry) -> dict[str, str]:
    """Return the settings of a needed service in place of its attempts."""
    delay = entry.retry * (entry.attempts - 1) + entry.notify_after
    return {"max_check_attempts": "1", **({"first_notification_delay": minutes(delay)} if delay else {})}


def templates(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield the template of the dependencies."""
    if needed_ids(plan):
        yield Definition(
            "servicedependency",
            {
                "name": names.internal(NEEDED),
                "register": "0",
                "execution_failure_criteria": _FAILED_STATES,
                "notification_failure_criteria": _FAILED_STATES,
            },
        )


def definitions(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield one dependency for each needed service, and each set of hosts whose services need it."""
    members = {role.name: frozenset(role.hosts) for role in plan.roles}
    entries: dict[str, list[Entry]] = {}
    for entry in plan.entries:
        entries.setdefault(entry.id, []).append(entry)
    dependent: dict[tuple[str, str, frozenset[str]], dict[str, Entry]] = {}
    for variants in entries.values():
        hosts = frozenset(host for entry in variants for host in entry.hosts)
        for needed in variants[0].needs if hosts else ():
            dependent.setdefault((needed, variants[0].role, hosts), {})[variants[0].name] = variants[0]
    for (needed, role, hosts), services in dependent.items():
        masters = entries.get(needed, [])
        proving = frozenset(host for entry in masters for host in entry.hosts)
        if not proving:
            continue
        first, entry = next(iter(services.items()))
        master = masters[0]
        of_role = {master.role: members[master.role]}
        covered = coverage(hosts, {role: members[role]}, names)
        yield Definition(
            "servicedependency",
            {
                "use": names.internal(NEEDED),
                "name": names.dependency(role, first, master.name),
                **coverage(proving, of_role, names),
                "service_description": master.name,
                **{f"dependent_{directive}": value for directive, value in covered.items()},
                "dependent_service_description": ",".join(services),
            },
            entry.origin,
        )
