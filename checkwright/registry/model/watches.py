"""Watches: the use of one check, or of one foreign plugin, in a role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Generic, Literal, TypeVar, Unpack, overload

from checkwright.core.check import Check
from checkwright.core.gauges import Limit, MetricRef
from checkwright.core.options import FromHost
from checkwright.core.verdicts import Meaning, VerdictRef
from checkwright.registry.model import settings as _settings
from checkwright.registry.model.base import (
    Declaration,
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

#: What a watch runs once for. A plan has only the first two: a watch for each account becomes several for its role.
AnyPer = Literal["host", "role", "account", "region"]
PER_ACCOUNT = ("account", "region")


class AnyWatch(Declaration):
    """Base class of Watch and Plugin. `settings` are the explicit ones, as `settings.read` returns them."""

    __slots__ = ("name", "per", "settings")
    name: str
    per: AnyPer
    settings: dict[str, Any]

    def _set_common(self, name: object, per: object, settings: Mapping[str, object], origin: Origin) -> None:
        owner = f"{type(self).__name__} {name}"
        require_name(type(self).__name__, name, origin)
        require_one_of(f"{owner}: per", per, AnyPer, origin)
        checked = _settings.read(owner, settings, origin)
        where, transport = checked.get("where", ""), checked.get("transport")
        if per != "host" and where == "host":
            message = f'per="{per}" runs on the monitoring server or in a pool, so remove where="host"'
            raise RegistryError(f"{owner}: {message}", origin)
        if per in PER_ACCOUNT and "account" in checked:
            raise RegistryError(f'{owner}: per="{per}" is for all accounts, so remove account=', origin)
        if where == "central" and transport in ("local", "nrpe"):
            message = f'where="central" runs on the monitoring server, so remove transport={transport!r}'
            raise RegistryError(f"{owner}: {message}", origin)
        if where not in ("", "host", "central") and transport:
            message = f"where={where!r} runs in a pool, so remove transport={transport!r}"
            raise RegistryError(f"{owner}: {message}; to use a host's NRPE from a pool, set pool= of the host", origin)
        self._set(name=name, per=per, settings=checked, origin=origin)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"


class Watch(AnyWatch, Generic[C]):
    """One check in a role.

        Watch(Disk(paths=("/",)), Disk.space.at(warn=75), every="5m")

    check: the check with its options. judgement: thresholds of its gauges and severities of words, such as
    Haproxy.server.meaning(ok=("MAINT",)); the last one that matches an item wins.
    name: by default the name of the check; it must be unique on each host. per: "host" runs once for each of the
    role's hosts, "role" once for all of them, on the monitoring server. A check of AWS may have "account", once for
    each account of the environment, with the account's name behind its own, and "region", once for each region of each
    account. settings: see Settings.
    Raises RegistryError for an invalid value.
    """

    __slots__ = ("check", "limits", "meanings")
    check: C
    limits: tuple[Limit[C], ...]
    meanings: tuple[Meaning[C], ...]

    def __init__(
        self,
        check: C,
        *judgement: Limit[C] | Meaning[C],
        name: str = "",
        per: AnyPer = "host",
        **settings: Unpack[Settings],
    ) -> None:
        origin = here(2)
        if not isinstance(check, Check):
            hint = f": write {check.__name__}(...)" if isinstance(check, type) else ""
            raise RegistryError(f"Watch got {short_repr(check)}, which is not a check{hint}", origin)
        limits, meanings = split_judgement("Watch", judgement, origin)
        own = type(check).__name__
        for limit in limits:
            if not isinstance(check, limit.check):
                other = f"{limit.check.__name__}.{limit.gauge}"
                raise RegistryError(f"Watch of {own} got a limit of another check, {other}", origin)
        for meaning in meanings:
            if not isinstance(check, meaning.check):
                other = f"{meaning.check.__name__}.{meaning.verdict}"
                raise RegistryError(f"Watch of {own} got words of another check, {other}", origin)
        if not check.in_account and (per in PER_ACCOUNT or "account" in settings):
            word = f'per="{per}"' if per in PER_ACCOUNT else "account="
            raise RegistryError(
                f"Watch {name or check.title()}: {word} is for checks of AWS, and {own} is none", origin
            )
        if per == "region" and "region" in check.explicit:
            message = 'per="region" is for all regions, so remove region='
            raise RegistryError(f"Watch {name or check.title()}: {message}", origin)
        self._set_common(name or check.title(), per, settings, origin)
        self._set(check=check, limits=limits, meanings=meanings)


class Plugin(AnyWatch):
    """Foreign plugin in a role: any program that follows the Monitoring Plugins guidelines.

        Plugin("/usr/lib/nagios/plugins/check_smtp", "-H", "{address}", name="smtp", every="5m")

    It belongs among a role's watches and has the settings of a Watch. Its thresholds are among its arguments.
    path: absolute. arguments: text, one word each, with placeholders. summary: one line about what it watches.
    Raises RegistryError for an invalid value.
    """

    __slots__ = ("arguments", "path", "summary")
    path: str
    arguments: tuple[str, ...]
    summary: str

    def __init__(
        self,
        path: str,
        *arguments: str,
        name: str,
        per: Per = "host",
        summary: str = "",
        **settings: Unpack[Settings],
    ) -> None:
        origin = here(2)
        require_absolute("Plugin", path, origin)
        for argument in arguments:
            require_text(f"Plugin {name}: an argument", argument, origin)
        if "late" in settings:
            message = f"Plugin {name}: late is for checks of checkwright; a foreign plugin chooses the state itself"
            raise RegistryError(message, origin)
        if "account" in settings:
            raise RegistryError(f"Plugin {name}: account is for checks of AWS", origin)
        self._set_common(name, per, settings, origin)
        self._set(path=path, arguments=arguments, summary=require_text(f"Plugin {name}: summary", summary, origin))


def split_judgement(
    owner: str, judgement: Iterable[object], origin: Origin
) -> tuple[tuple[Limit[Any], ...], tuple[Meaning[Any], ...]]:
    """Return the limits and the meanings of words. Raises RegistryError for anything else."""
    limits: list[Limit[Any]] = []
    meanings: list[Meaning[Any]] = []
    for one in judgement:
        if isinstance(one, MetricRef):
            name = f"{one.check.__name__}.{one.gauge.name}"
            message = f"{owner} got {name} without thresholds: write {name}.at(warn=..., crit=...)"
            raise RegistryError(message, origin)
        if isinstance(one, VerdictRef):
            name = f"{one.check.__name__}.{one.verdict.name}"
            message = f"{owner} got {name} without words: write {name}.meaning(ok=(...), warn=(...), crit=(...))"
            raise RegistryError(message, origin)
        if isinstance(one, Limit):
            limits.append(one)
        elif isinstance(one, Meaning):
            meanings.append(one)
        else:
            raise RegistryError(f"{owner} got {short_repr(one)}, not a limit such as Disk.space.at(warn=80)", origin)
    return tuple(limits), tuple(meanings)


@overload
def label(name: str) -> str: ...
@overload
def label(name: str, kind: type[T]) -> T: ...
def label(name: str, kind: Any = str) -> Any:
    """Return a placeholder for an option's value: each host's label of this name.

        TcpPort(host="{address}", port=label("port", int))

    kind: str, int or float. Raises RegistryError.
    """
    origin = here(2)
    require_name("label", name, origin)
    if kind not in _LABEL_KINDS:
        raise RegistryError(f"label({name!r}): the kind is {short_repr(kind)}, and must be str, int or float", origin)
    return FromHost(name, kind)
