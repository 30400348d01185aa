"""Which pool runs what: a watch's own, or that of its host."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from os.path import basename

from checkwright.registry.model.watches import AnyWatch, Plugin, Watch

#: What `where=` says without a pool.
WORDS = ("host", "central")
#: What looks at a gearmand stays with Nagios: it must not travel through what it watches.
_CHECKS = ("gearman",)
_PLUGINS = ("check_gearman", "check-gearman")


def stays(watch: AnyWatch) -> bool:
    """Whether a watch looks at a gearmand."""
    if isinstance(watch, Plugin):
        return any(name in basename(watch.path) for name in _PLUGINS)
    return isinstance(watch, Watch) and watch.check.title() in _CHECKS


def parts(
    variant: str, hosts: tuple[str, ...], pools: Mapping[str, str], taken: Container[str]
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """A group's hosts apart by their pools: each part with a name and its pool. The largest keeps the name `variant`.

    taken: the names of all groups of the watch.
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
