"""Changes that one override makes to many watches, so that a reviewer reads them once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from checkwright.changes.changes_model import FleetChanges, ValueChange

#: Watches from which the changes of one override are named once.
_MANY = 5


@dataclass(frozen=True, slots=True)
class SharedChange:
    """Value that an override changes, or changed until now, in many watches of an environment.

    values: (old, new, number of watches), the most frequent first. why, past: as those of a ValueChange.
    """

    environment: str
    name: str
    watches: int
    values: tuple[tuple[str, str, int], ...]
    effects: tuple[str, ...]
    why: str
    past: str


def split_shared(changes: FleetChanges) -> tuple[list[SharedChange], FleetChanges]:
    """Return the changes that many watches of an environment share, and the changes without them."""
    shared: list[SharedChange] = []
    environments = []
    for environment in changes.environments:
        by_cause: dict[tuple[str, str, str, str], list[ValueChange]] = {}
        for one in environment.values:
            by_cause.setdefault((one.kind, one.name, one.why, one.past), []).append(one)
        rest: list[ValueChange] = []
        for (_, name, why, past), found in by_cause.items():
            ids = {one.id for one in found}
            if len(ids) < _MANY or not (why or past):
                rest += found
                continue
            numbers = Counter((one.old, one.new) for one in {one.id: one for one in found}.values())
            shared.append(
                SharedChange(
                    environment.environment,
                    name,
                    len(ids),
                    tuple((old, new, number) for (old, new), number in numbers.most_common()),
                    tuple(dict.fromkeys(one.effect for one in found if one.effect)),
                    why,
                    past,
                )
            )
        kept = set(map(id, rest))
        environments.append(replace(environment, values=tuple(v for v in environment.values if id(v) in kept)))
    return shared, replace(changes, environments=tuple(environments))
