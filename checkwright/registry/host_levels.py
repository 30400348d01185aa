"""Teams that the state of a machine concerns, and the level at which it notifies each of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from checkwright.registry.plan import Entry, Notify

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
    for hosts, entry in entries:
        key = (tuple(hosts), entry.owner)
        of_hosts[key] = _more_urgent(of_hosts.get(key), HostLevel(entry.notify, frozenset(entry.quiet)))
    levels: dict[str, dict[str, HostLevel]] = {}
    for (hosts, team), level in of_hosts.items():
        for host in hosts:
            teams = levels.setdefault(host, {})
            teams[team] = _more_urgent(teams.get(team), level)
    return levels


def _more_urgent(one: HostLevel | None, other: HostLevel) -> HostLevel:
    if one is None or LEVELS.index(one.level) < LEVELS.index(other.level):
        return other
    if one.level == other.level:
        return HostLevel(one.level, one.quiet & other.quiet)
    return one
