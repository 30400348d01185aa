"""Watches: one check, or one program that is not ours, applied to a role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Generic, TypeVar, Unpack, overload

from checkwright.core.check import Check
from checkwright.core.gauges import Limit, MetricRef
from checkwright.core.options import FromHost
from checkwright.registry.model import settings as _settings
from checkwright.registry.model.base import (
    Frozen,
    RegistryError,
    here,
    require_absolute,
    require_name,
    require_one_of,
    require_text,
    short_repr,
)
from checkwright.registry.model.settings import Settings
from checkwright.registry.plan import Origin, Per

C = TypeVar("C", bound=Check)
T = TypeVar("T")

_LABEL_KINDS = (str, int, float)


class AnyWatch(Frozen):
    """What a Watch and a Plugin have in common. `settings` are those that were stated, kept as `settings.read` does."""

    __slots__ = ("name", "origin", "per", "settings")
    name: str
    per: Per
    settings: dict[str, Any]
    origin: Origin

    def _take(self, name: object, per: object, given: Mapping[str, object], origin: Origin) -> None:
        owner = f"{type(self).__name__} {name}"
        require_name(type(self).__name__, name, origin)
        require_one_of(f"{owner}: per", per, Per, origin)
        kept = _settings.read(owner, given, origin)
        if per == "role" and kept.get("where") == "host":
            raise RegistryError(f'{owner}: per="role" runs on the monitoring server, so where="host" cannot be', origin)
        where, transport = kept.get("where", "host"), kept.get("transport")
        if where == "central" and transport in ("local", "nrpe"):
            message = f'{owner}: where="central" reaches no machine, so transport={transport!r} cannot be'
            raise RegistryError(message, origin)
        if where not in ("host", "central") and transport:
            message = f"{owner}: where={where!r} is a pool, whose workers run it, so transport={transport!r} cannot be"
            raise RegistryError(f"{message}; a host's pool= says who asks its NRPE", origin)
        self._set(name=name, per=per, settings=kept, origin=origin)


class Watch(AnyWatch, Generic[C]):
    """One check applied to a role: `Watch(Disk(paths=("/",)), Disk.space.at(warn=75), every="5m")`.

    check: the check with its options. limits: thresholds of its gauges, the last that matches an item wins.
    name: what it is called, the check's name unless said; unique on every host that it reaches.
    per: "host" runs once for each of the role's hosts, "role" once for all, on the monitoring server.
    Raises RegistryError for a wrong value.
    """

    __slots__ = ("check", "limits")
    check: C
    limits: tuple[Limit[C], ...]

    def __init__(
        self, check: C, *limits: Limit[C], name: str = "", per: Per = "host", **settings: Unpack[Settings]
    ) -> None:
        origin = here(2)
        if not isinstance(check, Check):
            hint = f": write {check.__name__}(...)" if isinstance(check, type) else ""
            raise RegistryError(f"Watch is given {short_repr(check)}, which is no check{hint}", origin)
        only_limits("Watch", limits, origin)
        for limit in limits:
            if not isinstance(check, limit.check):
                who, whose = type(check).__name__, limit.check.__name__
                raise RegistryError(f"Watch of {who} is given a limit on {whose}.{limit.gauge}", origin)
        self._take(name or check.title(), per, settings, origin)
        self._set(check=check, limits=limits)

    def __repr__(self) -> str:
        return f"Watch({self.check!r}, name={self.name!r})"


class Plugin(AnyWatch):
    """A watch that runs a program which is not ours: any plugin of Nagios's kind.

    `Plugin("/usr/lib/nagios/plugins/check_smtp", "-H", "{address}", name="smtp", every="5m")` stands among a
    role's watches as it is. It takes the settings of a Watch, and no limits: its thresholds are its arguments.
    path: absolute. arguments: text, each one word, in which placeholders hold.
    Raises RegistryError for a wrong value.
    """

    __slots__ = ("arguments", "path")
    path: str
    arguments: tuple[str, ...]

    def __init__(self, path: str, *arguments: str, name: str, per: Per = "host", **settings: Unpack[Settings]) -> None:
        origin = here(2)
        require_absolute("Plugin", path, origin)
        for argument in arguments:
            require_text(f"Plugin {name}: an argument", argument, origin)
        self._take(name, per, settings, origin)
        self._set(path=path, arguments=arguments)

    def __repr__(self) -> str:
        return f"Plugin({self.path!r}, name={self.name!r})"


def only_limits(owner: str, limits: Iterable[object], origin: Origin) -> None:
    """Raise RegistryError when something else stands among the limits."""
    for limit in limits:
        if isinstance(limit, MetricRef):
            name = f"{limit.check.__name__}.{limit.gauge.name}"
            raise RegistryError(
                f"{owner} is given {name} without thresholds: write {name}.at(warn=..., crit=...)", origin
            )
        if not isinstance(limit, Limit):
            raise RegistryError(f"{owner} is given {short_repr(limit)}, and a limit is made by GAUGE.at(...)", origin)


@overload
def label(name: str) -> str: ...
@overload
def label(name: str, kind: type[T]) -> T: ...
def label(name: str, kind: Any = str) -> Any:
    """In place of an option's value: the host's label of this name, read as `kind` (str, int or float).

    Raises RegistryError.
    """
    origin = here(2)
    require_name("label", name, origin)
    if kind not in _LABEL_KINDS:
        raise RegistryError(f"label({name!r}): {short_repr(kind)} is none of str, int, float", origin)
    return FromHost(name, kind)
