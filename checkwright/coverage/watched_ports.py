"""Ports of a machine that its watches look at, from their options, and those that nobody watches."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from checkwright.coverage.coverage_model import Item
from checkwright.coverage.known_services import PLUGIN_PORTS, checks_for_port, usual_ports
from checkwright.inventory.facts_file import KnownMachine
from checkwright.registry.plan import Entry, Host, Plan

_URL = re.compile(r"(?P<scheme>https?)://(?:[^/@\s]*@)?(?P<host>\[[^\]]+\]|[^/:?#\s]+)(?::(?P<port>\d+))?")
_HOST_PORT = re.compile(r"(?P<host>\[[^\]]+\]|[^:/\s]+):(?P<port>\d{1,5})")
_PLACEHOLDER = re.compile(r"\{(label\.)?([\w.-]+)\}")
_DEFAULTS = {"http": 80, "https": 443}
_LOCAL = ("localhost", "0.0.0.0", "::", "::1")  # noqa: S104 - compared, not bound
#: Options that name the machine that a check looks at.
_TARGETS = ("host", "server", "url")


def unwatched_ports(
    plan: Plan, machines: Iterable[KnownMachine], ignored: frozenset[int] = frozenset()
) -> Iterator[Item]:
    """Yield the listening ports that no watch of their machine looks at, by port, program and roles."""
    hosts = {host.name: host for host in plan.hosts if not host.virtual}
    by_address = {host.address: host for host in hosts.values()}
    entries: dict[str, list[Entry]] = {}
    for entry in plan.entries:
        for name in entry.hosts:
            entries.setdefault(name, []).append(entry)
    found: dict[tuple[int, str, tuple[str, ...]], set[str]] = {}
    for machine in machines:
        host = hosts.get(machine.name) or by_address.get(machine.address)
        if host is None:
            continue
        watched = {port for entry in entries.get(host.name, ()) for port in ports_of(entry, host, plan)}
        for one in machine.listening:
            if one.port not in watched and one.port not in ignored:
                found.setdefault((one.port, one.program, host.roles), set()).add(host.name)
    for (port, program, roles), names in sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        number = f"{len(names)} host{'' if len(names) == 1 else 's'}"
        text = f"{port}{f' ({program})' if program else ''} on {number} of {', '.join(roles) or 'no role'}"
        checks = checks_for_port(port) or ("tcp_port",)
        yield Item(plan.environment, text, hosts=tuple(sorted(names)), checks=checks, port=port)


def ports_of(entry: Entry, host: Host, plan: Plan) -> frozenset[int]:
    """Return the ports of this host that an entry looks at."""
    found: set[int] = {plan.site.nrpe_port} if entry.transport == "nrpe" else set()
    if entry.plugin:
        return frozenset(found | set(_of_plugin(entry, host)))
    values = {
        setting.name.removeprefix("option "): _filled(setting.value, host)
        for setting in entry.settings
        if setting.name.startswith("option ")
    }
    targets = [values[name] for name in _TARGETS if values.get(name, "none") != "none"]
    elsewhere = targets and not any(_is_own(target, host) for target in targets)
    if elsewhere:
        return frozenset(found)
    explicit = {port for name, value in values.items() for port in _in_option(name, value, host)}
    return frozenset(found | (explicit or set(usual_ports(entry.check))))


def _of_plugin(entry: Entry, host: Host) -> Iterator[int]:
    words = [
        _filled("".join(part if isinstance(part, str) else f"{{{part.name}}}" for part in word), host)
        for word in entry.command
    ]
    ports = [int(after) for word, after in pairwise(words) if _is_port(word, after)]
    usual = PLUGIN_PORTS.get(os.path.basename(entry.plugin))
    yield from ports or ([usual] if usual else [])


def _is_port(word: str, after: str) -> bool:
    return word in ("-p", "--port", "-P") and after.isdecimal()


def _in_option(name: str, value: str, host: Host) -> Iterator[int]:
    """Yield the ports of this host in an option's value."""
    if "port" in name.split("_"):
        yield from (int(part) for part in re.split(r"[,\s]+", value) if part.isdecimal())
    for url in _URL.finditer(value):
        if _is_own_name(url["host"], host):
            yield int(url["port"]) if url["port"] else _DEFAULTS[url["scheme"]]
    for part in re.split(r"[,\s]+", value):
        pair = _HOST_PORT.fullmatch(part)
        if pair and _is_own_name(pair["host"], host):
            yield int(pair["port"])


def _is_own(target: str, host: Host) -> bool:
    """Return whether a host, a URL, HOST:PORT or a path of a socket is on this machine."""
    first = re.split(r"[,\s]+", target)[0]
    url = _URL.match(first)
    pair = _HOST_PORT.fullmatch(first)
    name = url["host"] if url else pair["host"] if pair else first
    return name.startswith("/") or _is_own_name(name, host)


def _is_own_name(name: str, host: Host) -> bool:
    name = name.strip("[]").lower()
    return name in (*_LOCAL, host.name.lower(), host.address.lower()) or name.startswith("127.")


def _filled(value: str, host: Host) -> str:
    names: Mapping[str, str] = {"host": host.name, "address": host.address}
    return _PLACEHOLDER.sub(
        lambda match: (host.labels if match[1] else names).get(match[2], match[0]),
        value,
    )


def listening(machines: Sequence[KnownMachine]) -> bool:
    """Return whether a snapshot knows ports at all."""
    return any(machine.listening for machine in machines)
