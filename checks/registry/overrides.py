"""Which override covers which watch, and which of its hosts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase, translate

from checks.registry.model import Environment, Override, Role
from checks.registry.watches import AnyWatch, Watch

#: A variant's name becomes part of a command's name, which NRPE writes into one short line.
_LONGEST = 40
_PATTERN = re.compile(r"[*?\[]")


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
        self._covered: dict[Override, frozenset[str]] = {}
        known = frozenset(hosts)
        for override in environment.overrides:
            if override.hosts:
                matches = {pattern: _matching(pattern, known) for pattern in override.hosts}
                self.met_hosts[override] = {pattern for pattern, found in matches.items() if found}
                self._covered[override] = frozenset().union(*matches.values())

    def groups(
        self, role: Role, watch: AnyWatch, hosts: tuple[str, ...]
    ) -> list[tuple[tuple[Override, ...], tuple[str, ...]]]:
        """The watch's hosts, apart by the overrides that cover them, the largest group first. Order is kept."""
        applying = [override for override in self.overrides if covers(override, role, watch)]
        partial = {override: found for override in applying if (found := self._part(override, hosts)) is not None}
        for override in applying:
            if hosts and partial.get(override, hosts):
                self.met.add(override)
                self.met_limits.update(limit for limit in override.limits if _reaches(limit.check, watch))
        everywhere = tuple(override for override in applying if override not in partial)
        touched = frozenset().union(*partial.values())
        if not touched:
            return [(everywhere, hosts)]
        by_host: dict[tuple[Override, ...], list[str]] = {}
        for host in hosts:
            mine = everywhere
            if host in touched:
                mine = tuple(one for one in applying if one not in partial or host in partial[one])
            by_host.setdefault(mine, []).append(host)
        groups = [(mine, tuple(members)) for mine, members in by_host.items()]
        # Of two as large, the one with fewer exceptions is what the watch is like.
        return sorted(groups, key=lambda group: (-len(group[1]), len(group[0])))

    def _part(self, override: Override, hosts: Iterable[str]) -> frozenset[str] | None:
        """The hosts among these that an override names, None when it names none and so covers all."""
        covered = self._covered.get(override)
        return None if covered is None else covered.intersection(hosts)


def covers(override: Override, role: Role, watch: AnyWatch) -> bool:
    """Whether an override speaks of this watch of this role, hosts aside."""
    if override.role is not None and override.role.name != role.name:
        return False
    if override.watch and not fnmatchcase(watch.name, override.watch):
        return False
    kinds = override.kinds()
    return not kinds or any(_reaches(kind, watch) for kind in kinds)


def variants(groups: Sequence[tuple[tuple[Override, ...], tuple[str, ...]]]) -> list[str]:
    """A name for each group: "" for the first, for others what their overrides call the hosts."""
    names = [""]
    for overrides, _ in groups[1:]:
        patterns = (pattern for override in overrides for pattern in override.hosts)
        stems = (re.sub(r"[^A-Za-z0-9]+", "-", pattern).strip("-") for pattern in patterns)
        name = "-".join(dict.fromkeys(stem for stem in stems if stem)) or "others"
        if len(name) > _LONGEST:
            name = f"{name[:_LONGEST].rstrip('-')}-etc"
        number = 2
        unique = name
        while unique in names:
            unique, number = f"{name}-{number}", number + 1
        names.append(unique)
    return names


def _reaches(kind: object, watch: AnyWatch) -> bool:
    return isinstance(watch, Watch) and isinstance(kind, type) and isinstance(watch.check, kind)


def _matching(pattern: str, hosts: frozenset[str]) -> frozenset[str]:
    if not _PATTERN.search(pattern):
        return hosts & {pattern}
    matches = re.compile(translate(pattern)).match
    return frozenset(host for host in hosts if matches(host))
