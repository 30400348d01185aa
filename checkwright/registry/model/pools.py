"""Pools: workers behind a gearmand that run checks in place of Nagios."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Protocol

from checkwright.registry.model import durations
from checkwright.registry.model.base import (
    Declaration,
    RegistryError,
    here,
    require_absolute,
    require_all,
    require_name,
    require_text,
    short_repr,
)
from checkwright.registry.plan import Origin

#: Longest name of a queue in bytes. gearmand accepts longer ones; its clients and the broker module do not.
LONGEST_QUEUE = 512
#: Queues that gearman and mod_gearman use themselves. Workers of a pool may not serve them.
_FORBIDDEN = frozenset(["check_results", "dummy", "perfdata"])
_STATUS = "worker_"
#: Queues of a broker module that knows no pools. Workers may serve them, but checks of a pool need another one.
_SHARED = frozenset(["service", "host", "eventhandler", "notification"])
_SHARED_GROUPS = ("hostgroup_", "servicegroup_")
#: Values of `where=` that are not pools, and the name with which the broker module leaves a check to Nagios.
_RESERVED = frozenset(["host", "central", "local"])
#: Without IPv6 addresses: the broker module ends the host at the first colon.
_SERVER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?", re.ASCII)
_MOST_AT_ONCE = 5_000
#: Plugins that run other commands. Workers refuse them, because their jobs come from a network. check_apt passes
#: options to apt-get, and its option APT::Update::Pre-Invoke is a command.
RUNS_ANY_COMMAND = frozenset(
    ["negate", "urlize", "check_apt", "check_by_ssh", "check_generic", "check_multi", "check_nrpe_by_ssh"]
)


class RoleLike(Protocol):
    """The attributes of a Role that a pool uses."""

    @property
    def name(self) -> str: ...
    @property
    def watches(self) -> tuple[Any, ...]: ...


class Pool(Declaration):
    """Workers that take their jobs from gearmand.

        Pool("dc1", servers=("mon1.example.com",), workers=("worker-1", "worker-2"))

    A watch runs in it by `where="dc1"`. A host with `pool="dc1"` is pinged from it, its NRPE is used from it, and its
    watches with where="central" run in it. An override's where= has precedence over a host's pool.

    servers: gearmands, HOST or HOST:PORT, as Nagios reaches them; all pools of an environment have the same. via: their
    addresses for the workers, if they differ, such as the end of a tunnel. workers: machines that run them. queues: the
    first one holds the pool's checks, by default POOL.ENVIRONMENT; workers serve all of them. key_file: mod_gearman's
    key, on Nagios's machine and on the workers; "" for none. plugins: folders of other plugins that workers may run, by
    default the site's. reaches: roles, names or patterns of hosts, and networks such as "10.9.0.0/16" that the workers
    can reach, by default everything. at_once: number of checks that one worker runs at a time. max_age: workers drop
    checks that waited longer, "" for never. user: account of the workers. Raises RegistryError for an invalid value.
    """

    __slots__ = (
        "at_once",
        "key_file",
        "max_age",
        "name",
        "networks",
        "patterns",
        "plugins",
        "queues",
        "roles",
        "servers",
        "user",
        "via",
        "workers",
    )
    name: str
    servers: tuple[str, ...]
    via: tuple[str, ...]
    workers: tuple[str, ...]
    queues: tuple[str, ...]
    key_file: str
    plugins: tuple[str, ...]
    roles: frozenset[str]
    patterns: tuple[str, ...]
    networks: tuple[IPv4Network | IPv6Network, ...]
    at_once: int
    max_age: int
    user: str

    def __init__(
        self,
        name: str,
        *,
        servers: tuple[str, ...],
        workers: tuple[str, ...] = (),
        queues: tuple[str, ...] = (),
        via: tuple[str, ...] = (),
        key_file: str = "/etc/checkwright/gearman.key",
        plugins: tuple[str, ...] = (),
        reaches: tuple[RoleLike | str, ...] = (),
        at_once: int = 50,
        max_age: str = "",
        user: str = "nagios",
    ) -> None:
        origin = here(2)
        what = f"Pool {require_name('Pool', name, origin)}"
        if name in _RESERVED:
            raise RegistryError(f"{what}: where= uses this name for something else, so choose another one", origin)
        if type(at_once) is not int or not 1 <= at_once <= _MOST_AT_ONCE:
            message = f"{what}: at_once is {short_repr(at_once)}, and must be a number from 1 to {_MOST_AT_ONCE}"
            raise RegistryError(message, origin)
        if require_text(f"{what}: key_file", key_file, origin):
            require_absolute(f"{what}: key_file", key_file, origin)
        for folder in require_all(f"{what}: plugins", plugins, str, origin):
            require_absolute(f"{what}: plugins", folder, origin)
        for worker in require_all(f"{what}: workers", workers, str, origin):
            require_name(f"{what}: the worker", worker, origin)
        if not servers:
            raise RegistryError(f"{what}: servers is empty: name the gearmand as HOST or HOST:PORT", origin)
        self._set(
            name=name,
            servers=_servers(f"{what}: servers", servers, origin),
            via=_servers(f"{what}: via", via, origin),
            workers=tuple(dict.fromkeys(workers)),
            queues=require_all(f"{what}: queues", queues, str, origin),
            key_file=key_file,
            plugins=tuple(plugins),
            at_once=at_once,
            max_age=_seconds(f"{what}: max_age", max_age, origin),
            user=require_name(f"{what}: the user", user, origin),
            origin=origin,
            **_parse_reaches(f"{what}: reaches", reaches, origin),
        )

    def queues_in(self, environment: str) -> tuple[str, ...]:
        """Return its queues, that of its checks first."""
        return self.queues or (f"{self.name}.{environment}",)

    def may_run(self, plugin: str, default: str) -> bool:
        """Return whether a plugin is in one of its folders. `default`: the site's folder."""
        return any(plugin.startswith(f"{folder.rstrip('/')}/") for folder in self.plugins or (default,))

    def can_reach(self, host: str, address: str, roles: Iterable[str]) -> bool:
        """Return whether `reaches` covers a host."""
        if not self.roles and not self.patterns and not self.networks:
            return True
        if not self.roles.isdisjoint(roles) or any(fnmatchcase(host, pattern) for pattern in self.patterns):
            return True
        try:
            ip = ip_address(address)
        except ValueError:
            return False  # a DNS name
        return any(ip in network for network in self.networks)


