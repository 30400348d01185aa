"""Teams that the state of a machine concerns, and the level at which it notifies each of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from checkwright.registry.plan import Entry, Host, HostCheck, Notify, Plan

#: Levels, the most urgent last.
LEVELS: tuple[Notify, ...] = ("nobody", "ticket", "office-hours", "page")


class HostLevel(NamedTuple):
    """Level of a team on a machine, and the quiet hours that all of its watches of this level share."""

    level: Notify
    quiet: frozenset[str]


def host_levels(entries: Iterable[tuple[Iterable[str], Entry]]) -> dict[str, dict[str, HostLevel]]:
    """Return {host: {team: level}} from (hosts, entry): each team with its most urgent entry on the host."""
    # Most entries of a role have the same hosts, so each team's level on these is found once.
    of_hosts: dict[tuple[tuple[str, ...], str], HostLevel] = {}
    known: dict[tuple[Notify, tuple[str, ...]], HostLevel] = {}
    for hosts, entry in entries:
        key, own = (tuple(hosts), entry.owner), (entry.notify, entry.quiet)
        level = known.get(own)
        if level is None:
            level = known[own] = HostLevel(entry.notify, frozenset(entry.quiet))
        before = of_hosts.get(key)
        if before is not level:
            of_hosts[key] = _more_urgent(before, level)
    levels: dict[str, dict[str, HostLevel]] = {}
    for (hosts, team), level in of_hosts.items():
        for host in hosts:
            teams = levels.setdefault(host, {})
            teams[team] = _more_urgent(teams.get(team), level)
    return levels


def host_checks(plan: Plan) -> dict[str, HostCheck]:
    """Return the host check of each host that has one."""
    known = {check.name: check for check in plan.host_checks}
    return {host.name: known[host.check] for host in plan.hosts if host.check in known}


def stated_levels(plan: Plan) -> dict[str, dict[str, Notify]]:
    """Return teams and levels of the hosts whose host check states an owner or a level."""
    states = {name: check for name, check in host_checks(plan).items() if check.owner or check.notify}
    if not states:
        return {}
    levels = host_levels((entry.hosts, entry) for entry in plan.entries)
    owners = {role.name: role.owner for role in plan.roles}
    found: dict[str, dict[str, Notify]] = {}
    for host in plan.hosts:
        if host.name in states:
            of_watches = {team: level.level for team, level in levels.get(host.name, {}).items()}
            found[host.name] = _stated(states[host.name], host, of_watches, owners)
    return found


def _stated(
    check: HostCheck, host: Host, of_watches: Mapping[str, Notify], owners: Mapping[str, str]
) -> dict[str, Notify]:
    if check.owner:
        urgent: Notify = max(of_watches.values(), key=LEVELS.index, default="page")
        return {check.owner: check.notify or urgent}
    teams = of_watches or tuple(owners[role] for role in host.roles)
    return dict.fromkeys(teams, check.notify or "page")


def _more_urgent(one: HostLevel | None, other: HostLevel) -> HostLevel:
    if one is None or LEVELS.index(one.level) < LEVELS.index(other.level):
        return other
    if one.level == other.level:
        return HostLevel(one.level, one.quiet & other.quiet)
    return one
