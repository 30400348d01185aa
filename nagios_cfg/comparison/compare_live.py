"""Comparison of any two configurations by what Nagios does with them: no object needs to be in both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from nagios_cfg.comparison.difference import Change, Difference, NotificationChange, Watched
from nagios_cfg.reader.effective import Effective, effective
from nagios_cfg.reader.live import Live

_Key = tuple[str, str]
_SHOWN = 3


def compare_live(
    before: Live,
    after: Live,
    renamed: Callable[[str], str],
    aliases: Mapping[str, tuple[str, ...]],
) -> Difference:
    """Compare the services of two configurations. The same change on many hosts is one change.

    `renamed` returns the name in `after` of a host or service of `before`. `aliases` are the mail aliases of `after`.
    """
    old = {(renamed(host), renamed(name)): (name, one) for (host, name), one in effective(before).items()}
    new = effective(after, aliases)
    changes = [*_services(old, new, before, after, renamed), *_hosts(before, after, renamed)]
    return Difference(
        tuple(sorted(changes, key=lambda change: (change.kind, change.name, change.on, change.what))),
        _watched({renamed(host) for host in before.hosts}, set(after.hosts)),
        _watched({f"{host}: {name}" for host, name in old}, {f"{host}: {name}" for host, name in new}),
        tuple(_notification_changes({key: one for key, (_, one) in old.items()}, new)),
    )


def _services(
    old: Mapping[_Key, tuple[str, Effective]],
    new: Mapping[_Key, Effective],
    before: Live,
    after: Live,
    renamed: Callable[[str], str],
) -> list[Change]:
    hosts = {renamed(name): host for name, host in before.hosts.items()}
    alike: dict[tuple[str, tuple[tuple[str, tuple[str | None, str | None]], ...]], list[str]] = {}
    for key in sorted(old.keys() & new.keys()):
        name, service = old[key]
        host, other = hosts[key[0]], after.hosts[key[0]]
        # Macros replace name and address, so that the same change on many hosts is one change.
        one = _with_macros(service, host.address, host.name).as_text()
        two = _with_macros(new[key], other.address, other.name).as_text()
        if not service.active and not new[key].active:
            one["every"] = two["every"]
        settings = {what: (one[what], two[what]) for what in one if one[what] != two[what]}
        differing = dict[str, tuple[str | None, str | None]](settings)
        if name != key[1]:
            differing["service_description"] = (name, key[1])
        if differing:
            alike.setdefault((key[1], tuple(differing.items())), []).append(key[0])
    return [Change("changed", "service", name, _on(on), dict(settings)) for (name, settings), on in alike.items()]


def _hosts(before: Live, after: Live, renamed: Callable[[str], str]) -> list[Change]:
    changes = []
    for name, host in before.hosts.items():
        other = after.hosts.get(renamed(name))
        if other is None:
            continue
        parents = ",".join(sorted(map(renamed, host.parents))), ",".join(other.parents)
        pairs = {"host_name": (name, other.name), "address": (host.address, other.address), "parents": parents}
        settings: dict[str, tuple[str | None, str | None]] = {
            what: (old or None, new or None) for what, (old, new) in pairs.items() if old != new
        }
        if settings:
            changes.append(Change("changed", "host", other.name, "", settings))
    return changes


def _with_macros(one: Effective, address: str, host: str) -> Effective:
    words = {address: "$HOSTADDRESS$", host: "$HOSTNAME$"}
    return replace(one, argv=tuple(words.get(word, word) for word in one.argv))


def _on(hosts: list[str]) -> str:
    more = f" and {len(hosts) - _SHOWN} more" if len(hosts) > _SHOWN else ""
    return ", ".join(hosts[:_SHOWN]) + more


def _watched(before: set[str], after: set[str]) -> Watched:
    return Watched(tuple(sorted(after - before)), tuple(sorted(before - after)))


def _notification_changes(
    before: Mapping[_Key, Effective], after: Mapping[_Key, Effective]
) -> list[NotificationChange]:
    old, new = (
        {(key, address, "; ".join(one.hours)) for key, one in some.items() for address in one.recipients}
        for some in (before, after)
    )
    more, less = (Counter((who, when) for _, who, when in some) for some in (new - old, old - new))
    return [
        NotificationChange(who, who, when, more[who, when], less[who, when]) for who, when in sorted({*more, *less})
    ]
