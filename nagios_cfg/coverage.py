"""Directives that select the hosts of a service, a dependency or an escalation."""

from __future__ import annotations

from nagios_cfg.names import Names


def coverage(hosts: frozenset[str], members: dict[str, frozenset[str]], names: Names) -> dict[str, str]:
    """Return `hostgroup_name` and `host_name` for these hosts, with hosts to leave out as `!NAME`.

    `members` are the hosts of each candidate role. The role's hostgroup is used where `hosts` has most of them.
    """
    taken = {role: group for role, group in members.items() if 2 * len(group & hosts) > len(group)}
    grouped: frozenset[str] = frozenset().union(*taken.values())
    listed = [*sorted(hosts - grouped), *(f"!{name}" for name in sorted(grouped - hosts))]
    settings = {"hostgroup_name": ",".join(map(names.hostgroup, taken))} if taken else {}
    return settings | {"host_name": ",".join(listed)} if listed else settings
