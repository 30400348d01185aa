"""Targets of downtimes, acknowledgements and silences: roles, hosts and watches of a plan, by their names."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from checkwright.core.errors import CannotDo
from checkwright.registry.model.base import did_you_mean
from checkwright.registry.plan import Plan
from nagios_cfg.names import AGENT

_KINDS = ("role", "host", "watch")


@dataclass(frozen=True, slots=True)
class Selection:
    """Selected parts of a plan: whole hosts, and single watches as (host, watch). Sorted, each once."""

    hosts: tuple[str, ...] = ()
    watches: tuple[tuple[str, str], ...] = ()


def select(plan: Plan, names: Sequence[str]) -> Selection:
    """Return the parts of a plan with these names.

    A name is that of a role, which stands for its hosts, of a host, of a watch on all its hosts, HOST/WATCH, or a shell
    pattern of hosts such as 'web-*'. `role:NAME`, `host:NAME` and `watch:NAME` name one kind. A host may be named
    without its domain. Raises CannotDo for an unknown and for an ambiguous name.
    """
    hosts: set[str] = set()
    watches: set[tuple[str, str]] = set()
    for name in names:
        found = _selected(plan, name)
        hosts.update(found.hosts)
        watches.update(found.watches)
    return Selection(tuple(sorted(hosts)), tuple(sorted(one for one in watches if one[0] not in hosts)))


def with_children(plan: Plan, selection: Selection) -> Selection:
    """Return a selection with all hosts behind its hosts."""
    found = set(selection.hosts)
    while True:
        behind = {host.name for host in plan.hosts if found.intersection(host.parents)} - found
        if not behind:
            watches = tuple(one for one in selection.watches if one[0] not in found)
            return replace(selection, hosts=tuple(sorted(found)), watches=watches)
        found |= behind


def _selected(plan: Plan, name: str) -> Selection:
    host, slash, watch = name.partition("/")
    if slash:
        return _one_watch(plan, _host(plan, host), watch)
    kind, colon, rest = name.partition(":")
    if colon and kind in _KINDS:
        found = _of_kinds(plan, rest).get(kind)
        if found is None:
            raise CannotDo(f"{plan.environment} has no {kind} {rest!r}{did_you_mean(rest, _names(plan)[kind])}.")
        return found
    kinds = _of_kinds(plan, name)
    if len(kinds) > 1:
        choices = " or ".join(f"{kind}:{name}" for kind in kinds)
        raise CannotDo(f"{plan.environment} has a {' and a '.join(kinds)} {name!r}: write {choices}.")
    if kinds:
        return next(iter(kinds.values()))
    if any(char in name for char in "*?["):
        raise CannotDo(f"No host of {plan.environment} matches {name!r}.")
    known = sorted({one for names in _names(plan).values() for one in names})
    message = f"{plan.environment} has no role, host or watch {name!r}{did_you_mean(name, known)}"
    raise CannotDo(f"{message}.")


def _of_kinds(plan: Plan, name: str) -> dict[str, Selection]:
    """Return what each kind has of this name."""
    found = {}
    for role in plan.roles:
        if role.name == name:
            found["role"] = Selection((*role.hosts, *([role.virtual_host] if role.virtual_host else [])))
    if hosts := _hosts(plan, name):
        found["host"] = Selection(hosts)
    if watches := tuple((host, one.name) for one in plan.entries if one.name == name for host in one.hosts):
        found["watch"] = Selection(watches=watches)
    return found


def _hosts(plan: Plan, name: str) -> tuple[str, ...]:
    """Return the host of this name, else the one with this name before its domain, else those that match a pattern."""
    names = [host.name for host in plan.hosts]
    if name in names:
        return (name,)
    short = [one for one in names if one.partition(".")[0] == name and not _is_virtual(plan, one)]
    if len(short) > 1:
        raise CannotDo(f"{plan.environment} has {len(short)} hosts {name!r}: write one of {', '.join(short[:5])}.")
    return tuple(short or fnmatch.filter(names, name))


def _is_virtual(plan: Plan, name: str) -> bool:
    return any(host.name == name and host.virtual for host in plan.hosts)


def _host(plan: Plan, name: str) -> str:
    found = _hosts(plan, name)
    if len(found) != 1:
        reason = f"has {len(found)} hosts that match" if found else "has no host"
        raise CannotDo(f"{plan.environment} {reason} {name!r}{did_you_mean(name, _names(plan)['host'])}.")
    return found[0]


def _one_watch(plan: Plan, host: str, watch: str) -> Selection:
    known = [entry.name for entry in plan.entries if host in entry.hosts]
    if watch not in (*known, AGENT):
        raise CannotDo(f"{host} has no watch {watch!r}{did_you_mean(watch, known)}.")
    return Selection(watches=((host, watch),))


def _names(plan: Plan) -> dict[str, Iterable[str]]:
    return {
        "role": [role.name for role in plan.roles],
        "host": [host.name for host in plan.hosts],
        "watch": sorted({entry.name for entry in plan.entries}),
    }
