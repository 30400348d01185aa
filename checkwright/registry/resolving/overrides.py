"""Which override covers which watch, and which of its hosts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase, translate
from functools import cache

from checkwright.registry.model import Environment, Override, Role
from checkwright.registry.model.watches import AnyWatch, Watch

#: A variant's name becomes part of a command's name, which NRPE writes into one short line.
_LONGEST = 40
_PATTERN = re.compile(r"[*?\[]")
_NO_NAME = re.compile(r"[^A-Za-z0-9]+")

#: Overrides, and the hosts that exactly these of all cover.
Group = tuple[tuple[Override, ...], tuple[str, ...]]


class Coverage:
    """The overrides of one environment, matched once against all host names; and what each of them met.

    `met` are the overrides that covered something, `met_hosts` the host names or patterns of each
    that matched a host, `met_limits` the limits that reached a watch of their check.
    """

    def __init__(self, environment: Environment, hosts: Sequence[str]) -> None:
        self.overrides = environment.overrides
        self.met: set[Override] = set()
        self.met_limits: set[object] = set()
        self.met_hosts: dict[Override, set[str]] = {}
        #: Positions of the overrides that name no host, and by host of those that name it.
        self._everywhere: list[int] = []
        self._naming: dict[str, list[int]] = {}
        #: For the hosts of a role, which all its watches share: what _named says of them.
        self._known: dict[tuple[str, ...], dict[str, list[int]]] = {}
        #: And the groups, by the checks and the scopes of which they are made.
        self._groups: dict[tuple[object, ...], list[Group]] = {}
        #: By position, the first override that speaks of the same watches, hosts aside.
        self._scopes = _scopes(environment.overrides)
        known = frozenset(hosts)
        for position, override in enumerate(environment.overrides):
            if not override.hosts:
                self._everywhere.append(position)
                continue
            matches = {pattern: matching(pattern, known) for pattern in override.hosts}
            self.met_hosts[override] = {pattern for pattern, found in matches.items() if found}
            for host in frozenset().union(*matches.values()):
                self._naming.setdefault(host, []).append(position)

    def groups(self, role: Role, watch: AnyWatch, hosts: tuple[str, ...]) -> Sequence[Group]:
        """The watch's hosts, apart by the overrides that cover them, the largest group first. Order is kept."""
        named = self._named(hosts)
        candidates = {*self._everywhere, *(position for positions in named.values() for position in positions)}
        scopes = {self._scopes[position] for position in candidates}
        speaking = frozenset(scope for scope in scopes if covers(scope, role, watch))
        kind = type(watch.check) if isinstance(watch, Watch) else None
        key = (hosts, speaking, kind)
        if key not in self._groups:
            applying = {position for position in candidates if self._scopes[position] in speaking}
            if hosts:
                for override in map(self.overrides.__getitem__, applying):
                    self.met.add(override)
                    self.met_limits.update(limit for limit in override.limits if _reaches(limit.check, watch))
            self._groups[key] = self._apart(hosts, named, applying)
        return self._groups[key]

    def _apart(self, hosts: tuple[str, ...], named: dict[str, list[int]], applying: set[int]) -> list[Group]:
        everywhere = [position for position in self._everywhere if position in applying]
        by_overrides: dict[tuple[int, ...], list[str]] = {}
        for host in hosts:
            own = [position for position in named.get(host, ()) if position in applying]
            by_overrides.setdefault(tuple(sorted((*everywhere, *own))), []).append(host)
        if len(by_overrides) < 2:
            return [(self._at(next(iter(by_overrides), tuple(everywhere))), hosts)]
        groups = [(self._at(positions), tuple(members)) for positions, members in by_overrides.items()]
        # Of two as large, the one with fewer exceptions is what the watch is like.
        return sorted(groups, key=lambda group: (-len(group[1]), len(group[0])))

    def _at(self, positions: tuple[int, ...]) -> tuple[Override, ...]:
        return tuple(self.overrides[position] for position in positions)

    def _named(self, hosts: tuple[str, ...]) -> dict[str, list[int]]:
        """For each of these hosts that overrides name, their positions."""
        if hosts not in self._known:
            self._known[hosts] = {host: self._naming[host] for host in hosts if host in self._naming}
        return self._known[hosts]


def covers(override: Override, role: Role, watch: AnyWatch) -> bool:
    """Whether an override speaks of this watch of this role, hosts aside."""
    if not names_watch(override.role, override.watch, role.name, watch.name):
        return False
    kinds = override.kinds()
    return not kinds or any(_reaches(kind, watch) for kind in kinds)


def names_watch(role: Role | None, pattern: str, role_name: str, watch: str) -> bool:
    """Whether `role` (None for all) and `pattern` ("" for all) speak of this watch of this role."""
    return (role is None or role.name == role_name) and (not pattern or fnmatchcase(watch, pattern))


def variants(groups: Sequence[Group]) -> list[str]:
    """A name for each group: "" for the first, for others what their overrides call the hosts."""
    names = [""] if groups else []
    taken = {""}
    #: By name, the number that the last group of this name got.
    numbers: dict[str, int] = {}
    for overrides, _ in groups[1:]:
        patterns = (pattern for override in overrides for pattern in override.hosts)
        name = "-".join(dict.fromkeys(stem for stem in map(_stem, patterns) if stem)) or "others"
        if len(name) > _LONGEST:
            name = f"{name[:_LONGEST].rstrip('-')}-etc"
        number = numbers.get(name, 1)
        unique = name
        while unique in taken:
            number += 1
            unique = f"{name}-{number}"
        numbers[name] = number
        taken.add(unique)
        names.append(unique)
    return names


def _scopes(overrides: Sequence[Override]) -> list[Override]:
    first: dict[tuple[object, ...], Override] = {}
    return [
        first.setdefault((override.role.name if override.role else "", override.watch, override.kinds()), override)
        for override in overrides
    ]


@cache
def _stem(pattern: str) -> str:
    """What of a pattern can stand in a name."""
    return _NO_NAME.sub("-", pattern).strip("-")


def _reaches(kind: object, watch: AnyWatch) -> bool:
    return isinstance(watch, Watch) and isinstance(kind, type) and isinstance(watch.check, kind)


def matching(pattern: str, hosts: frozenset[str]) -> frozenset[str]:
    """The host names that a name or shell pattern meets."""
    if not _PATTERN.search(pattern):
        return hosts & {pattern}
    matches = re.compile(translate(pattern)).match
    return frozenset(host for host in hosts if matches(host))
