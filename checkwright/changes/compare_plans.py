"""Comparison of two plans of one environment: watches on hosts, their values, and who is notified."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import fields, replace

from checkwright.changes.changes_model import (
    EnvironmentChanges,
    FleetChanges,
    NotifiedChange,
    Route,
    ValueChange,
    WatchChange,
)
from checkwright.changes.notification_routes import Key, NotificationRoutes, in_order
from checkwright.changes.plan_records import changed_records
from checkwright.registry.entry_values import changed_values
from checkwright.registry.plan import Entry, Plan, Word, part_text

#: Fields of an entry that its settings show, that follow from others, or that only people read.
_ELSEWHERE = frozenset(
    [
        "id",
        "name",
        "variant",
        "family",
        "summary",
        "why",
        "origin",
        "hosts",
        "settings",
        "limits",
        "meanings",
        "parts",
        "groups",
        "command",
        "env",
        "secrets",
        "interval",
        "retry",
        "attempts",
        "deadline",
        "notify",
        "quiet",
        "where",
        "transport",
        "runbook",
        "pool",
        "run_as",
    ]
)
#: The entry of each watch on each host.
_Entries = Mapping[Key, Entry]


def compare_fleets(
    before: Mapping[str, Plan], after: Mapping[str, Plan], *, names: tuple[str, str] = ("", "")
) -> FleetChanges:
    """Compare plans by environment. names: of the two states, such as git revisions."""
    environments = sorted(before.keys() | after.keys())
    return FleetChanges(*names, tuple(compare_plans(before.get(one), after.get(one)) for one in environments))


def compare_plans(before: Plan | None, after: Plan | None) -> EnvironmentChanges:
    """Compare two plans of an environment. None: there was, or there will be, no such environment.

    Lines of declarations, and texts that only people read, are not compared. Raises ValueError for two times None.
    """
    known = after or before
    if known is None:
        raise ValueError("an environment has a plan before or after")
    empty = replace(
        known,
        teams=(),
        roles=(),
        hosts=(),
        hours=(),
        entries=(),
        off=(),
        maintenance=(),
        downtimes=(),
        pools=(),
        files=(),
        service_groups=(),
    )
    old, new = before or empty, after or empty
    old_routes, new_routes = NotificationRoutes(old), NotificationRoutes(new)
    old_entries, new_entries = _entries(old), _entries(new)
    values = tuple(_value_changes(old, new, old_entries, new_entries, new_routes))
    return EnvironmentChanges(
        known.environment,
        "added" if before is None else "removed" if after is None else "changed",
        tuple(_watches(new_entries, old_entries, new_routes)),
        tuple(_watches(old_entries, new_entries, old_routes)),
        values,
        tuple(_notified(old_routes, new_routes, values)),
        tuple(changed_records(old, new)),
    )


def _entries(plan: Plan) -> dict[Key, Entry]:
    return {(host, entry.name): entry for entry in plan.entries for host in entry.hosts}


def _watches(entries: _Entries, others: _Entries, routes: NotificationRoutes) -> Iterator[WatchChange]:
    """Yield the watches on hosts that `others` lacks."""
    hosts: dict[int, list[str]] = {}
    found: dict[int, Entry] = {}
    for key, entry in entries.items():
        if key not in others:
            found[id(entry)] = entry
            hosts.setdefault(id(entry), []).append(key[0])
    for number, entry in found.items():
        notifies = in_order(routes.of(entry))
        check = entry.check or entry.plugin
        yield WatchChange(entry.id, check, entry.owner, tuple(sorted(hosts[number])), notifies, entry.origin)


def _value_changes(
    old: Plan, new: Plan, old_entries: _Entries, new_entries: _Entries, routes: NotificationRoutes
) -> Iterator[ValueChange]:
    pairs: dict[tuple[int, int], tuple[Entry, Entry, list[str]]] = {}
    for key, entry in new_entries.items():
        before = old_entries.get(key)
        if before is not None:
            pairs.setdefault((id(before), id(entry)), (before, entry, []))[2].append(key[0])
    found: dict[ValueChange, list[str]] = {}
    for before, entry, hosts in pairs.values():
        for change in _differences(before, entry, old.site == new.site, routes):
            found.setdefault(change, []).extend(hosts)
    for change, on in found.items():
        yield replace(change, hosts=tuple(sorted(on)))


def _differences(before: Entry, entry: Entry, same_site: bool, routes: NotificationRoutes) -> Iterator[ValueChange]:
    notifies = in_order(routes.of(entry))
    reported = set()
    for change in changed_values(before, entry):
        reported.add(change.name)
        old, new = change.old, change.new
        yield ValueChange(
            entry.id,
            entry.owner,
            change.kind,
            change.name,
            old.text if old else change.unset,
            new.text if new else change.unset,
            change.effect,
            new.why if new else "",
            old.why if old and old.level == "override" and (not new or new.level != "override") else "",
            # The line of a default says less than that of the watch.
            new.origin if new and (new.level != "check" or new.kind == "threshold") else entry.origin,
            (),
            notifies,
        )
    for name, one, two in _of_watch(before, entry, reported, same_site):
        if one != two:
            yield ValueChange(
                entry.id,
                entry.owner,
                "watch",
                name,
                one or "none",
                two or "none",
                "",
                "",
                "",
                entry.origin,
                (),
                notifies,
            )


def _of_watch(before: Entry, entry: Entry, reported: Set[str], same_site: bool) -> Iterator[tuple[str, str, str]]:
    """Yield name, old and new of fields that no setting shows. reported: names of settings that differ."""
    for field in fields(Entry):
        name = field.name
        if name == "held_by" and "needs" in reported:
            continue
        if name not in _ELSEWHERE and name not in reported:
            yield name, _text(getattr(before, name)), _text(getattr(entry, name))
    yield "parts", "; ".join(map(part_text, before.parts)), "; ".join(map(part_text, entry.parts))
    explained = bool(reported) or not same_site
    if entry.plugin or not explained:
        yield "command", _command(before.command), _command(entry.command)
    if not explained:
        yield "pool", before.pool, entry.pool


def _text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else "" if value is None else str(value)


def _command(words: Iterable[Word]) -> str:
    return " ".join("".join(part if isinstance(part, str) else f"{{{part.name}}}" for part in word) for word in words)


def _notified(
    old: NotificationRoutes, new: NotificationRoutes, values: Iterable[ValueChange]
) -> Iterator[NotifiedChange]:
    more: Counter[Route] = Counter()
    fewer: Counter[Route] = Counter()
    none: frozenset[Route] = frozenset()
    for key in old.by_key.keys() | new.by_key.keys():
        before, after = old.by_key.get(key, none), new.by_key.get(key, none)
        if before != after:
            more.update(after - before)
            fewer.update(before - after)
    judged = {effect: _watches_by_route(values, effect) for effect in ("stricter", "looser")}
    for route in in_order({*more, *fewer, *judged["stricter"], *judged["looser"]}):
        yield NotifiedChange(
            route,
            more[route],
            fewer[route],
            len(judged["stricter"].get(route, ())),
            len(judged["looser"].get(route, ())),
        )


def _watches_by_route(values: Iterable[ValueChange], effect: str) -> dict[Route, set[tuple[str, str]]]:
    found: dict[Route, set[tuple[str, str]]] = {}
    for change in values:
        if change.effect == effect:
            for route in change.notifies:
                found.setdefault(route, set()).update((change.id, host) for host in change.hosts)
    return found