def pool_name(what: str, value: object, origin: Origin) -> str:
    """Return the name of a pool, given as a Pool or as its name. Raises RegistryError."""
    return value.name if isinstance(value, Pool) else require_text(what, value, origin)


def queue_fault(name: str) -> str:
    """Return why gearmand, its clients or Nagios cannot use a queue of this name, "" if they can."""
    if not name:
        return "it is empty"
    if len(name.encode("utf-8", "surrogateescape")) > LONGEST_QUEUE:
        return f"it is longer than {LONGEST_QUEUE} bytes, which gearman's clients refuse"
    if not name.isprintable() or any(character.isspace() for character in name):
        return "it contains white space or control characters, which break gearmand's text protocol"
    return ""


def reserved_fault(name: str, *, first: bool) -> str:
    """Return why a pool cannot have this queue because something else uses it, "" if it can.

    first: it is the queue of the pool's checks.
    """
    if name in _FORBIDDEN or name.startswith(_STATUS):
        return "mod_gearman uses it for something else"
    if first and (name in _SHARED or name.startswith(_SHARED_GROUPS)):
        return "mod_gearman puts other jobs there; a pool may have it as a further queue only"
    return "the broker module does not send checks of this queue to gearman" if name == "local" else ""


def _servers(what: str, servers: object, origin: Origin) -> tuple[str, ...]:
    found = require_all(what, servers, str, origin)
    for server in found:
        match = _SERVER.fullmatch(server)
        if match is None or not 1 <= int((match[1] or ":1")[1:]) <= 65_535:
            raise RegistryError(f"{what} has {short_repr(server)}, which is not HOST or HOST:PORT", origin)
    return tuple(dict.fromkeys(found))


def _seconds(what: str, value: object, origin: Origin) -> int:
    if not require_text(what, value, origin):
        return 0
    try:
        return durations.seconds(str(value))
    except ValueError as error:
        raise RegistryError(f"{what}: {error}", origin) from None


def _parse_reaches(what: str, values: object, origin: Origin) -> dict[str, object]:
    """Return roles, patterns and networks separately."""
    roles, patterns, networks = [], [], []
    for one in require_all(what, values, object, origin):
        if isinstance(one, str):
            try:
                networks.append(ip_network(one))
                continue
            except ValueError as error:
                if "/" in one:
                    raise RegistryError(f"{what} has {one!r}, which is not a network: {error}", origin) from None
            patterns.append(require_text(what, one, origin))
        elif isinstance(getattr(one, "name", None), str) and isinstance(getattr(one, "watches", None), tuple):
            roles.append(one.name)  # type: ignore[attr-defined]
        else:
            raise RegistryError(f"{what} has {short_repr(one)}, which is not a Role, a host or a network", origin)
    return {"roles": frozenset(roles), "patterns": tuple(patterns), "networks": tuple(networks)}
