"""Differences between two sets of hosts, by role: `web +12 -3`, `database -1 (db-2: deactivated 2026-11-28)`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from checkwright.inventory.guards import abbreviated


@dataclass(frozen=True, slots=True)
class RoleChange:
    """Hosts that a role gains and loses; `role` is "" for hosts without a role. evidence: why a host left, by name."""

    role: str
    gained: tuple[str, ...]
    lost: tuple[str, ...]
    evidence: Mapping[str, str]

    def __str__(self) -> str:
        counts = [f"+{len(self.gained)}"] if self.gained else []
        counts += [f"-{len(self.lost)}"] if self.lost else []
        names = [f"+ {abbreviated(self.gained)}"] if self.gained else []
        whys = [f"{name}: {self.evidence[name]}" if name in self.evidence else name for name in self.lost]
        names += [f"- {abbreviated(whys)}"] if whys else []
        return f"{self.role or 'hosts without a role'} {' '.join(counts)} ({'; '.join(names)})"


def role_changes(
    before: Mapping[str, Sequence[str]], after: Mapping[str, Sequence[str]], evidence: Mapping[str, str]
) -> tuple[RoleChange, ...]:
    """Return the changes of roles, sorted by name. before, after: the roles of each host, by its name."""
    old, new = _members(before), _members(after)
    found = []
    for role in sorted({*old, *new}):
        was, now = old.get(role, set()), new.get(role, set())
        if was != now:
            lost = tuple(sorted(was - now))
            why = {name: evidence[name] for name in lost if name in evidence and name not in after}
            found.append(RoleChange(role, tuple(sorted(now - was)), lost, why))
    return tuple(found)


def _members(hosts: Mapping[str, Sequence[str]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name, role in _pairs(hosts):
        found.setdefault(role, set()).add(name)
    return found


def _pairs(hosts: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
    for name, roles in hosts.items():
        for role in roles or ("",):
            yield name, role
