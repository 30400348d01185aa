"""Roles from watches and hosts: watches of the same hosts are one role, named after their hostgroup.

Hosts on which a watch of the hostgroup differs a little get an override instead of a separate watch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from checkwright.migrate.draft import DraftOverride, DraftRole, DraftWatch, LibraryCheck, Value
from checkwright.migrate.nagios.common import Placed, distinct
from checkwright.migrate.naming import Slugs
from checkwright.registry.model import durations
from checkwright.registry.model.settings import DEFAULTS

_DURATIONS = ("every", "retry", "deadline")


@dataclass(frozen=True, slots=True)
class Group:
    """Hostgroup: members, alias and notes_url, or ""."""

    name: str
    members: frozenset[str]
    alias: str = ""
    runbook: str = ""


@dataclass(frozen=True, slots=True)
class Roles:
    """Roles. roles: names by host. group: the hostgroup that named each role, or ""."""

    roles: tuple[DraftRole, ...]
    of_host: Mapping[str, tuple[str, ...]]
    overrides: tuple[DraftOverride, ...]
    group: Mapping[str, str]


@dataclass
class _Entry:
    watch: DraftWatch
    team: str
    hosts: frozenset[str]
    groups: tuple[str, ...]
    where: str
    exceptions: tuple[_Entry, ...] = ()


def roles_of(placed: Sequence[Placed], groups: Mapping[str, Group]) -> Roles:
    """Combine the watches found on hosts into roles."""
    entries = _merged(_entries(placed), groups)
    bundles: dict[tuple[frozenset[str], str], list[_Entry]] = {}
    for entry in entries:
        bundles.setdefault((entry.hosts, entry.team), []).append(entry)
    names = _names(bundles, groups)
    roles = []
    overrides: list[DraftOverride] = []
    of_host: dict[str, list[str]] = {}
    for bundle, bundled in bundles.items():
        role, group = names[bundle]
        known = groups.get(group)
        summary = known.alias if known and known.alias != group else ""
        runbook = known.runbook if known else ""
        watches = tuple(entry.watch for entry in sorted(bundled, key=lambda entry: entry.watch.name))
        roles.append(DraftRole(role, bundle[1], watches, summary, runbook))
        for host in bundle[0]:
            of_host.setdefault(host, []).append(role)
        for entry in bundled:
            overrides += (_override(entry, one, role) for one in entry.exceptions)
    roles.sort(key=lambda role: role.name)
    overrides.sort(key=lambda one: (one.role, one.watch, one.hosts))
    return Roles(
        tuple(roles),
        {host: tuple(sorted(found)) for host, found in of_host.items()},
        tuple(overrides),
        dict(names.values()),
    )


def _entries(placed: Sequence[Placed]) -> list[_Entry]:
    alike: dict[tuple[DraftWatch, str], list[Placed]] = {}
    for one in placed:
        alike.setdefault((one.watch, one.team), []).append(one)
    return [
        _Entry(
            watch,
            team,
            frozenset(one.host for one in found),
            distinct(group for one in found for group in one.groups),
            found[0].where,
        )
        for (watch, team), found in alike.items()
    ]


def _merged(entries: list[_Entry], groups: Mapping[str, Group]) -> list[_Entry]:
    """Make the few hosts of a group that differ exceptions from the majority."""
    alike: dict[tuple[str, str], list[_Entry]] = {}
    for entry in entries:
        alike.setdefault((entry.watch.name, entry.team), []).append(entry)
    found: list[_Entry] = []
    by_size = sorted(groups.values(), key=lambda group: (-len(group.members), group.name))
    for variants in alike.values():
        left = list(variants)
        for group in by_size if len(variants) > 1 else ():
            inside = [entry for entry in left if entry.hosts <= group.members]
            if len(inside) < 2 or frozenset().union(*(entry.hosts for entry in inside)) != group.members:
                continue
            base = max(inside, key=lambda entry: (len(entry.hosts), entry.where))
            others = tuple(entry for entry in inside if entry is not base)
            if 2 * len(base.hosts) > len(group.members) and all(_expressible(base.watch, one.watch) for one in others):
                left = [entry for entry in left if entry not in inside]
                found.append(
                    _Entry(base.watch, base.team, group.members, (*base.groups, group.name), base.where, others)
                )
        found += left
    return found


def _expressible(base: DraftWatch, other: DraftWatch) -> bool:
    """Return whether an override can turn one watch into the other."""
    old, new = dict(base.settings), dict(other.settings)
    if any(old.get(name) != new.get(name) for name in ("where", "transport", "env")):
        return False
    if base.runs == other.runs:
        return True
    if not isinstance(base.runs, LibraryCheck) or not isinstance(other.runs, LibraryCheck):
        return False
    same = (base.runs.module, base.runs.kind) == (other.runs.module, other.runs.kind)
    stated = {(limit.gauge, limit.items) for limit in other.runs.limits}
    whole = all((limit.gauge, limit.items) in stated for limit in base.runs.limits) and all(
        limit.warn is not None and limit.crit is not None for limit in (*base.runs.limits, *other.runs.limits)
    )
    return same and whole and dict(base.runs.options).keys() <= dict(other.runs.options).keys()


def _override(base: _Entry, other: _Entry, role: str) -> DraftOverride:
    runs = None
    if isinstance(base.watch.runs, LibraryCheck) and isinstance(other.watch.runs, LibraryCheck):
        limits = tuple(limit for limit in other.watch.runs.limits if limit not in base.watch.runs.limits)
        options = tuple(pair for pair in other.watch.runs.options if pair not in base.watch.runs.options)
        if limits or options:
            runs = replace(other.watch.runs, limits=limits, options=options)
    old, new = dict(base.watch.settings), dict(other.watch.settings)
    settings = tuple(
        (name, new[name] if name in new else _default(name))
        for name in sorted({*old, *new})
        if old.get(name) != new.get(name)
    )
    why = f"it was so in {other.where}: say here why"
    return DraftOverride(why, role, base.watch.name, tuple(sorted(other.hosts)), runs, settings)


def _default(name: str) -> Value:
    if name == "groups":
        return ()
    value = DEFAULTS.get(name, "")
    return durations.format_seconds(value) if name in _DURATIONS else value


def _names(
    bundles: Mapping[tuple[frozenset[str], str], list[_Entry]], groups: Mapping[str, Group]
) -> dict[tuple[frozenset[str], str], tuple[str, str]]:
    """Return a role's name for each bundle, and its hostgroup, or ""."""
    slugs = Slugs()
    slugs.reserve(groups)
    by_members: dict[frozenset[str], list[str]] = {}
    for group in groups.values():
        by_members.setdefault(group.members, []).append(group.name)
    names: dict[tuple[frozenset[str], str], tuple[str, str]] = {}
    taken: set[str] = set()
    # Of two bundles on the same hosts, the larger gets the plain name.
    order = sorted(bundles.items(), key=lambda pair: (-len(pair[1]), sorted(pair[0][0]), pair[0][1]))
    for (hosts, team), entries in order:
        counted = Counter(group for entry in entries for group in entry.groups)
        same = by_members.get(hosts)
        called = max(same, key=lambda name: (counted[name], name)) if same else ""
        first = slugs.of(called) if called else _invented_name(hosts, entries, counted, groups)
        name = first if first not in taken else f"{first}-{team}"
        number = 2
        while name in taken:
            name, number = f"{first}-{number}", number + 1
        taken.add(name)
        names[hosts, team] = (name, called)
    return names


def _invented_name(
    hosts: frozenset[str], entries: list[_Entry], counted: Counter[str], groups: Mapping[str, Group]
) -> str:
    """Return a name for hosts that are not a hostgroup: the only host, the groups combined, or the watches."""
    if len(hosts) == 1:
        return next(iter(hosts))
    named = [group for group in sorted(counted) if groups[group].members <= hosts]
    if 0 < len(named) <= 3 and frozenset().union(*(groups[group].members for group in named)) == hosts:
        return Slugs().of("-and-".join(named))
    # Hosts that are the majority of a hostgroup, or a part of the named one.
    around = [
        group
        for group in groups.values()
        if hosts < group.members and (group.name in counted or 2 * len(hosts) > len(group.members))
    ]
    if around:
        nearest = min(around, key=lambda group: (len(group.members), group.name))
        return Slugs().of(f"{nearest.name}-{min(entry.watch.name for entry in entries).lower()}")
    return min(entry.watch.name for entry in entries).lower()
