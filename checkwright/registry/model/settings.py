"""Settings of watches: schedule, notification, place. A watch states them, an override changes them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypedDict, get_args

from checkwright.registry.model import durations
from checkwright.registry.model.account import Account
from checkwright.registry.model.account import account_name as aws_account
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
from checkwright.registry.model.service_group import ServiceGroup
from checkwright.registry.plan import Notify, NotifyOn, Origin

#: The way to a machine: Nagios runs there itself, Nagios uses NRPE, or the machine sends its results.
HostTransport = Literal["local", "nrpe", "passive"]
Engine = Literal["nagios", "naemon"]

#: State of a run that its deadline ends.
Late = Literal["ok", "warning", "critical", "unknown"]

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_WATCH_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*:[A-Za-z0-9_][A-Za-z0-9_.-]*")
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]{0,31}", re.ASCII)
_MOST_ATTEMPTS = 1_000
_LONGEST_DEADLINE = 86_400


class AtLeast(int):
    """Lower limit of `every` in an override, in seconds: `at_least("5m")` creates it."""

    __slots__ = ()


def at_least(interval: str) -> AtLeast:
    """Return an interval for `Override(every=...)` that makes no watch run more often.

        Override(every=at_least("5m"), why="nobody looks at staging at night")

    A watch that runs every minute then runs every 5 minutes; one that runs every hour is left alone.
    Raises RegistryError.
    """
    return AtLeast(duration("at_least", interval, here(2)))


class Settings(TypedDict, total=False):
    """Keyword arguments of Watch, Plugin and Override. Durations are text: 30s, 5m, 1h30m, 1d."""

    #: Interval between two runs.
    every: str | AtLeast
    #: Interval after a bad result, until `attempts` results were bad and somebody is notified.
    retry: str
    attempts: int
    #: Time that the check itself may take. Each layer outside it allows 2 s more.
    deadline: str
    #: State of a run that its deadline ends: unknown by default. Checks of checkwright only, not foreign plugins.
    late: Late
    notify: Notify
    #: Hours when nobody is notified.
    quiet: tuple[Hours, ...]
    #: Interval between notifications of a problem that stays, such as 30m, or "once". An hour by default.
    renotify: str
    #: Time from the alert to the first notification: 10m notifies of problems that last ten minutes. 0s by default.
    notify_after: str
    #: Events that notify: warning, critical, unknown, recovery, flapping, downtime. All but downtime by default.
    notify_on: Sequence[NotifyOn]
    #: "host" runs on the machine, "central" on the monitoring server; or a pool or its name.
    where: str | Pool
    #: The way to the machine, where it differs from the site's.
    transport: HostTransport
    runbook: str
    #: Environment variables of the check. Not for secrets.
    env: Mapping[str, str]
    #: Account on the machine, by sudo, such as root or postgres. By default the site's account.
    run_as: str
    #: Watches as "ROLE:WATCH". While one of them fails, nobody is notified of this one, whose problem it explains.
    needs: tuple[str, ...]
    #: Servicegroups of Nagios, in addition to those of the owner and of the family.
    groups: tuple[ServiceGroup, ...]
    #: Account of AWS, or its name, of those that the environment names. By default the first. Checks of AWS only.
    account: str | Account


#: Defaults of settings. Those of where, transport and runbook follow from the role and the site, and that of
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
_DURATIONS = ("every", "retry", "deadline", "renotify", "notify_after")
#: Events of a watch, in the order of the plan.
_EVENTS: tuple[NotifyOn, ...] = get_args(NotifyOn)
ONCE = "once"
#: Text of empty `needs` and `groups`.
NOTHING = "nothing"


def read(owner: str, settings: Mapping[str, object], origin: Origin) -> dict[str, Any]:
    """Return checked settings: durations in seconds, quiet as a sorted tuple, env as sorted pairs.

    owner: the declaration, for messages. Raises RegistryError for an unknown setting or an invalid value.
    """
    return {name: _read_one(owner, name, value, origin) for name, value in settings.items()}


def duration(what: str, value: object, origin: Origin) -> int:
    """Return a duration in seconds. Raises RegistryError."""
    try:
        return durations.seconds(require_text(what, value, origin))
    except ValueError as error:
        raise RegistryError(f"{what}: {error}", origin) from None


def format_setting(name: str, value: Any) -> str:
    """Return a value from `read` as people read it: `5m`, `office-hours`, `none`."""
    if name == "renotify" and not value:
        return ONCE
    if name == "notify_on":
        return ", ".join(value)
    if name == "needs":
        return ", ".join(value) or NOTHING
    if name == "groups":
        return ", ".join(group.name for group in value) or NOTHING
    if name in _DURATIONS:
        return f"{'at least ' if isinstance(value, AtLeast) else ''}{durations.format_seconds(value)}"
    if name == "quiet":
        return ", ".join(hours.name for hours in value) or "never"
    if name == "env":
        return ", ".join(f"{key}={text}" for key, text in value) or "none"
    return str(value)


def _read_one(owner: str, name: str, value: object, origin: Origin) -> Any:
    what = f"{owner}: {name}"
    if name not in Settings.__annotations__:
        known = tuple(Settings.__annotations__)
        raise RegistryError(f"{owner} has no setting {name!r}{did_you_mean(name, known)}", origin)
    if name == "every" and isinstance(value, AtLeast):
        if owner != "Override":
            raise RegistryError(
                f"{what}: at_least() is for overrides; write {durations.format_seconds(value)!r}", origin
            )
        return value
    if name == "renotify" and value == ONCE:
        return 0
    if name == "notify_after" and value == "0s":
        return 0
    if name == "notify_on":
        return events(what, value, origin)
    if name == "groups":
        return tuple(sorted(require_all(what, value, ServiceGroup, origin), key=lambda group: group.name))
    if name == "needs":
        return watch_ids(what, value, origin)
    if name in _DURATIONS:
        total = duration(what, value, origin)
        if name == "deadline" and total > _LONGEST_DEADLINE:
            raise RegistryError(f"{what} is {short_repr(value)}, and a day is the longest deadline", origin)
        return total
    if name == "attempts":
        if type(value) is not int or not 1 <= value <= _MOST_ATTEMPTS:
            message = f"{what} is {short_repr(value)}, and must be a number from 1 to {_MOST_ATTEMPTS}"
            raise RegistryError(message, origin)
        return value
    if name == "quiet":
        return tuple(sorted(require_all(what, value, Hours, origin), key=lambda hours: hours.name))
    if name == "env":
        return variables(what, value, origin)
    if name == "where":
        return require_name(what, pool_name(what, value, origin), origin)
    if name == "runbook":
        return require_text(what, value, origin)
    if name == "account":
        return aws_account(what, value, origin)
    if name == "run_as":
        return account_name(what, value, origin)
    return require_one_of(what, value, {"notify": Notify, "late": Late, "transport": HostTransport}[name], origin)


def events(what: str, value: object, origin: Origin) -> tuple[NotifyOn, ...]:
    """Return events that a watch notifies of, in the order of the plan. Raises RegistryError."""
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        raise RegistryError(f"{what} is {short_repr(value)}, not words such as ('critical', 'recovery')", origin)
    for word in value:
        if word not in _EVENTS:
            raise RegistryError(f"{what} has {short_repr(word)}, which is not one of {', '.join(_EVENTS)}", origin)
    if not {"warning", "critical", "unknown"} & set(value):
        raise RegistryError(f"{what} has no problem such as critical: use notify='nobody' to notify nobody", origin)
    return tuple(word for word in _EVENTS if word in value)


def watch_ids(what: str, value: object, origin: Origin) -> tuple[str, ...]:
    """Return ids of watches, each once and sorted. Raises RegistryError for other text."""
    ids = require_all(what, value, str, origin, called="text")
    for one in ids:
        if not _WATCH_ID.fullmatch(one):
            raise RegistryError(f"{what} has {short_repr(one)}, which is not a watch such as 'web:http'", origin)
    return tuple(sorted(set(ids)))


def account_name(what: str, value: object, origin: Origin) -> str:
    """Return the name of an account on a machine. Raises RegistryError."""
    if not _ACCOUNT.fullmatch(require_text(what, value, origin)):
        raise RegistryError(f"{what} is {short_repr(value)}, which is not a name of an account such as root", origin)
    return str(value)


def variables(what: str, value: object, origin: Origin) -> tuple[tuple[str, str], ...]:
    """Return environment variables as sorted pairs. Raises RegistryError."""
    if not isinstance(value, Mapping):
        raise RegistryError(f'{what} is {short_repr(value)}, not variables such as {{"LC_ALL": "C"}}', origin)
    for key in value:
        require_variable(f"{what} sets", key, origin)
    return tuple(sorted((key, require_text(f"{what} {key}", text, origin)) for key, text in value.items()))


def require_variable(what: str, name: object, origin: Origin) -> str:
    """Return the name of an environment variable. Raises RegistryError with `what` before the name."""
    if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
        raise RegistryError(f"{what} {short_repr(name)}, which is not a name of an environment variable", origin)
    return name
