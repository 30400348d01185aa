"""Two configurations side by side that have not one object in common: by what Nagios does with each of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace

from nagios_cfg.deployment.diff import Change, Difference, Told, Watched
from nagios_cfg.reader.effective import Effective, effective
from nagios_cfg.reader.live import Live

_Key = tuple[str, str]
_SHOWN = 3


def compare_live(
    before: Live,
    after: Live,
    named: Callable[[str], str],
    aliases: Mapping[str, tuple[str, ...]],
) -> Difference:
    """What services do before and after; alike changes of many hosts are one.

    named: what a host or service of `before` is called in `after`. aliases: mail aliases in `after`.
    """
    was = {(named(host), named(name)): (name, one) for (host, name), one in effective(before).items()}
    will = effective(after, aliases)
    changes = [*_services(was, will, before, after, named), *_hosts(before, after, named)]
    return Difference(
        tuple(sorted(changes, key=lambda change: (change.kind, change.name, change.on, change.what))),
        _watched({named(host) for host in before.hosts}, set(after.hosts)),
        _watched({f"{host}: {name}" for host, name in was}, {f"{host}: {name}" for host, name in will}),
        tuple(_told({key: one for key, (_, one) in was.items()}, will)),
    )


def _services(
    was: Mapping[_Key, tuple[str, Effective]],
    will: Mapping[_Key, Effective],
    before: Live,
    after: Live,
    named: Callable[[str], str],
) -> list[Change]:
    hosts = {named(name): host for name, host in before.hosts.items()}
    alike: dict[tuple[str, tuple[tuple[str, tuple[str | None, str | None]], ...]], list[str]] = {}
    for key in sorted(was.keys() & will.keys()):
        name, old = was[key]
        host, other = hosts[key[0]], after.hosts[key[0]]
        # The address stands as a macro, so that what differs on many hosts in the same way is one change.
        one = _general(old, host.address, host.name).as_text()
        two = _general(will[key], other.address, other.name).as_text()
        if not old.active and not will[key].active:
            one["every"] = two["every"]
        settings = {what: (one[what], two[what]) for what in one if one[what] != two[what]}
        differing = dict[str, tuple[str | None, str | None]](settings)
        if name != key[1]:
            differing["service_description"] = (name, key[1])
        if differing:
            alike.setdefault((key[1], tuple(differing.items())), []).append(key[0])
    return [Change("changed", "service", name, _on(on), dict(settings)) for (name, settings), on in alike.items()]


def _hosts(before: Live, after: Live, named: Callable[[str], str]) -> list[Change]:
    changes = []
    for name, host in before.hosts.items():
        other = after.hosts.get(named(name))
        if other is None:
            continue
        parents = ",".join(sorted(map(named, host.parents))), ",".join(other.parents)
        pairs = {"host_name": (name, other.name), "address": (host.address, other.address), "parents": parents}
        settings: dict[str, tuple[str | None, str | None]] = {
            what: (old or None, new or None) for what, (old, new) in pairs.items() if old != new
        }
        if settings:
            changes.append(Change("changed", "host", other.name, "", settings))
    return changes


def _general(one: Effective, address: str, host: str) -> Effective:
    words = {address: "$HOSTADDRESS$", host: "$HOSTNAME$"}
    return replace(one, argv=tuple(words.get(word, word) for word in one.argv))


def _on(hosts: list[str]) -> str:
    more = f" and {len(hosts) - _SHOWN} more" if len(hosts) > _SHOWN else ""
    return ", ".join(hosts[:_SHOWN]) + more


def _watched(before: set[str], after: set[str]) -> Watched:
    return Watched(tuple(sorted(after - before)), tuple(sorted(before - after)))


def _told(was: Mapping[_Key, Effective], will: Mapping[_Key, Effective]) -> list[Told]:
    old, new = (
        {(key, address, "; ".join(one.hours)) for key, one in some.items() for address in one.told}
        for some in (was, will)
    )
    more, less = (Counter((who, when) for _, who, when in some) for some in (new - old, old - new))
    return [Told(who, who, when, more[who, when], less[who, when]) for who, when in sorted({*more, *less})]
