"""What changes from one set of object files to another, object by object, and what that means for people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from nagios_cfg.deployment.watched_objects import Inventory, Settings, definitions, inventory
from nagios_cfg.objects import Definition

#: Where an object is declared moves with every line added above it, and changes nothing that Nagios does.
IGNORED = frozenset(("_ORIGIN",))


@dataclass(frozen=True, slots=True)
class Change:
    """One object that was added, removed or changed.

    `on` says on which hosts or groups a service is, "" for others. `settings` are directives with their value
    before and after, None where there is none.
    """

    what: Literal["added", "removed", "changed"]
    kind: str
    name: str
    on: str
    settings: Mapping[str, tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True)
class Told:
    """A contactgroup, a notification period, and about how many hosts and services it is told more, and no longer.

    `owner` is the team of which the contactgroup is named.
    """

    owner: str
    contactgroup: str
    period: str
    more: int
    less: int


@dataclass(frozen=True, slots=True)
class Watched:
    """Names that are watched now, and those that are no longer; of services "HOST: DESCRIPTION"."""

    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """All that differs; services are counted once for each host that they are on."""

    changes: tuple[Change, ...]
    hosts: Watched
    services: Watched
    told: tuple[Told, ...]

    def __bool__(self) -> bool:
        """Whether anything differs. What others wrote has no changes of its own where it comes or goes as a whole."""
        gone_or_come = (*self.hosts.gained, *self.hosts.lost, *self.services.gained, *self.services.lost)
        return bool(self.changes or gone_or_come or self.told)


def compare(before: Mapping[str, str], after: Mapping[str, str]) -> Difference:
    """Compare two sets of object files, as {path: text}; in which file an object stands does not matter.

    Raises Unreadable for files that `render` did not make.
    """
    old, new = definitions(before), definitions(after)
    was, will = inventory(old), inventory(new)
    return Difference(
        tuple(sorted(_changes(old, new), key=lambda change: (change.kind, change.name, change.on, change.what))),
        _watched(was.hosts, will.hosts),
        _watched(*({f"{host}: {name}" for host, name in one.services} for one in (was, will))),
        tuple(_told(was, will)),
    )


def _changes(old: list[Definition], new: list[Definition]) -> Iterator[Change]:
    pairs, old, new = _paired(old, new, _identity)
    # A service that moved to other hosts is the same one when it still does the same.
    moved, old, new = _paired(old, new, _deed)
    for before, after in (*pairs, *moved):
        settings = _differing(before.settings, after.settings)
        if settings:
            yield Change("changed", _kind(after), after.name, _on(after), settings)
    for gone in old:
        yield Change("removed", _kind(gone), gone.name, _on(gone), _differing(gone.settings, {}))
    for come in new:
        yield Change("added", _kind(come), come.name, _on(come), _differing({}, come.settings))


def _paired(
    old: Iterable[Definition], new: Iterable[Definition], key: Callable[[Definition], Hashable]
) -> tuple[list[tuple[Definition, Definition]], list[Definition], list[Definition]]:
    """Pair what has the same key, in order; return the pairs and what is left on either side."""
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


def _deed(one: Definition) -> Hashable:
    return one.kind, one.template, one.name, one.settings.get("check_command") if one.kind == "service" else None


def _kind(one: Definition) -> str:
    return f"{one.kind} template" if one.template else one.kind


def _on(one: Definition) -> str:
    if one.kind != "service":
        return ""
    return ", ".join(filter(None, (one.settings.get("hostgroup_name"), one.settings.get("host_name"))))


def _differing(before: Settings, after: Settings) -> dict[str, tuple[str | None, str | None]]:
    return {
        directive: (before.get(directive), after.get(directive))
        for directive in dict.fromkeys((*before, *after))
        if before.get(directive) != after.get(directive) and directive not in IGNORED
    }


def _watched(before: Iterable[str], after: Iterable[str]) -> Watched:
    old, new = set(before), set(after)
    return Watched(tuple(sorted(new - old)), tuple(sorted(old - new)))


def _told(was: Inventory, will: Inventory) -> Iterator[Told]:
    old, new = set(_audience(was)), set(_audience(will))
    more, less = (Counter((group, period) for *_, group, period in some) for some in (new - old, old - new))
    for group, period in sorted({*more, *less}):
        # Contactgroups are named TEAM.MEANS.ENVIRONMENT.
        yield Told(group.rsplit(".", 2)[0], group, period, more[group, period], less[group, period])


def _audience(watched: Inventory) -> Iterator[tuple[str, str, str, str]]:
    """Host, service ("" for the host itself), contactgroup and period, for all that somebody is told about."""
    everything = [*(((name, ""), settings) for name, settings in watched.hosts.items()), *watched.services.items()]
    for (host, name), settings in everything:
        if settings.get("notifications_enabled") != "0":
            for group in filter(None, settings.get("contact_groups", "").split(",")):
                yield host, name, group.strip(), settings.get("notification_period", "")
