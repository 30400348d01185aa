"""Routes: the handlers to which Sensu sends each level of notification."""

from __future__ import annotations

from collections.abc import Mapping

from checkwright.registry.model import settings
from checkwright.registry.model.base import (
    Declaration,
    RegistryError,
    here,
    require_absolute,
    require_all,
    require_name,
    require_text,
    require_zone,
    short_repr,
)
from checkwright.registry.plan import Origin


class Handler(Declaration):
    """Program that Sensu runs for an event.

        Handler("pager", ("/opt/shop/bin/page",), secrets=("PAGER_KEY",))

    It reads the event as JSON on standard input. Annotations of the check hold the owner's e-mail address and pager,
    the runbook and more, so one handler serves all teams. For a keepalive, which reports the state of a machine, and
    for an escalation, the variables CHECKWRIGHT_TEAM, CHECKWRIGHT_EMAIL and CHECKWRIGHT_PAGER name the recipient. A
    keepalive has its annotations in the metadata of the event, not of the check.

    command: executable and arguments, literal text. assets: names of the Sensu assets that contain it; the executable
    may then be a bare name. env: environment variables, not for secrets. secrets: names of Sensu's Secret resources,
    each becomes the variable of that name. filters: names of further event filters in Sensu. timeout: its
    longest duration. Raises RegistryError for an invalid value.
    """

    __slots__ = ("assets", "command", "env", "filters", "name", "secrets", "timeout")
    name: str
    command: tuple[str, ...]
    assets: tuple[str, ...]
    env: tuple[tuple[str, str], ...]
    secrets: tuple[str, ...]
    filters: tuple[str, ...]
    timeout: int

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
        own_assets = require_all(f"{what}: assets", assets, str, origin)
        self._set(
            name=name,
            command=argv(what, command, origin, bare_name=bool(own_assets)),
            assets=own_assets,
            env=settings.variables(f"{what}: env", env or {}, origin),
            secrets=tuple(
                settings.require_variable(f"{what}: secrets has", one, origin)
                for one in require_all(what, secrets, str, origin)
            ),
            filters=require_all(f"{what}: filters", filters, str, origin),
            timeout=settings.duration(f"{what}: timeout", timeout, origin),
            origin=origin,
        )


class Routes(Declaration):
    """Handlers of each level of notification in Sensu.

        Routes(page=(pager, "log"), ticket=(tickets,))

    page, office_hours, ticket: handlers, declared here, or named if Sensu has them already. Every level that a
    watch uses needs one. metrics: handlers of measurements. repeat: interval of further notifications while a problem
    of level page or office-hours lasts, "" for none. time_zone: time zone of all Hours. flapping: percentages of state
    changes, below which Sensu considers a check steady and above which flapping.
    Raises RegistryError for an invalid value.
    """

    __slots__ = ("flapping", "metrics", "office_hours", "page", "repeat", "ticket", "time_zone")
    page: tuple[Handler | str, ...]
    office_hours: tuple[Handler | str, ...]
    ticket: tuple[Handler | str, ...]
    metrics: tuple[Handler | str, ...]
    repeat: int
    time_zone: str
    flapping: tuple[int, int]

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
        levels = {"page": page, "office_hours": office_hours, "ticket": ticket, "metrics": metrics}
        handlers = {level: _handlers(f"Routes: {level}", one, origin) for level, one in levels.items()}
        self._set(
            **handlers,
            repeat=settings.duration("Routes: repeat", repeat, origin) if repeat != "" else 0,
            time_zone=require_zone("Routes: time_zone", time_zone, origin),
            flapping=_percentages(flapping, origin),
            origin=origin,
        )
        _require_distinct_names(self.handlers(), origin)

    def handlers(self) -> tuple[Handler, ...]:
        """Return the handlers that are declared here, each once."""
        handlers = (*self.page, *self.office_hours, *self.ticket, *self.metrics)
        return tuple(dict.fromkeys(one for one in handlers if isinstance(one, Handler)))


def argv(what: str, command: object, origin: Origin, *, bare_name: bool = False) -> tuple[str, ...]:
    """Return a command as a tuple of words. Raises RegistryError.

    bare_name: the executable need not be an absolute path.
    """
    if isinstance(command, str):
        raise RegistryError(f'{what}: the command is text, and must be words such as ("/bin/program", "-v")', origin)
    words = require_all(f"{what}: the command", command, str, origin, called="text")
    for word in words:
        require_text(f"{what}: the command", word, origin)
    if not words or not words[0]:
        raise RegistryError(f"{what}: the command is empty", origin)
    if not bare_name:
        require_absolute(f"{what}: the executable", words[0], origin)
    return words


def _handlers(what: str, value: object, origin: Origin) -> tuple[Handler | str, ...]:
    if not isinstance(value, tuple | list):
        raise RegistryError(f"{what} is {short_repr(value)}, not a tuple of handlers: mind the comma in (x,)", origin)
    for one in value:
        if isinstance(one, str):
            require_name(what, one, origin)
        elif not isinstance(one, Handler):
            raise RegistryError(f"{what} contains {short_repr(one)}, which is not a Handler or the name of one", origin)
    if len({one if isinstance(one, str) else one.name for one in value}) < len(value):
        raise RegistryError(f"{what} names one handler twice", origin)
    return tuple(value)


def _require_distinct_names(handlers: tuple[Handler, ...], origin: Origin) -> None:
    seen: dict[str, Handler] = {}
    for one in handlers:
        if (other := seen.setdefault(one.name, one)) is not one:
            lines = f"at lines {other.origin.line} and {one.origin.line}"
            raise RegistryError(f"Routes: two handlers have the name {one.name}, {lines}", origin)


def _percentages(value: object, origin: Origin) -> tuple[int, int]:
    if isinstance(value, tuple) and len(value) == 2 and all(type(one) is int and 0 <= one <= 100 for one in value):
        low, high = value
        if low < high or (low, high) == (0, 0):
            return low, high
    message = f"Routes: flapping is {short_repr(value)}, and must be two percentages, the lower first, such as (20, 40)"
    raise RegistryError(message, origin)
