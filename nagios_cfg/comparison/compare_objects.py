"""Comparison of two sets of built object files, object by object, and its effect on notifications."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping

from nagios_cfg.comparison.difference import Change, Difference, NotificationChange, Watched
from nagios_cfg.comparison.watched_objects import Settings, WatchedObjects, read_definitions, watched_objects
from nagios_cfg.objects import Definition

#: The line of a declaration moves with every line added above it, and Nagios does nothing with it.
IGNORED = frozenset(("_ORIGIN",))


def compare(before: Mapping[str, str], after: Mapping[str, str]) -> Difference:
    """Compare two sets of object files, given as {path: text}. The file that holds an object does not matter.

    Raises Unreadable for files that `render` did not make.
    """
    old, new = read_definitions(before), read_definitions(after)
    old_watched, new_watched = watched_objects(old), watched_objects(new)
    return Difference(
        tuple(sorted(_changes(old, new), key=lambda change: (change.kind, change.name, change.on, change.what))),
        _watched(old_watched.hosts, new_watched.hosts),
        _watched(*({f"{host}: {name}" for host, name in one.services} for one in (old_watched, new_watched))),
        tuple(_notification_changes(old_watched, new_watched)),
    )


def _changes(old: list[Definition], new: list[Definition]) -> Iterator[Change]:
    pairs, old, new = _paired(old, new, _identity)
    # A service that moved to other hosts is the same service as long as it runs the same command.
    moved, old, new = _paired(old, new, _identity_when_moved)
    for before, after in (*pairs, *moved):
        settings = _changed_settings(before.settings, after.settings)
        if settings:
            yield Change("changed", _kind(after), after.name, _on(after), settings)
    for removed in old:
        yield Change("removed", _kind(removed), removed.name, _on(removed), _changed_settings(removed.settings, {}))
    for added in new:
        yield Change("added", _kind(added), added.name, _on(added), _changed_settings({}, added.settings))


def _paired(
    old: Iterable[Definition], new: Iterable[Definition], key: Callable[[Definition], Hashable]
) -> tuple[list[tuple[Definition, Definition]], list[Definition], list[Definition]]:
    """Pair definitions that have the same key, in order. Return the pairs, and the rest of `old` and of `new`."""
    waiting: dict[Hashable, list[Definition]] = {}
    for one in old:
        waiting.setdefault(key(one), []).append(one)
    pairs, unpaired = [], []
    for one in new:
        candidates = waiting.get(key(one))
        if candidates:
            pairs.append((candidates.pop(0), one))
        else:
            unpaired.append(one)
    return pairs, [one for left in waiting.values() for one in left], unpaired


def _identity(one: Definition) -> Hashable:
    return one.kind, one.template, one.name, _on(one)


def _identity_when_moved(one: Definition) -> Hashable:
    return one.kind, one.template, one.name, one.settings.get("check_command") if one.kind == "service" else None


def _kind(one: Definition) -> str:
    return f"{one.kind} template" if one.template else one.kind


def _on(one: Definition) -> str:
    if one.kind != "service":
        return ""
    return ", ".join(filter(None, (one.settings.get("hostgroup_name"), one.settings.get("host_name"))))


def _changed_settings(before: Settings, after: Settings) -> dict[str, tuple[str | None, str | None]]:
    return {
        directive: (before.get(directive), after.get(directive))
        for directive in dict.fromkeys((*before, *after))
        if before.get(directive) != after.get(directive) and directive not in IGNORED
    }


def _watched(before: Iterable[str], after: Iterable[str]) -> Watched:
    old, new = set(before), set(after)
    return Watched(tuple(sorted(new - old)), tuple(sorted(old - new)))


def _notification_changes(before: WatchedObjects, after: WatchedObjects) -> Iterator[NotificationChange]:
    old, new = set(_notifications(before)), set(_notifications(after))
    more, less = (Counter((group, period) for *_, group, period in some) for some in (new - old, old - new))
    for group, period in sorted({*more, *less}):
        # Contactgroups are named TEAM.CHANNEL.ENVIRONMENT.
        yield NotificationChange(group.rsplit(".", 2)[0], group, period, more[group, period], less[group, period])


def _notifications(watched: WatchedObjects) -> Iterator[tuple[str, str, str, str]]:
    """Yield host, service ("" for the host itself), contactgroup and period, for each object that notifies."""
    everything = [*(((name, ""), settings) for name, settings in watched.hosts.items()), *watched.services.items()]
    for (host, name), settings in everything:
        if settings.get("notifications_enabled") != "0":
            for group in filter(None, settings.get("contact_groups", "").split(",")):
                yield host, name, group.strip(), settings.get("notification_period", "")
