"""Names of hosts in the names and commands of their services: one watch for many hosts instead of one for each."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from checkwright.migrate.draft import Program
from checkwright.migrate.nagios.common import Placed
from nagios_cfg.reader import Live

#: Number of hosts from which a name with their names in it is a pattern, and no coincidence.
_MANY = 3
_SHORTEST = 3
_EDGES = " -_.:/()[]"


def names_without_host(live: Live) -> dict[tuple[str, str], str]:
    """Return new names for services whose names hold that of the host, by (host, name).

    "Disk of web-1" on web-1, "Disk of web-2" on web-2, and so on, are "Disk of". A name that another service of a host
    has already is not taken.
    """
    taken = {(service.host, service.name) for service in live.services}
    patterns: dict[str, set[tuple[str, str]]] = {}
    for service in live.services:
        pattern = _pattern(service.host)
        if pattern is not None and pattern.search(service.name):
            rest = " ".join(pattern.sub(" ", service.name).split()).strip(_EDGES)
            if rest:
                patterns.setdefault(rest, set()).add((service.host, service.name))
    found: dict[tuple[str, str], str] = {}
    for rest, services in patterns.items():
        hosts = {host for host, _ in services}
        if len(hosts) == len(services) >= _MANY and not any((host, rest) in taken for host in hosts):
            found |= dict.fromkeys(services, rest)
    return found


def with_placeholders(placed: Iterable[Placed], hosts: Mapping[str, tuple[str, str]]) -> None:
    """Replace names and addresses of hosts in commands by placeholders, where that makes commands alike.

    hosts: name in the live configuration and address, by name in the project.
    """
    families: dict[object, list[Placed]] = {}
    for one in placed:
        if isinstance(one.watch.runs, Program):
            runs = one.watch.runs
            key = (one.watch.name, one.team, one.watch.settings, runs.path, len(runs.arguments))
            families.setdefault(key, []).append(one)
    for family in families.values():
        before = [_arguments(one) for one in family]
        if len(set(before)) < _MANY:
            continue
        after = [tuple(_with_host(word, one.host, *hosts[one.host]) for word in _arguments(one)) for one in family]
        if len(set(after)) < len(set(before)):
            for one, words in zip(family, after, strict=True):
                assert isinstance(one.watch.runs, Program)  # noqa: S101 - the families are of programs
                one.watch = replace(one.watch, runs=Program(one.watch.runs.path, words))


def _with_host(word: str, called: str, name: str, address: str) -> str:
    # {host} is the name in the project, so it replaces only a name that an import does not change.
    if called == name and (pattern := _pattern(name)) is not None:
        word = pattern.sub("{host}", word)
    if address != name and (pattern := _pattern(address)) is not None:
        word = pattern.sub("{address}", word)
    return word


def _pattern(name: str) -> re.Pattern[str] | None:
    if len(name) < _SHORTEST:
        return None
    return re.compile(rf"(?<![A-Za-z0-9_{{-]){re.escape(name)}(?![A-Za-z0-9_}}-])")


def _arguments(one: Placed) -> tuple[str, ...]:
    return one.watch.runs.arguments if isinstance(one.watch.runs, Program) else ()
