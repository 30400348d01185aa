"""Counts grouped by environment and role: the machines of a role are one service."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from checkwright.latency.counts import Counts, merged

Relearn = Callable[[Mapping[str, int]], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Group:
    """Counts of one role in one environment.

    server: times of the server. total: times with the client's network, None if nobody counts them. only_total: the
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


class Gathered:
    """Sum of counts of single logs, by environment and role. Parts are added as they come and are not kept."""

    def __init__(self) -> None:
        self._sums: dict[tuple[str, str], dict[tuple[str, int], Counts]] = {}

    @property
    def roles(self) -> list[str]:
        return sorted({role for _, role in self._sums})

    def add(self, part: Counts) -> None:
        """Add the counts of one log. Raises DuplicateCounts if a slot of a log comes twice."""
        header = part.headers[0]
        sums = self._sums.setdefault((header.environment, header.role), {})
        # Hours stay apart from slots of five minutes, which they would make as coarse.
        sums.setdefault((header.measure, part.step), Counts(step=part.step)).add(part)

    def join(self, other: Gathered) -> None:
        """Add another sum, such as that of another process. Raises DuplicateCounts."""
        for key, sums in other._sums.items():
            mine = self._sums.setdefault(key, {})
            for about, one in sums.items():
                if about in mine:
                    mine[about].add(one)
                else:
                    mine[about] = one

    def groups(self, relearn: Relearn | None = None, *, role: str = "", last: float = 0.0) -> list[Group]:
        """Return the groups, those with the most requests first.

        relearn: see `checkwright.latency.counts.merged`. role: only this one. last: only so many seconds before the
        end of the newest counts. Raises DuplicateCounts.
        """
        chosen = {key: sums for key, sums in self._sums.items() if role in ("", key[1])}
        if last:
            every = [one for sums in chosen.values() for one in sums.values()]
            end = max((start + one.step for one in every for start in one.slots), default=0)
            chosen = {
                key: {about: _since(one, end - last) for about, one in sums.items()} for key, sums in chosen.items()
            }
        found = [_group(*key, sums, relearn) for key, sums in chosen.items()]
        return sorted(found, key=lambda group: (-group.server.requests, group.environment, group.role))


def grouped(parts: Iterable[Counts], relearn: Relearn | None = None) -> list[Group]:
    """Return the groups of counts of single logs, see Gathered. Raises DuplicateCounts."""
    gathered = Gathered()
    for part in parts:
        gathered.add(part)
    return gathered.groups(relearn)


def _group(environment: str, role: str, sums: Mapping[tuple[str, int], Counts], relearn: Relearn | None) -> Group:
    server = [one for (measure, _), one in sorted(sums.items()) if measure == "server" and one.slots]
    total = [one for (measure, _), one in sorted(sums.items()) if measure == "total" and one.slots]
    if not server:
        return Group(environment, role, merged(total, relearn), None, only_total=bool(total))
    return Group(environment, role, merged(server, relearn), merged(total, relearn) if total else None)


def _since(counts: Counts, start: float) -> Counts:
    """Return the counts with only the slots that begin at or after a moment."""
    found = Counts(counts.headers, counts.step)
    found.slots = {at: slot for at, slot in counts.slots.items() if at >= start}
    found.sources = {
        source: {key: name for key, name in starts.items() if key[0] >= start}
        for source, starts in counts.sources.items()
    }
    return found
