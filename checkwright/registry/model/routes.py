"""Who is told by a Sensu: handlers, and which of them each level of notification goes to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from checkwright.registry.model import settings
from checkwright.registry.model.base import (
    Frozen,
    RegistryError,
    here,
    require_absolute,
    require_all,
    require_name,
    require_text,
    short_repr,
)
from checkwright.registry.plan import Origin

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)


class Handler(Frozen):
    """A program that Sensu runs for an event: `Handler("pager", ("/opt/shop/bin/page",), secrets=("PAGER_KEY",))`.

    It reads the event as JSON on its standard input; the owner's e-mail, pager, the runbook and more are annotations
    of its check, so one handler serves all teams. command: executable and arguments, literal text. assets: names of
    the Sensu assets that hold it; then the executable need not be a path. env: variables; no place for a secret.
    secrets: names of Sensu's Secret resources, each of which comes as the variable of that name. filters: names of
    further event filters that Sensu has. timeout: how long it may take. Raises RegistryError for a wrong value.
    """

    __slots__ = ("assets", "command", "env", "filters", "name", "origin", "secrets", "timeout")
    name: str
    command: tuple[str, ...]
    assets: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    secrets: tuple[str, ...]
    filters: tuple[str, ...]
    timeout: int
    origin: Origin

    def __init__(
        self,
        name: str,
        command: tuple[str, ...],
        *,
        assets: tuple[str, ...] = (),
        env: Mapping[str, str] | None = None,
        secrets: tuple[str, ...] = (),
        filters: tuple[str, ...] = (),
        timeout: str = "30s",
    ) -> None:
        origin = here(2)
        what = f"Handler {require_name('Handler', name, origin)}"
        held = require_all(f"{what}: assets", assets, str, origin)
        self._set(
            name=name,
            command=argv(what, command, origin, on_path=bool(held)),
            assets=held,
            env=settings.variables(f"{what}: env", env or {}, origin),
            secrets=tuple(
                _variable(f"{what}: secrets", one, origin) for one in require_all(what, secrets, str, origin)
            ),
            filters=require_all(f"{what}: filters", filters, str, origin),
            timeout=settings.duration(f"{what}: timeout", timeout, origin),
            origin=origin,
        )

    def __repr__(self) -> str:
        return f"Handler({self.name!r})"


class Routes(Frozen):
    """What each level of notification means in a Sensu: `Routes(page=(pager, "log"), ticket=(tickets,))`.

    page, office_hours, ticket: handlers, ours or the names of those that Sensu has. A level that watches use must have
    one. metrics: handlers that get what checks measure. repeat: how often a problem that stays is told again to page
    and office_hours, "" for never. time_zone: that of all Hours. flapping: percentages of change below and above which
    Sensu calls a check steady or flapping. Raises RegistryError for a wrong value.
    """

    __slots__ = ("flapping", "metrics", "office_hours", "origin", "page", "repeat", "ticket", "time_zone")
    page: tuple[Handler | str, ...]
    office_hours: tuple[Handler | str, ...]
    ticket: tuple[Handler | str, ...]
    metrics: tuple[Handler | str, ...]
    repeat: int
    time_zone: str
    flapping: tuple[int, int]
    origin: Origin

    def __init__(
        self,
        *,
        page: tuple[Handler | str, ...] = (),
        office_hours: tuple[Handler | str, ...] = (),
        ticket: tuple[Handler | str, ...] = (),
        metrics: tuple[Handler | str, ...] = (),
        repeat: str = "1h",
        time_zone: str = "UTC",
        flapping: tuple[int, int] = (0, 0),
    ) -> None:
        origin = here(2)
        given = {"page": page, "office_hours": office_hours, "ticket": ticket, "metrics": metrics}
        handlers = {level: _handlers(f"Routes: {level}", one, origin) for level, one in given.items()}
        self._set(
            **handlers,
            repeat=settings.duration("Routes: repeat", repeat, origin) if repeat != "" else 0,
            time_zone=_zone(time_zone, origin),
            flapping=_percentages(flapping, origin),
            origin=origin,
        )
        _one_of_each_name(self.handlers(), origin)

    def handlers(self) -> tuple[Handler, ...]:
        """The handlers that are declared here, each once."""
        named_here = (*self.page, *self.office_hours, *self.ticket, *self.metrics)
        return tuple(dict.fromkeys(one for one in named_here if isinstance(one, Handler)))

    def __repr__(self) -> str:
        return "Routes(...)"


def argv(what: str, command: object, origin: Origin, *, on_path: bool = False) -> tuple[str, ...]:
    """A command as words of literal text. Raises RegistryError unless its executable is an absolute path."""
    if isinstance(command, str):
        raise RegistryError(f'{what}: the command is text, and must be words such as ("/bin/program", "-v")', origin)
    words = require_all(f"{what}: the command", command, str, origin, called="text")
    for word in words:
        require_text(f"{what}: the command", word, origin)
    if not words or not words[0]:
        raise RegistryError(f"{what}: the command is empty", origin)
    if not on_path:
        require_absolute(f"{what}: the executable", words[0], origin)
    return words


def _handlers(what: str, value: object, origin: Origin) -> tuple[Handler | str, ...]:
    if not isinstance(value, tuple | list):
        raise RegistryError(f"{what} is {short_repr(value)}, not a tuple of handlers: mind the comma in (x,)", origin)
    for one in value:
        if isinstance(one, str):
            require_name(what, one, origin)
        elif not isinstance(one, Handler):
            raise RegistryError(f"{what} holds {short_repr(one)}, which is no Handler and no handler's name", origin)
    if len({one if isinstance(one, str) else one.name for one in value}) < len(value):
        raise RegistryError(f"{what} names one handler twice", origin)
    return tuple(value)


def _one_of_each_name(handlers: tuple[Handler, ...], origin: Origin) -> None:
    seen: dict[str, Handler] = {}
    for one in handlers:
        if (other := seen.setdefault(one.name, one)) is not one:
            message = f"Routes: two handlers are called {one.name}, at lines {other.origin.line} and {one.origin.line}"
            raise RegistryError(message, origin)


def _zone(value: object, origin: Origin) -> str:
    name = require_text("Routes: time_zone", value, origin)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f'Routes: time_zone is {name!r}, which is no zone that this machine knows, such as "Europe/Berlin"'
        raise RegistryError(message, origin) from None
    return name


def _percentages(value: object, origin: Origin) -> tuple[int, int]:
    if isinstance(value, tuple) and len(value) == 2 and all(type(one) is int and 0 <= one <= 100 for one in value):
        low, high = value
        if low < high or (low, high) == (0, 0):
            return low, high
    message = f"Routes: flapping is {short_repr(value)}, and must be two percentages, the lower first, such as (20, 40)"
    raise RegistryError(message, origin)


def _variable(what: str, name: object, origin: Origin) -> str:
    if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
        raise RegistryError(f"{what} has {short_repr(name)}, which is no name of an environment variable", origin)
    return name
