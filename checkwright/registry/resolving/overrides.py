"""Matching of overrides with watches and hosts."""

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

#: Some overrides, and the hosts to which exactly these apply.
Group = tuple[tuple[Override, ...], tuple[str, ...]]


class OverrideMatches:
    """Overrides of one environment, matched against its hosts and watches.

    `used_hosts` are the host names or patterns of each override
    that matched a host, `used_limits` the limits and meanings that applied to a watch of their check, `owners` the
    teams to whose watches each override applied.
    """

    def __init__(self, environment: Environment, hosts: Sequence[str]) -> None:
        self.overrides = environment.overrides
        self.owners: dict[Override, set[str]] = {}
        self.used_limits: set[object] = set()
        self.used_hosts: dict[Override, set[str]] = {}
        #: Positions of the overrides that name no host, and by host of those that name it.
        self._for_all_hosts: list[int] = []
        self._by_host: dict[str, list[int]] = {}
        #: By the hosts of a role, which all its watches share: the result of _named.
        self._named_cache: dict[tuple[str, ...], dict[str, list[int]]] = {}
        #: By hosts, scopes and check: the groups.
        self._groups: dict[tuple[object, ...], tuple[list[Group], list[Override]]] = {}
        #: By position, the first override that selects the same watches, hosts aside.
        self._scopes = _scopes(environment.overrides)
        known = frozenset(hosts)
        for position, override in enumerate(environment.overrides):
            if not override.hosts:
                self._for_all_hosts.append(position)
                continue
            matches = {pattern: matching_hosts(pattern, known) for pattern in override.hosts}
            self.used_hosts[override] = {pattern for pattern, found in matches.items() if found}
            for host in frozenset().union(*matches.values()):
                self._by_host.setdefault(host, []).append(position)

    def groups(self, role: Role, watch: AnyWatch, hosts: tuple[str, ...]) -> Sequence[Group]:
        """Return the watch's hosts, grouped by the overrides that apply to them, the largest group first.

        Hosts keep their order.
        """
        named = self._named(hosts)
        candidates = {*self._for_all_hosts, *(position for positions in named.values() for position in positions)}
        scopes = {self._scopes[position] for position in candidates}
        matching = frozenset(scope for scope in scopes if _selects(scope, role, watch))
        kind = type(watch.check) if isinstance(watch, Watch) else None
        key = (hosts, matching, kind)
        if key not in self._groups:
            applying = {position for position in candidates if self._scopes[position] in matching}
            overrides = [self.overrides[position] for position in applying] if hosts else []
            for override in overrides:
                self.used_limits.update(limit for limit in override.limits if _is_of(limit.check, watch))
                self.used_limits.update(meaning for meaning in override.meanings if _is_of(meaning.check, watch))
            self._groups[key] = self._grouped(hosts, named, applying), overrides
        groups, overrides = self._groups[key]
        for override in overrides:
            self.owners.setdefault(override, set()).add(role.owner.name)
        return groups

    def _grouped(self, hosts: tuple[str, ...], named: dict[str, list[int]], applying: set[int]) -> list[Group]:
        for_all = [position for position in self._for_all_hosts if position in applying]
        by_overrides: dict[tuple[int, ...], list[str]] = {}
        for host in hosts:
            own = [position for position in named.get(host, ()) if position in applying]
            by_overrides.setdefault(tuple(sorted((*for_all, *own))), []).append(host)
        if len(by_overrides) < 2:
            return [(self._at(next(iter(by_overrides), tuple(for_all))), hosts)]
        groups = [(self._at(positions), tuple(members)) for positions, members in by_overrides.items()]
        # Of two equally large groups, the one with fewer overrides is the watch's normal case.
        return sorted(groups, key=lambda group: (-len(group[1]), len(group[0])))

    def _at(self, positions: tuple[int, ...]) -> tuple[Override, ...]:
        return tuple(self.overrides[position] for position in positions)

    def _named(self, hosts: tuple[str, ...]) -> dict[str, list[int]]:
        """Return the positions of overrides by host, for those of these hosts that an override names."""
        if hosts not in self._named_cache:
            self._named_cache[hosts] = {host: self._by_host[host] for host in hosts if host in self._by_host}
        return self._named_cache[hosts]


def selects_watch(role: Role | None, pattern: str, role_name: str, watch: str) -> bool:
    """Return whether `role` (None for all) and `pattern` ("" for all) select this watch of this role."""
    return (role is None or role.name == role_name) and (not pattern or fnmatchcase(watch, pattern))


def variant_names(groups: Sequence[Group]) -> list[str]:
    """Return a name for each group: "" for the first, the host patterns of their overrides for the others."""
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


def matching_hosts(pattern: str, hosts: frozenset[str]) -> frozenset[str]:
    """Return the host names that match a name or shell pattern."""
    if not _PATTERN.search(pattern):
        return hosts & {pattern}
    matches = re.compile(translate(pattern)).match
    return frozenset(host for host in hosts if matches(host))


def _selects(override: Override, role: Role, watch: AnyWatch) -> bool:
    """Return whether an override applies to this watch of this role, hosts aside."""
    if not selects_watch(override.role, override.watch, role.name, watch.name):
        return False
    kinds = override.kinds()
    return not kinds or any(_is_of(kind, watch) for kind in kinds)


def _scopes(overrides: Sequence[Override]) -> list[Override]:
    first: dict[tuple[object, ...], Override] = {}
    return [
        first.setdefault((override.role.name if override.role else "", override.watch, override.kinds()), override)
        for override in overrides
    ]


@cache
def _stem(pattern: str) -> str:
    """Return the part of a pattern that is possible in a name."""
    return _NO_NAME.sub("-", pattern).strip("-")


def _is_of(kind: object, watch: AnyWatch) -> bool:
    return isinstance(watch, Watch) and isinstance(kind, type) and isinstance(watch.check, kind)
