"""What an import keeps in mind while it reads: what the caller wants, and each namespace in the making."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from checkwright.migrate.draft import DraftWatch
from checkwright.migrate.report import Thing
from checkwright.migrate.sensu.handler_levels import Told
from checkwright.migrate.sensu.role_hooks import Hooks
from checkwright.migrate.sensu.role_members import Place
from sensu.reading.check_definitions import Check
from sensu.reading.machines import Machine

#: Who answers for a role of which nobody said it.
NOBODY = "operations"


@dataclass(frozen=True, slots=True)
class Carried:
    """A check that became a watch. `kept` says why a program stays, "" where a check of ours does the same."""

    check: Check
    thing: Thing
    environment: str
    role: str
    watch: str
    kept: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the caller decides. `environment` is that of objects without a namespace, `levels` those of handlers.

    `keep_plugins`: no check of ours takes the place of a program.
    """

    project: str
    source: str
    environment: str = "default"
    levels: Mapping[str, str] = field(default_factory=dict)
    keep_plugins: bool = False


@dataclass(slots=True)
class Namespace:
    """One namespace in the making: its machines with their labels, its roles with their watches and machines.

    `stands_for` says of each role what it was made for; `without_hosts` are roles that something is watched of once.
    """

    name: str
    machines: dict[str, Machine] = field(default_factory=dict)
    things: dict[str, Thing] = field(default_factory=dict)
    roles: dict[str, dict[str, DraftWatch]] = field(default_factory=dict)
    owners: dict[str, Counter[str]] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    without_hosts: set[str] = field(default_factory=set)
    carried: list[Carried] = field(default_factory=list)
    routes: Told = field(default_factory=Told)
    hooks: Hooks = field(default_factory=Hooks)
    stands_for: dict[str, tuple[str, str]] = field(default_factory=dict)

    def named(self, place: Place) -> Place:
        """The place, with a role of another name where something else has that name already."""
        role, number = place.role, 2
        while self.stands_for.setdefault(role, place.of) != place.of:
            role, number = f"{place.role}-{number}", number + 1
        return replace(place, role=role)
