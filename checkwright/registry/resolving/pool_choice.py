"""Choice of the pool that runs an entry: the watch's own, or that of its host."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from os.path import basename

from checkwright.registry.model.watches import AnyWatch, Plugin, Watch

#: Values of `where=` that name no pool.
NOT_POOLS = ("host", "central")
#: Checks of a gearmand stay with Nagios: they must not travel through the gearmand that they check.
_CHECKS = ("gearman",)
_PLUGINS = ("check_gearman", "check-gearman")


def watches_gearmand(watch: AnyWatch) -> bool:
    """Return whether a watch checks a gearmand."""
    if isinstance(watch, Plugin):
        return any(name in basename(watch.path) for name in _PLUGINS)
    return isinstance(watch, Watch) and watch.check.title() in _CHECKS


def split_by_pool(
    variant: str, hosts: tuple[str, ...], pools: Mapping[str, str], taken: Container[str]
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield a group's hosts by pool: a variant name, the hosts and the pool. The largest part keeps `variant`.

    pools: the pool of each host that has one. taken: the names of all groups of the watch.
    """
    if not pools:
        yield variant, hosts, ""
        return
    by_pool: dict[str, list[str]] = {}
    for host in hosts:
        by_pool.setdefault(pools.get(host, ""), []).append(host)
    first, *others = sorted(by_pool, key=lambda pool: (-len(by_pool[pool]), pool))
    yield variant, tuple(by_pool[first]), first
    for pool in others:
        name = "-".join(part for part in (variant, "in", pool or "central") if part)
        while name in taken:
            name += "-pool"
        yield name, tuple(by_pool[pool]), pool
