"""Counts grouped by environment and role: the machines of a role are one service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from checkwright.latency.counts import Counts, merged

Relearn = Callable[[Mapping[str, int]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Group:
    """Counts of one role in one environment.

    server: times of the server. total: times with the client's network, None where nobody counts them. only_total: the
    logs have no times of the server, so `server` has the total ones.
    """

    environment: str
    role: str
    server: Counts
    total: Counts | None
    only_total: bool = False

    @property
    def hosts(self) -> tuple[str, ...]:
        return tuple(sorted({header.host for header in self.server.headers}))


def grouped(parts: Iterable[Counts], relearn: Relearn | None = None) -> list[Group]:
    """Return the groups of counts of single logs, those with the most requests first.

    relearn: see `checkwright.latency.counts.merged`. Raises DuplicateCounts where a slot of a log comes twice.
    """
    by_key: dict[tuple[str, str], dict[str, list[Counts]]] = {}
    for part in parts:
        header = part.headers[0]
        measures = by_key.setdefault((header.environment, header.role), {"server": [], "total": []})
        measures[header.measure].append(part)
    found = [_group(*key, by_key[key]["server"], by_key[key]["total"], relearn) for key in by_key]
    return sorted(found, key=lambda group: (-group.server.requests, group.environment, group.role))


def _group(environment: str, role: str, server: list[Counts], total: list[Counts], relearn: Relearn | None) -> Group:
    if not server:
        return Group(environment, role, merged(total, relearn), None, only_total=True)
    return Group(environment, role, merged(server, relearn), merged(total, relearn) if total else None)
