"""Pools: workers behind a gearmand that run checks in Nagios's stead, where Nagios itself cannot reach or keep up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Protocol

from checkwright.registry.model import durations
from checkwright.registry.model.base import (
    Frozen,
    RegistryError,
    here,
    require_absolute,
    require_all,
    require_name,
    require_text,
    short_repr,
)
from checkwright.registry.plan import Origin

#: gearmand takes any name, and its own clients, as the broker module, refuse a longer one. Bytes.
LONGEST_QUEUE = 512
#: Queues that gearman and mod_gearman use for something else; no pool's workers may take from these.
_FORBIDDEN = frozenset(["check_results", "dummy", "perfdata"])
_STATUS = "worker_"
#: Queues of a module that is not told of ours: a pool's workers may serve them too, but its checks need their own.
_SHARED = frozenset(["service", "host", "eventhandler", "notification"])
_SHARED_GROUPS = ("hostgroup_", "servicegroup_")
#: What `where=` means without a pool, and what the broker module reads as "not through gearman".
_WORDS = frozenset(["host", "central", "local"])
#: The broker module ends the host at the first colon, so there is no way to write an IPv6 address.
_SERVER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*(:[0-9]{1,5})?", re.ASCII)
_MOST_AT_ONCE = 5_000
#: Plugins that run whatever their arguments say: a worker, whose jobs come from a network, runs none of them. check_apt
#: hands options on to apt-get, of which APT::Update::Pre-Invoke is a command.
RUNS_ANY_COMMAND = frozenset(
    ["negate", "urlize", "check_apt", "check_by_ssh", "check_generic", "check_multi", "check_nrpe_by_ssh"]
)


class AnyRole(Protocol):
    """A Role, as far as a pool asks."""

    @property
    def name(self) -> str: ...
    @property
    def watches(self) -> tuple[Any, ...]: ...


class Pool(Frozen):
    """Workers that take their jobs from gearmand: `Pool("dc1", servers=("mon1.example.com",), workers=("w1", "w2"))`.

    A watch runs in it by `where="dc1"`, and all that the monitoring server would do for a host by that host's
    `pool="dc1"`: whether it is up, its NRPE, and its watches with where="central". An override's where= goes before a
    host's pool.
    servers: gearmands, HOST or HOST:PORT, as Nagios reaches them; all pools of an environment have the same. via:
    where its workers find them, if elsewhere, such as the end of a tunnel. workers: the machines on which they run.
    queues: the first is where its checks are put, POOL.ENVIRONMENT unless said; its workers take from all of them.
    key_file: mod_gearman's key, on Nagios's machine and on the workers; "" for none. plugins: folders of foreign
    plugins that its workers may run, the site's unless said. reaches: roles, names or patterns of hosts, and networks
    such as "10.9.0.0/16", that it can reach; everything unless said. at_once: checks that one worker runs at a time.
    max_age: how old a check may be that is still run, "" for any age. user: whom its workers run as.
    Raises RegistryError for a wrong value.
    """

    __slots__ = (
        "at_once",
        "key_file",
        "max_age",
        "name",
        "networks",
        "origin",
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
    origin: Origin

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
        reaches: tuple[AnyRole | str, ...] = (),
        at_once: int = 50,
        max_age: str = "",
        user: str = "nagios",
    ) -> None:
        origin = here(2)
        what = f"Pool {require_name('Pool', name, origin)}"
        if name in _WORDS:
            raise RegistryError(f"{what}: this name means something else in where=, so no pool can have it", origin)
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
            raise RegistryError(f"{what}: servers is empty; name the gearmand by HOST or HOST:PORT", origin)
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
            **_reach(f"{what}: reaches", reaches, origin),
        )

    def queues_in(self, environment: str) -> tuple[str, ...]:
        """Its queues, the one of its checks first."""
        return self.queues or (f"{self.name}.{environment}",)

    def may_run(self, plugin: str, default: str) -> bool:
        """Whether a plugin is in its folders; `default` is the site's, where it names none."""
        return any(plugin.startswith(f"{folder.rstrip('/')}/") for folder in self.plugins or (default,))

    def can_reach(self, host: str, address: str, roles: Iterable[str]) -> bool:
        """Whether it can reach a host, as far as it was said."""
        if not self.roles and not self.patterns and not self.networks:
            return True
        if not self.roles.isdisjoint(roles) or any(fnmatchcase(host, pattern) for pattern in self.patterns):
            return True
        try:
            where = ip_address(address)
        except ValueError:
            return False  # a name: no network tells
        return any(where in network for network in self.networks)

    def __repr__(self) -> str:
        return f"Pool({self.name!r})"


def pool_name(what: str, value: object, origin: Origin) -> str:
    """The name of a pool that was given as it is or by its name. Raises RegistryError."""
    return value.name if isinstance(value, Pool) else require_text(what, value, origin)


def queue_fault(name: str) -> str:
    """Why gearmand, one of its clients or Nagios would not take a queue's name as it is; "" where they would."""
    if not name:
        return "it is empty"
    if len(name.encode("utf-8", "surrogateescape")) > LONGEST_QUEUE:
        return f"it is longer than {LONGEST_QUEUE} bytes, which gearman's clients do not take"
    if not name.isprintable() or any(character.isspace() for character in name):
        return "it holds white space or control characters, at which gearmand's answers would be read wrongly"
    return ""


def reserved_fault(name: str, *, first: bool) -> str:
    """Why a pool cannot have this queue, because it is something else's; "" where it can. first: for its checks."""
    if name in _FORBIDDEN or name.startswith(_STATUS):
        return "mod_gearman uses it for something else"
    if first and (name in _SHARED or name.startswith(_SHARED_GROUPS)):
        return "mod_gearman puts jobs there that are no pool's; a pool's workers may serve it as a further queue"
    return "the broker module reads it as `not through gearman`" if name == "local" else ""


def _servers(what: str, servers: object, origin: Origin) -> tuple[str, ...]:
    found = require_all(what, servers, str, origin)
    for server in found:
        match = _SERVER.fullmatch(server)
        if match is None or not 1 <= int((match[1] or ":1")[1:]) <= 65_535:
            raise RegistryError(f"{what} has {short_repr(server)}, which is neither HOST nor HOST:PORT", origin)
    return tuple(dict.fromkeys(found))


def _seconds(what: str, value: object, origin: Origin) -> int:
    if not require_text(what, value, origin):
        return 0
    try:
        return durations.seconds(str(value))
    except ValueError as error:
        raise RegistryError(f"{what}: {error}", origin) from None


def _reach(what: str, given: object, origin: Origin) -> dict[str, object]:
    """Roles, patterns and networks, told apart."""
    roles, patterns, networks = [], [], []
    for one in require_all(what, given, object, origin):
        if isinstance(one, str):
            try:
                networks.append(ip_network(one))
                continue
            except ValueError as error:
                if "/" in one:
                    raise RegistryError(f"{what} has {one!r}, which is no network: {error}", origin) from None
            patterns.append(require_text(what, one, origin))
        elif isinstance(getattr(one, "name", None), str) and isinstance(getattr(one, "watches", None), tuple):
            roles.append(one.name)  # type: ignore[attr-defined]
        else:
            raise RegistryError(f"{what} has {short_repr(one)}, which is no Role, host or network", origin)
    return {"roles": frozenset(roles), "patterns": tuple(patterns), "networks": tuple(networks)}
