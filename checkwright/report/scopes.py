"""Counts grouped by environment and role: the machines of a role are one service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from checkwright.latency.counts import Counts, merged

Relearn = Callable[[Mapping[str, int]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Group:
    """Counts of one role in one environment. total: times with the client's network, None where nobody counts them."""

    environment: str
    role: str
    server: Counts
    total: Counts | None

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
    found = [
        Group(
            environment,
            role,
            merged(measures["server"], relearn),
            merged(measures["total"], relearn) if measures["total"] else None,
        )
        for (environment, role), measures in by_key.items()
    ]
    return sorted(found, key=lambda group: (-group.server.requests, group.environment, group.role))
