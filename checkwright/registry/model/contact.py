"""People of a team with hours of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

from checkwright.registry.model.base import (
    Declaration,
    RegistryError,
    here,
    require_name,
    require_one_of,
    require_text,
    short_repr,
)
from checkwright.registry.model.channels import Channel, require_channels
from checkwright.registry.model.hours import Hours
from checkwright.registry.plan import HOST_EVENTS, NOTIFY_ON, HostEvent, NotifyOn, Origin

_PROBLEMS = frozenset(("warning", "critical", "unknown", "down", "unreachable"))


class Contact(Declaration):
    """One person of a team, with hours or events that differ from the team's.

        Team("shop", email="shop@example.com", contacts=(Contact("ada", email="ada@example.com", hours=evenings),))

        Contact("ada", email="ada@example.com", channels=(Sms(url="https://sms.example.com/", to=("+491700000000",)),))

    email, page: addresses, as those of a Team; pages go to the e-mail address without page. channels: as those of a
    Team, in place of the addresses of their level. hours: when this person is
    notified, at most in the hours of the watch; by default at all of them. on: events of watches (warning, critical,
    unknown, recovery, flapping, downtime). hosts: events of hosts (down, unreachable, recovery, flapping, downtime).
    () is none of them. For Nagios only.
    Raises RegistryError for an invalid value.
    """

    __slots__ = ("channels", "email", "hosts", "hours", "name", "on", "page")
    name: str
    email: str
    page: str
    channels: tuple[Channel, ...]
    hours: Hours | None
    on: tuple[NotifyOn, ...]
    hosts: tuple[HostEvent, ...]

    def __init__(
        self,
        name: str,
        *,
        email: str,
        page: str = "",
        channels: tuple[Channel, ...] = (),
        hours: Hours | None = None,
        on: Sequence[NotifyOn] = NOTIFY_ON,
        hosts: Sequence[HostEvent] = HOST_EVENTS,
    ) -> None:
        origin = here(2)
        what = f"Contact {require_name('Contact', name, origin)}"
        if hours is not None and not isinstance(hours, Hours):
            raise RegistryError(f"{what}: hours is {short_repr(hours)}, not Hours(...)", origin)
        if not require_text(f"{what}: email", email, origin):
            raise RegistryError(f"{what}: email is empty", origin)
        of_watches = tuple(word for word in get_args(NotifyOn) if word in _words(f"{what}: on", on, NotifyOn, origin))
        of_hosts = tuple(
            word for word in get_args(HostEvent) if word in _words(f"{what}: hosts", hosts, HostEvent, origin)
        )
        if not of_watches and not of_hosts:
            raise RegistryError(f"{what}: on and hosts are empty, so this person would never be notified", origin)
        self._set(
            name=name,
            email=email,
            page=require_text(f"{what}: page", page, origin),
            channels=require_channels(f"{what}: channels", channels, origin),
            hours=hours,
            on=of_watches,
            hosts=of_hosts,
            origin=origin,
        )


def _words(what: str, value: object, events: object, origin: Origin) -> set[str]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        raise RegistryError(f"{what} is {short_repr(value)}, not words such as ('critical', 'recovery')", origin)
    words = {require_one_of(what, word, events, origin) for word in value}
    if words and not words & _PROBLEMS:
        message = f"{what} has no problem such as {next(iter(get_args(events)))}, and a recovery alone never notifies"
        raise RegistryError(message, origin)
    return words
