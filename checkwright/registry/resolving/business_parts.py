"""Business services of an environment: the services that their parts consist of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from checkwright.core.check import Check
from checkwright.registry import plan
from checkwright.registry.model.business_service import BusinessService
from checkwright.registry.model.watches import AnyWatch
from checkwright.registry.plan import Entry

Found = tuple[Entry, AnyWatch, Check | None]


@dataclass(frozen=True, slots=True)
class _Watched:
    members: tuple[tuple[str, str], ...]
    oldest: int


def with_parts(found: Iterable[Found], roles: Iterable[object]) -> list[Found]:
    """Return the entries; those of business services with the members of their parts.

    A part that nothing watches in the environment is left out: a rule reports it.
    """
    entries = list(found)
    services = {role.name: role for role in roles if isinstance(role, BusinessService)}
    if not services:
        return entries
    watched: dict[str, _Watched] = {}
    for entry, _, _ in entries:
        before = watched.get(entry.id, _Watched((), 0))
        members = (*before.members, *((host, entry.name) for host in entry.hosts))
        # Two results may be lost before the age of one counts.
        oldest = max(before.oldest, 3 * entry.interval + entry.deadline)
        watched[entry.id] = _Watched(members, oldest)
    return [
        (_with_parts(entry, services[entry.role], watched) if entry.role in services else entry, watch, check)
        for entry, watch, check in entries
    ]


def _with_parts(entry: Entry, service: BusinessService, watched: Mapping[str, _Watched]) -> Entry:
    return replace(entry, summary=service.summary or entry.summary, parts=tuple(_parts(service, watched)))


def _parts(service: BusinessService, watched: Mapping[str, _Watched]) -> Iterable[plan.Part]:
    for part in service.parts:
        known = tuple(id for id in part.watches if id in watched)
        members = tuple(sorted({member for one in known for member in watched[one].members}))
        if members:
            yield plan.Part(
                name=part.name,
                at_least=part.least_of(len(members)),
                oldest=max(watched[one].oldest for one in known),
                watches=known,
                members=members,
            )
