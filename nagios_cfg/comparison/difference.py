"""Difference between two configurations, as both comparisons return it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Change:
    """One object that was added, removed or changed.

    The kinds "hosts" and "services" are changes that many objects share; the name is then a number: "all 302".
    `on` lists the hosts or groups of a service and is "" for other objects. `settings` maps a directive to its value
    before and after; None means that the directive is not set.
    """

    what: Literal["added", "removed", "changed"]
    kind: str
    name: str
    on: str
    settings: Mapping[str, tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True)
class NotificationChange:
    """Change of the hosts and services that one contactgroup is notified of in one timeperiod.

    `owner` is the team after which the contactgroup is named. `more` and `less` count hosts and services.
    """

    owner: str
    contactgroup: str
    period: str
    more: int
    less: int


@dataclass(frozen=True, slots=True)
class Watched:
    """Names that are watched only after the change (`gained`) or only before it (`lost`).

    A service is "HOST: DESCRIPTION".
    """

    gained: tuple[str, ...]
    lost: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """All differences between two configurations. A service counts once for each host that it is on."""

    changes: tuple[Change, ...]
    hosts: Watched
    services: Watched
    notifications: tuple[NotificationChange, ...]

    def __bool__(self) -> bool:
        """Return True when anything differs.

        `changes` alone is not enough: `compare_live` lists no objects for hosts and services that come or go.
        """
        come_or_gone = (*self.hosts.gained, *self.hosts.lost, *self.services.gained, *self.services.lost)
        return bool(self.changes or come_or_gone or self.notifications)
