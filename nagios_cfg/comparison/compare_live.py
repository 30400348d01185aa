"""Comparison of any two configurations by what Nagios does with them: no object needs to be in both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from nagios_cfg.comparison.difference import Change, Difference, NotificationChange, Watched
from nagios_cfg.reader.effective import Effective, Reader
from nagios_cfg.reader.live import Live
from nagios_cfg.reader.notified import Notified

#: A service as (host, description); a host as (host, "").
_Key = tuple[str, str]
_Settings = dict[str, str]
_Pair = tuple[str, str]
_Changes = dict[str, _Pair]
_SHOWN = 3
#: Number of objects from which a change that most of them share is named once.
_MANY = 5


def compare_live(
    before: Live,
    after: Live,
    renamed: Callable[[str], str],
    aliases: Mapping[str, tuple[str, ...]],
) -> Difference:
    """Compare the hosts and services of two configurations, by every directive of `directives.COMPARED`.

    The same change on many hosts is one change, and a change of most objects is named once for all of them.
    `renamed` returns the name in `after` of a host or service of `before`. `aliases` are the mail aliases of `after`.
    """
    old, new = _Side(before, {}, renamed), _Side(after, aliases, str)
    services = {key: _changed(one, new.services[key]) for key, one in old.services.items() if key in new.services}
    hosts = {(name, ""): _changed(one, new.hosts[name]) for name, one in old.hosts.items() if name in new.hosts}
    changes = [*_combined("service", services), *_combined("host", hosts)]
    return Difference(
        tuple(sorted(changes, key=lambda change: (change.kind, change.name, change.on, change.what))),
        _watched(set(old.hosts), set(new.hosts)),
        _watched(
            {f"{host}: {name}" for host, name in old.services}, {f"{host}: {name}" for host, name in new.services}
        ),
        tuple(_notification_changes(old.people, new.people)),
    )


class _Side:
    """Hosts and services of one side as text, by their names in the new configuration."""

    def __init__(self, live: Live, aliases: Mapping[str, tuple[str, ...]], renamed: Callable[[str], str]) -> None:
        reader = Reader(live, aliases, renamed)
        relations = reader.relations()
        self.hosts: dict[str, _Settings] = {}
        self.services: dict[_Key, _Settings] = {}
        #: Recipients of each host, as (host, ""), and of each service.
        self.people: dict[_Key, tuple[Notified, ...]] = {}
        for name, host in live.hosts.items():
            effect = reader.host(host)
            self.people[renamed(name), ""] = effect.notified
            self.hosts[renamed(name)] = {
                "host_name": name,
                **_with_macros(effect, host.address, name).as_text(),
                **reader.others_of_host(host),
                **relations.of(name),
            }
        for service in live.services:
            host, effect = live.hosts[service.host], reader.service(service)
            key = renamed(service.host), renamed(service.name)
            self.people[key] = effect.notified
            self.services[key] = {
                "service_description": service.name,
                # Macros replace name and address, so that the same change on many hosts is one change.
                **_with_macros(effect, host.address, host.name).as_text(),
                **reader.others_of_service(service),
                **relations.of(service.host, service.name),
                **relations.groups(service.host, service.name),
            }


def _changed(old: _Settings, new: _Settings) -> _Changes:
    # The interval of a passive object has no effect.
    ignored = ("every", "retry") if old["active"] == new["active"] == "no" else ()
    return {what: (old[what], new[what]) for what in old if old[what] != new[what] and what not in ignored}


def _combined(kind: str, changed: Mapping[_Key, _Changes]) -> list[Change]:
    """Return the changes: first those that most objects share, then the rest of each service on its hosts."""
    sharing: dict[tuple[str, _Pair], list[_Key]] = {}
    for key, settings in changed.items():
        for change in settings.items():
            sharing.setdefault(change, []).append(key)
    shared = {change: keys for change, keys in sharing.items() if len(keys) >= _MANY and 2 * len(keys) > len(changed)}
    found: list[Change] = []
    together: dict[tuple[_Key, ...], dict[str, tuple[str | None, str | None]]] = {}
    for (what, pair), keys in shared.items():
        together.setdefault(tuple(keys), {})[what] = pair
    for sharers, common in together.items():
        name = f"all {len(sharers)}" if len(sharers) == len(changed) else f"{len(sharers)} of {len(changed)}"
        found.append(Change("changed", f"{kind}s", name, "", common))
    alike: dict[tuple[str, tuple[tuple[str, _Pair], ...]], list[str]] = {}
    for (host, name), each in sorted(changed.items()):
        rest = tuple(change for change in each.items() if change not in shared)
        if rest:
            alike.setdefault((name, rest), []).append(host)
    for (name, rest), on in alike.items():
        found.append(Change("changed", kind, name or _on(on), _on(on) if name else "", dict(rest)))
    return found


def _with_macros(one: Effective, address: str, host: str) -> Effective:
    words = {address: "$HOSTADDRESS$", host: "$HOSTNAME$"}
    return replace(one, argv=tuple(words.get(word, word) for word in one.argv))


def _on(hosts: list[str]) -> str:
    more = f" and {len(hosts) - _SHOWN} more" if len(hosts) > _SHOWN else ""
    return ", ".join(hosts[:_SHOWN]) + more


def _watched(before: set[str], after: set[str]) -> Watched:
    return Watched(tuple(sorted(after - before)), tuple(sorted(before - after)))


def _notification_changes(
    before: Mapping[_Key, tuple[Notified, ...]], after: Mapping[_Key, tuple[Notified, ...]]
) -> list[NotificationChange]:
    old, new = ({(key, one.who, one.when) for key, all_ in some.items() for one in all_} for some in (before, after))
    more, less = (Counter((who, when) for _, who, when in some) for some in (new - old, old - new))
    return [
        NotificationChange(who, who, when, more[who, when], less[who, when]) for who, when in sorted({*more, *less})
    ]
