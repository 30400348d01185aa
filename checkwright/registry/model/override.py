"""Overrides and maintenances: the changes of one environment, with their reasons."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, Unpack

from checkwright.core.check import Check
from checkwright.core.gauges import Limit
from checkwright.core.verdicts import Meaning
from checkwright.registry.model.base import Declaration, RegistryError, here, require_all, require_text, short_repr
from checkwright.registry.model.role import Role
from checkwright.registry.model.settings import Settings, format_setting, read
from checkwright.registry.model.watches import split_judgement
from checkwright.registry.plan import Origin

_LONGEST_MAINTENANCE = timedelta(days=366)


class Override(Declaration):
    """Change of watches in one environment, with its reason.

        Override(Disk.space.at(warn=90), role=web, host="web-*", why="images fill the disk", until="2027-03-01")

    judgement: thresholds and severities of words, such as Haproxy.server.meaning(ok=("MAINT",)); they apply to
    watches of their checks only. role, watch, host: the role, the watch's name and
    the hosts to which it applies, by default all. watch and host may be shell patterns. options: a check whose
    explicit options replace those of the watches of that check. off: True switches the watches off; False
    switches on again what an earlier override switched off. why: the reason in one sentence. until: the last day,
    such as "2027-03-01"; "" for no end. Raises RegistryError for an invalid value.
    """

    __slots__ = ("hosts", "limits", "meanings", "off", "options", "role", "settings", "until", "watch", "why")
    limits: tuple[Limit[Any], ...]
    meanings: tuple[Meaning[Any], ...]
    role: Role | None
    watch: str
    hosts: tuple[str, ...]
    options: Check | None
    off: bool | None
    settings: dict[str, Any]
    why: str
    until: date | None

    def __init__(
        self,
        *judgement: Limit[Any] | Meaning[Any],
        why: str,
        until: str = "",
        role: Role | None = None,
        watch: str = "",
        host: str | tuple[str, ...] = (),
        options: Check | None = None,
        off: bool | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        origin = here(2)
        limits, meanings = split_judgement("Override", judgement, origin)
        if options is not None and not isinstance(options, Check):
            raise RegistryError(f"Override: options is {short_repr(options)}, not a check with its options", origin)
        if off is not None and type(off) is not bool:
            raise RegistryError(f"Override: off is {short_repr(off)}, and must be True or False", origin)
        if off and (judgement or settings or options):
            raise RegistryError("Override: off=True switches the watches off, so it can change nothing else", origin)
        self._set(
            limits=limits,
            meanings=meanings,
            role=require_role("Override", role, origin),
            watch=require_text("Override: watch", watch, origin),
            hosts=require_hosts("Override", host, origin),
            options=options,
            off=off,
            settings=read("Override", dict(settings), origin),
            why=require_text("Override: why", why, origin).strip(),
            until=_day(until, origin),
            origin=origin,
        )

    def __repr__(self) -> str:
        return f"Override(why={self.why!r})"

    def scope(self) -> str:
        """Return what it applies to: `role payments-api, watch disk, hosts web-*`, or `everything`."""
        kinds = "" if self.watch else " and ".join(dict.fromkeys(kind.title() for kind in self.kinds()))
        return scope_text(self.role, self.watch, kinds, self.hosts)

    def changes(self) -> tuple[str, ...]:
        """Return what it changes: `every 5m`, `oldest warn 3600 crit 7200`, `server ok MAINT`, `option paths`."""
        found = [] if self.off is None else ["switched off" if self.off else "switched on"]
        found += [f"{name} {format_setting(name, value)}" for name, value in self.settings.items()]
        for limit in self.limits:
            ends = (("warn", limit.warn), ("crit", limit.crit))
            items = f" of {limit.items}" if limit.items else ""
            found.append(" ".join((f"{limit.gauge}{items}", *(f"{end} {value}" for end, value in ends if value))))
        for meaning in self.meanings:
            items = f" of {meaning.items}" if meaning.items else ""
            lists = (("ok", meaning.ok), ("warn", meaning.warn), ("crit", meaning.crit))
            words = (f"{end} {', '.join(listed)}" for end, listed in lists if listed)
            found.append(" ".join((f"{meaning.verdict}{items}", *words)))
        if self.options is not None:
            found += (f"option {name}" for name in self.options.options if name in self.options.explicit)
        return tuple(found)

    def kinds(self) -> tuple[type[Check], ...]:
        """Return the checks to which its limits, words and options belong. () if it applies to all checks."""
        kinds = [*(limit.check for limit in self.limits), *(meaning.check for meaning in self.meanings)]
        return tuple(dict.fromkeys([*kinds, type(self.options)] if self.options is not None else kinds))


class Maintenance(Declaration):
    """Time when nobody is notified.

        Maintenance("2026-12-01 22:00", "2026-12-02 02:00", role=database, why="new disks")

    begin, end: local to the monitoring server. Checks go on, and problems that remain at the end are notified then.
    role, watch, host: as those of an Override. Without a watch it covers the machines too: their pings and their
    NRPE. why: the reason in one sentence. Raises RegistryError for an invalid value.
    """

    __slots__ = ("begin", "end", "hosts", "role", "watch", "why")
    begin: datetime
    end: datetime
    role: Role | None
    watch: str
    hosts: tuple[str, ...]
    why: str

    def __init__(
        self,
        begin: str,
        end: str,
        *,
        why: str,
        role: Role | None = None,
        watch: str = "",
        host: str | tuple[str, ...] = (),
    ) -> None:
        origin = here(2)
        first, last = _time("begin", begin, origin), _time("end", end, origin)
        if last <= first:
            raise RegistryError(f"Maintenance: it ends at {end}, which is not after {begin}", origin)
        if last - first > _LONGEST_MAINTENANCE:
            raise RegistryError('Maintenance: it is longer than a year: use Override(notify="nobody")', origin)
        self._set(
            begin=first,
            end=last,
            role=require_role("Maintenance", role, origin),
            watch=require_text("Maintenance: watch", watch, origin),
            hosts=require_hosts("Maintenance", host, origin),
            why=require_text("Maintenance: why", why, origin).strip(),
            origin=origin,
        )

    def __repr__(self) -> str:
        return f"Maintenance({self.begin:%Y-%m-%d %H:%M}, why={self.why!r})"

    def scope(self) -> str:
        """Return what it applies to: `role payments-api, watch disk, hosts web-*`, or `everything`."""
        return scope_text(self.role, self.watch, "", self.hosts)


def scope_text(role: Role | None, watch: str, kinds: str, hosts: tuple[str, ...]) -> str:
    """Return what a change applies to: `role payments-api, watch disk, hosts web-*`, or `everything`."""
    parts = [f"role {role.name}"] if role else []
    parts += [f"watch {watch}"] if watch else []
    parts += [f"check {kinds}"] if kinds else []
    parts += [f"host{'s' if len(hosts) > 1 else ''} {', '.join(hosts)}"] if hosts else []
    return ", ".join(parts) or "everything"


def require_role(what: str, role: object, origin: Origin) -> Role | None:
    """Return the role. Raises RegistryError for anything else."""
    if role is not None and not isinstance(role, Role):
        raise RegistryError(f"{what}: role is {short_repr(role)}, not a Role", origin)
    return role


def require_hosts(what: str, host: object, origin: Origin) -> tuple[str, ...]:
    """Return names and patterns of hosts. Raises RegistryError for anything else."""
    return (host,) if isinstance(host, str) else require_all(f"{what}: host", host, str, origin)


def _day(until: object, origin: Origin) -> date | None:
    text = require_text("Override: until", until, origin)
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise RegistryError(f'Override: until is {text!r}: write a day as "2027-03-01"', origin) from None


def _time(what: str, value: object, origin: Origin) -> datetime:
    try:
        return datetime.strptime(require_text(f"Maintenance: {what}", value, origin), "%Y-%m-%d %H:%M")
    except ValueError:
        raise RegistryError(f'Maintenance: {what} is {value!r}: write a time as "2026-12-01 22:00"', origin) from None
