"""Settings: how a watch runs and whom it tells. A watch states them, an override changes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from checkwright.registry.model import durations
from checkwright.registry.model.base import (
    RegistryError,
    did_you_mean,
    here,
    require_all,
    require_name,
    require_one_of,
    require_text,
    short_repr,
)
from checkwright.registry.model.hours import Hours
from checkwright.registry.model.pools import Pool, pool_name
from checkwright.registry.plan import Notify, Origin

#: How a machine is reached: by Nagios itself on the same machine, by NRPE, or it sends its results by itself.
Reach = Literal["local", "nrpe", "passive"]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}", re.ASCII)
_MOST_ATTEMPTS = 1_000
_LONGEST_DEADLINE = 86_400


class Settings(TypedDict, total=False):
    """Durations are text: 30s, 5m, 1h30m, 1d."""

    #: How often it runs; how soon again while a bad result is not yet certain; how many bad results make it so.
    every: str
    retry: str
    attempts: int
    #: How long the check itself may take; each layer outside gives 2 s more.
    deadline: str
    notify: Notify
    #: Hours in which nobody is notified.
    quiet: tuple[Hours, ...]
    #: "host", on the machine itself; "central", by the monitoring server; or in a pool, itself or its name.
    where: str | Pool
    #: How the machine is reached, where it is not as the site says.
    transport: Reach
    runbook: str
    #: Environment variables that the check is given; no place for a secret.
    env: Mapping[str, str]
    #: The account as which it runs on its machine, by sudo: root, postgres. Unless said, the one that runs all others.
    run_as: str


#: What holds when nobody says anything. where, transport and runbook follow from the role and the site, and
#: run_as is the site's account.
DEFAULTS: Mapping[str, Any] = {
    "every": 60,
    "retry": 30,
    "attempts": 3,
    "deadline": 10,
    "notify": "page",
    "quiet": (),
    "where": "host",
    "env": (),
}
DEFAULTS_ORIGIN = here(1)
_DURATIONS = ("every", "retry", "deadline")


def read(owner: str, given: Mapping[str, object], origin: Origin) -> dict[str, Any]:
    """Settings as they are kept: durations in whole seconds, quiet as Hours, env as sorted pairs.

    Raises RegistryError for an unknown setting or a wrong value.
    """
    return {name: _read_one(owner, name, value, origin) for name, value in given.items()}


def duration(what: str, value: object, origin: Origin) -> int:
    """Whole seconds. Raises RegistryError, about `what`, for anything but a duration."""
    try:
        return durations.seconds(require_text(what, value, origin))
    except ValueError as error:
        raise RegistryError(f"{what}: {error}", origin) from None


def format_setting(name: str, value: Any) -> str:
    """A kept value as a person reads it: `5m`, `office-hours`, `none`."""
    if name in _DURATIONS:
        return durations.shown(value)
    if name == "quiet":
        return ", ".join(hours.name for hours in value) or "never"
    if name == "env":
        return ", ".join(f"{key}={said}" for key, said in value) or "none"
    return str(value)


def _read_one(owner: str, name: str, value: object, origin: Origin) -> Any:
    what = f"{owner}: {name}"
    if name not in Settings.__annotations__:
        known = tuple(Settings.__annotations__)
        raise RegistryError(f"{owner} has no setting {name!r}{did_you_mean(name, known)}", origin)
    if name in _DURATIONS:
        total = duration(what, value, origin)
        if name == "deadline" and total > _LONGEST_DEADLINE:
            raise RegistryError(f"{what} is {short_repr(value)}, and a day is the longest deadline", origin)
        return total
    if name == "attempts":
        if type(value) is not int or not 1 <= value <= _MOST_ATTEMPTS:
            raise RegistryError(
                f"{what} is {short_repr(value)}, and must be a number from 1 to {_MOST_ATTEMPTS}", origin
            )
        return value
    if name == "quiet":
        return tuple(sorted(require_all(what, value, Hours, origin), key=lambda hours: hours.name))
    if name == "env":
        return variables(what, value, origin)
    if name == "where":
        return require_name(what, pool_name(what, value, origin), origin)
    if name == "runbook":
        return require_text(what, value, origin)
    if name == "run_as":
        return account(what, value, origin)
    return require_one_of(what, value, {"notify": Notify, "transport": Reach}[name], origin)


def account(what: str, value: object, origin: Origin) -> str:
    """The name of an account on a machine. Raises RegistryError."""
    if not _ACCOUNT.fullmatch(require_text(what, value, origin)):
        raise RegistryError(f"{what} is {short_repr(value)}, which is no name of an account such as root", origin)
    return str(value)


def variables(what: str, value: object, origin: Origin) -> tuple[tuple[str, str], ...]:
    """Environment variables as sorted pairs. Raises RegistryError."""
    if not isinstance(value, Mapping):
        raise RegistryError(f'{what} is {short_repr(value)}, not variables such as {{"LC_ALL": "C"}}', origin)
    for key in value:
        if not isinstance(key, str) or not _VARIABLE.fullmatch(key):
            raise RegistryError(f"{what} sets {short_repr(key)}, which is no name of an environment variable", origin)
    return tuple(sorted((key, require_text(f"{what} {key}", said, origin)) for key, said in value.items()))
