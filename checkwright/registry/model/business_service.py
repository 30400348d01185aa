"""Services to the business: enough of their parts must work."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TypedDict, Unpack

from checkwright.core.catalog import find
from checkwright.registry.model.base import (
    Declaration,
    RegistryError,
    did_you_mean,
    here,
    require_all,
    require_name,
    require_text,
    short_repr,
)
from checkwright.registry.model.hours import Hours
from checkwright.registry.model.role import Role
from checkwright.registry.model.settings import read, watch_ids
from checkwright.registry.model.team import Team
from checkwright.registry.model.watches import AnyWatch, Watch
from checkwright.registry.plan import Notify, NotifyOn, Origin

#: Name of the only watch of a business service.
SERVICE = "service"
#: Check that judges the states of its parts.
CHECK = "quorum"
_PERCENT = re.compile(r"([1-9][0-9]?|100)%")


class ServiceSettings(TypedDict, total=False):
    """Settings of the watch of a business service: those of other watches, without the place where a check runs."""

    every: str
    retry: str
    attempts: int
    deadline: str
    notify: Notify
    quiet: tuple[Hours, ...]
    renotify: str
    notify_after: str
    notify_on: Sequence[NotifyOn]
    needs: tuple[str, ...]


#: Settings in place of those of other watches: the owners of the parts are paged, so this one gets a ticket.
_OWN: ServiceSettings = {"every": "30s", "notify": "ticket"}


class Part(Declaration):
    """Part of a business service: enough services of these watches must work.

        Part("web:http", at_least=2)

    watches: as ROLE:WATCH. The services of all of them, on all hosts, count together. at_least: the number that must
    work, or a share such as "50%", rounded up; all by default. Raises RegistryError for an invalid value.
    """

    __slots__ = ("at_least", "watches")
    watches: tuple[str, ...]
    at_least: int | str

    def __init__(self, *watches: str, at_least: int | str = "100%") -> None:
        origin = here(2)
        what = f"Part {', '.join(map(str, watches))}"
        if not watches:
            raise RegistryError("Part names no watch such as 'web:http'", origin)
        number = type(at_least) is int and at_least >= 1
        if not number and not (isinstance(at_least, str) and _PERCENT.fullmatch(at_least)):
            message = f"{what}: at_least is {short_repr(at_least)}, and must be a number or a share such as '50%'"
            raise RegistryError(message, origin)
        self._set(watches=watch_ids(what, watches, origin), at_least=at_least, origin=origin)

    @property
    def name(self) -> str:
        """Name in results: the watches, joined by +."""
        return "+".join(self.watches)

    def least_of(self, members: int) -> int:
        """Return the number of members that must work."""
        if isinstance(self.at_least, int):
            return self.at_least
        return math.ceil(members * int(self.at_least[:-1]) / 100)


class BusinessService(Role):
    """Service to the business, made of watches of several roles.

        BusinessService("checkout", owner=storefront, parts=(Part("api:api", at_least=2), "database:postgresql"))

    parts: Part, or the watch that must work on all its hosts, as text ROLE:WATCH. It works if all of its parts do.
    It is a role with one watch, `service`: attach it to environments with roles=(...). Watches may need it, as
    "checkout:service". settings: of that watch; by default it runs every 30s and notifies as a ticket, since the owners
    of the parts are paged. Raises RegistryError for an invalid value.
    """

    __slots__ = ("parts",)
    parts: tuple[Part, ...]

    def __init__(
        self,
        name: str,
        *,
        owner: Team,
        parts: tuple[Part | str, ...],
        runbook: str = "",
        summary: str = "",
        **settings: Unpack[ServiceSettings],
    ) -> None:
        origin = here(2)
        what = f"BusinessService {require_name('BusinessService', name, origin)}"
        if not isinstance(owner, Team):
            raise RegistryError(f"{what}: owner is {short_repr(owner)}, not a Team", origin)
        stated = require_all(f"{what}: parts", parts, Part | str, origin, called="Part")  # type: ignore[arg-type]
        if not stated:
            raise RegistryError(f"{what}: parts is empty", origin)
        for setting in settings:
            if setting not in ServiceSettings.__annotations__:
                guess = did_you_mean(setting, ServiceSettings.__annotations__)
                raise RegistryError(f"{what} has no setting {setting!r}{guess}", origin)
        read(what, settings, origin)  # an error names the line of this declaration
        self._set(
            name=name,
            owner=owner,
            parts=tuple(one if isinstance(one, Part) else _whole(what, one, origin) for one in stated),
            runbook=require_text(f"{what}: runbook", runbook, origin),
            summary=require_text(f"{what}: summary", summary, origin),
            watches=(_watch(settings, origin),),
            hooks=(),
            capacity=None,
            host_check=None,
            origin=origin,
        )


def _whole(what: str, watch: str, origin: Origin) -> Part:
    part = object.__new__(Part)
    part._set(watches=watch_ids(f"{what}: parts", (watch,), origin), at_least="100%", origin=origin)
    return part


def _watch(settings: ServiceSettings, origin: Origin) -> AnyWatch:
    values: ServiceSettings = {**_OWN, **settings}
    watch = Watch(find(CHECK)(), name=SERVICE, per="role", where="central", **values)
    watch._set(origin=origin)
    return watch
