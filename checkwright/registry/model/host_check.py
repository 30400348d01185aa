"""State of hosts: how Nagios finds out that a host is up, and whom it notifies when it is down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypedDict, Unpack, get_args

from checkwright.registry.model.base import (
    Declaration,
    RegistryError,
    did_you_mean,
    here,
    require_absolute,
    require_all,
    require_one_of,
    require_text,
    short_repr,
)
from checkwright.registry.model.settings import read
from checkwright.registry.model.team import Team
from checkwright.registry.plan import HostEvent, Notify, Origin

if TYPE_CHECKING:
    from checkwright.registry.model.role import Role  # a role has a host check itself

#: ping: ICMP. tcp, http: a connection to `port`. nrpe: the NRPE daemon answers. none: the host is assumed to be up.
Kind = Literal["ping", "tcp", "http", "nrpe", "none"]

_PORTS: Mapping[str, int] = {"http": 80}


class HostSettings(TypedDict, total=False):
    """Keyword arguments of HostCheck. Omitted ones keep the value of an earlier HostCheck."""

    #: Interval between two checks, 5m by default.
    every: str
    #: Interval after a failed check, 30s by default.
    retry: str
    #: Number of failed checks until somebody is notified, 3 by default.
    attempts: int
    #: Interval between notifications of a host that stays down, such as 30m, or "once". An hour by default.
    renotify: str
    #: Time from the alert to the first notification; 0s by default.
    notify_after: str
    #: Events that notify: down, unreachable, recovery, flapping, downtime. By default down, recovery, flapping.
    notify_on: Sequence[HostEvent]
    #: Level of notification. By default that of the most urgent watch on the host.
    notify: Notify
    #: Team that is notified. By default all teams with watches on the host.
    owner: Team


class HostCheck(Declaration):
    """State of the hosts of a role or an environment.

        HostCheck("tcp", port=22, attempts=5, role=web, host="web-*")

    runs: ping (the default of Nagios's hosts here), tcp, http, nrpe or none; or a plugin, as a tuple of its absolute
    path and arguments, which may contain placeholders such as {address}. port: of tcp and http. role, host: the hosts
    to which it applies, by default all; host may be a shell pattern. why: the reason. settings: see HostSettings.
    `Role(host_check=...)` has one, `Environment(host_checks=(...))` several; the last one that states a value wins.
    Sensu uses keepalives of its agents instead.
    Raises RegistryError for an invalid value.
    """

    __slots__ = ("hosts", "role", "settings", "why")
    role: Role | None
    hosts: tuple[str, ...]
    #: Stated values by name: `command` is a tuple of words, `owner` a Team, durations are seconds.
    settings: Mapping[str, Any]
    why: str

    def __init__(
        self,
        runs: Kind | tuple[str, ...] | None = None,
        *,
        port: int | None = None,
        role: Role | None = None,
        host: str | tuple[str, ...] = (),
        why: str = "",
        **settings: Unpack[HostSettings],
    ) -> None:
        origin = here(2)
        if role is not None and not hasattr(role, "watches"):
            raise RegistryError(f"HostCheck: role is {short_repr(role)}, not a Role", origin)
        command = {} if runs is None else {"runs": _runs(runs, port, origin)}
        if port is not None and runs not in ("tcp", "http"):
            raise RegistryError(f"HostCheck: port is for tcp and http, not for {short_repr(runs)}", origin)
        values = command | _settings(dict(settings), origin)
        if not values:
            raise RegistryError("HostCheck states nothing: name a check such as 'ping', or a setting", origin)
        self._set(
            role=role,
            hosts=(host,)
            if isinstance(host, str)
            else require_all("HostCheck: host", host, str, origin, called="text"),
            settings=values,
            why=require_text("HostCheck: why", why, origin).strip(),
            origin=origin,
        )

    def __repr__(self) -> str:
        return f"HostCheck({', '.join(self.settings)})"


def _runs(runs: object, port: object, origin: Origin) -> tuple[str, ...]:
    """Return (kind, port) or the argv of a plugin."""
    if isinstance(runs, tuple | list):
        if not runs:
            raise RegistryError("HostCheck: the plugin is empty", origin)
        require_absolute("HostCheck: the plugin", runs[0], origin)
        return tuple(require_text("HostCheck: an argument", word, origin) for word in runs)
    kind = require_one_of("HostCheck: the check", runs, Kind, origin)
    if kind not in ("tcp", "http"):
        return (kind,)
    number = _PORTS.get(kind) if port is None else port
    if type(number) is not int or not 0 < number < 65_536:
        raise RegistryError(f"HostCheck: port is {short_repr(number)}, and must be a number from 1 to 65535", origin)
    return (kind, str(number))


def _settings(settings: dict[str, object], origin: Origin) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in settings.items():
        if name not in HostSettings.__annotations__:
            known = tuple(HostSettings.__annotations__)
            raise RegistryError(f"HostCheck has no setting {name!r}{did_you_mean(name, known)}", origin)
        if name == "owner":
            if not isinstance(value, Team):
                raise RegistryError(f"HostCheck: owner is {short_repr(value)}, not a Team", origin)
            values[name] = value
        elif name == "notify":
            values[name] = require_one_of("HostCheck: notify", value, Notify, origin)
        elif name == "notify_on":
            values[name] = _events(value, origin)
        else:
            values |= read("HostCheck", {name: value}, origin)
    return values


def _events(value: object, origin: Origin) -> tuple[HostEvent, ...]:
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        raise RegistryError(f"HostCheck: notify_on is {short_repr(value)}, not words such as ('down',)", origin)
    words = {require_one_of("HostCheck: notify_on", word, HostEvent, origin) for word in value}
    if not words & {"down", "unreachable"}:
        message = "HostCheck: notify_on has neither down nor unreachable: use notify='nobody' to notify nobody"
        raise RegistryError(message, origin)
    return tuple(word for word in get_args(HostEvent) if word in words)
