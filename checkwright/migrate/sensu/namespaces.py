"""State of an import: the caller's options, and each namespace under construction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from checkwright.migrate.draft import DraftWatch
from checkwright.migrate.report import Thing
from checkwright.migrate.sensu.handler_levels import HandlerLevels
from checkwright.migrate.sensu.role_hooks import Hooks
from checkwright.migrate.sensu.role_members import Place
from sensu.reading.check_definitions import Check
from sensu.reading.machines import Machine

#: Owner of a role without an owner.
NOBODY = "operations"


@dataclass(frozen=True, slots=True)
class Carried:
    """Check that became a watch. `kept` is the reason to keep the program, "" for an equivalent check.

    `has_secret`: its command had a secret, so no report shows that command.
    """

    check: Check
    thing: Thing
    environment: str
    role: str
    watch: str
    kept: str
    has_secret: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """Options of the caller. `environment` is for objects without a namespace, `levels` are by handler.

    `keep_plugins`: no check of the library replaces a program.
    """

    project: str
    source: str
    environment: str = "default"
    levels: Mapping[str, str] = field(default_factory=dict)
    keep_plugins: bool = False


@dataclass(slots=True)
class Namespace:
    """Namespace under construction: machines with their labels, roles with their watches and machines.

    `stands_for` is the origin of each role; `without_hosts` are roles with watches that run once for the role.
    `central` are the subscriptions of converted checks that run centrally.
    """

    name: str
    machines: dict[str, Machine] = field(default_factory=dict)
    things: dict[str, Thing] = field(default_factory=dict)
    roles: dict[str, dict[str, DraftWatch]] = field(default_factory=dict)
    owners: dict[str, Counter[str]] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    without_hosts: set[str] = field(default_factory=set)
    central: set[str] = field(default_factory=set)
    carried: list[Carried] = field(default_factory=list)
    routes: HandlerLevels = field(default_factory=HandlerLevels)
    hooks: Hooks = field(default_factory=Hooks)
    stands_for: dict[str, tuple[str, str]] = field(default_factory=dict)

    def agents_of(self, subscriptions: Iterable[str]) -> tuple[str, ...]:
        """Return the machines with an agent that has one of these subscriptions."""
        known = set(subscriptions)
        found = (
            name for name, one in self.machines.items() if not one.is_proxy and known.intersection(one.subscriptions)
        )
        return tuple(sorted(found))

    def named(self, place: Place) -> Place:
        """Return the place, with another role name where the name is taken."""
        role, number = place.role, 2
        while self.stands_for.setdefault(role, place.of) != place.of:
            role, number = f"{place.role}-{number}", number + 1
        return replace(place, role=role)
