"""What a registry may say: teams, roles, what is watched, where, and what each environment changes.

Every declaration knows the file and line where it was written, cannot be changed, and refuses a
wrong value at once with a RegistryError.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import date
from typing import Any, Unpack

from checks.core.check import Check
from checks.core.gauges import Limit
from checks.registry import settings as _settings
from checks.registry.declared import Frozen, RegistryError, absolute, all_of, here, named, one_of, shown, text
from checks.registry.hours import OFFICE_HOURS, Hours
from checks.registry.plan import Origin
from checks.registry.settings import Reach, Settings
from checks.registry.watches import AnyWatch, Plugin, Watch, label, only_limits


@dataclass(frozen=True, eq=False)
class _Declared:
    origin: Origin = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # Three frames up: this method, the generated __init__, and whoever declares.
        object.__setattr__(self, "origin", here(3))
        self._verify()

    def _verify(self) -> None:
        raise NotImplementedError

    def _freeze(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True, eq=False)
class Team(_Declared):
    """Who answers. page: address or name of the pager, "" when the team has none (then it gets e-mail)."""

    name: str
    _: KW_ONLY
    email: str
    page: str = ""
    office_hours: Hours = OFFICE_HOURS

    def _verify(self) -> None:
        named("Team", self.name, self.origin)
        text(f"Team {self.name}: email", self.email, self.origin)
        text(f"Team {self.name}: page", self.page, self.origin)
        if not isinstance(self.office_hours, Hours):
            message = f"Team {self.name}: office_hours is {shown(self.office_hours)}, not Hours(...)"
            raise RegistryError(message, self.origin)


@dataclass(frozen=True, eq=False)
class Role(_Declared):
    """What a kind of machine, or a service without machines, does; what is watched of it; who answers.

    runbook: URL of what to do when something is wrong. summary: one line for people.
    """

    name: str
    _: KW_ONLY
    owner: Team
    runbook: str = ""
    watches: tuple[AnyWatch, ...] = ()
    summary: str = ""

    def _verify(self) -> None:
        named("Role", self.name, self.origin)
        if not isinstance(self.owner, Team):
            raise RegistryError(f"Role {self.name}: owner is {shown(self.owner)}, not a Team", self.origin)
        text(f"Role {self.name}: runbook", self.runbook, self.origin)
        text(f"Role {self.name}: summary", self.summary, self.origin)
        self._freeze(watches=all_of(f"Role {self.name}: watches", self.watches, AnyWatch, self.origin, called="Watch"))


@dataclass(frozen=True, eq=False)
class Host(_Declared):
    """One machine. address: an IP address or a DNS name. labels: what options may ask of it.

    parents: names of the hosts through which it is reached.
    """

    name: str
    address: str = ""
    _: KW_ONLY
    roles: tuple[Role, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    parents: tuple[str, ...] = ()

    def _verify(self) -> None:
        named("Host", self.name, self.origin)
        text(f"Host {self.name}: address", self.address, self.origin)
        if not isinstance(self.labels, Mapping):
            raise RegistryError(f"Host {self.name}: labels is {shown(self.labels)}, not a dict", self.origin)
        for key, value in self.labels.items():
            named(f"Host {self.name}: the label", key, self.origin)
            text(f"Host {self.name}: the label {key}", value, self.origin)
        self._freeze(
            roles=all_of(f"Host {self.name}: roles", self.roles, Role, self.origin),
            parents=all_of(f"Host {self.name}: parents", self.parents, str, self.origin),
            labels=dict(self.labels),
        )


@dataclass(frozen=True, eq=False)
class Site(_Declared):
    """How an environment's machines run checks. All paths are on these machines, and absolute.

    check: the command. project: the folder of this project's package there, for its own checks; unless said,
    /opt/checkwright/projects/NAME. secrets: the folder below which a Secret(file="name") is found.
    plugins: where Debian keeps check_nrpe, check_icmp and the like.
    """

    _: KW_ONLY
    check: str = "/opt/checkwright/bin/check"
    transport: Reach = "nrpe"
    nrpe_port: int = 5666
    secrets: str = "/etc/checkwright/secrets"
    project: str = ""
    plugins: str = "/usr/lib/nagios/plugins"

    def _verify(self) -> None:
        for name in ("check", "secrets", "plugins"):
            absolute(f"Site: {name}", getattr(self, name), self.origin)
        if self.project:
            absolute("Site: project", self.project, self.origin)
        one_of("Site: transport", self.transport, Reach, self.origin)
        if type(self.nrpe_port) is not int or not 1 <= self.nrpe_port <= 65_535:
            message = f"Site: nrpe_port is {shown(self.nrpe_port)}, and must be a number from 1 to 65535"
            raise RegistryError(message, self.origin)


class Override(Frozen):
    """What an environment changes, and why. What it leaves out matches all.

    limits: thresholds; they also keep the override to watches of their checks.
    role: one role. watch: a watch's name or a shell pattern. host: names of hosts or shell patterns.
    options: a check whose given options replace those of the watches of that check.
    why: one sentence. until: the last day on which it is meant to hold, such as "2027-03-01"; "" for always.
    Raises RegistryError for a wrong value.
    """

    __slots__ = ("hosts", "limits", "options", "origin", "role", "settings", "until", "watch", "why")
    limits: tuple[Limit[Any], ...]
    role: Role | None
    watch: str
    hosts: tuple[str, ...]
    options: Check | None
    settings: dict[str, Any]
    why: str
    until: date | None
    origin: Origin

    def __init__(
        self,
        *limits: Limit[Any],
        why: str,
        until: str = "",
        role: Role | None = None,
        watch: str = "",
        host: str | tuple[str, ...] = (),
        options: Check | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        origin = here(2)
        only_limits("Override", limits, origin)
        if role is not None and not isinstance(role, Role):
            raise RegistryError(f"Override: role is {shown(role)}, not a Role", origin)
        if options is not None and not isinstance(options, Check):
            raise RegistryError(f"Override: options is {shown(options)}, not a check with its options", origin)
        self._set(
            limits=limits,
            role=role,
            watch=text("Override: watch", watch, origin),
            hosts=(host,) if isinstance(host, str) else all_of("Override: host", host, str, origin),
            options=options,
            settings=_settings.read("Override", dict(settings), origin),
            why=text("Override: why", why, origin).strip(),
            until=_day(until, origin),
            origin=origin,
        )

    def covers(self) -> str:
        """For whom, in words: `role payments-api, watch disk, hosts web-*`, or `everything`."""
        parts = [f"role {self.role.name}"] if self.role else []
        if self.watch:
            parts.append(f"watch {self.watch}")
        elif self.kinds():
            parts.append(f"check {' and '.join(dict.fromkeys(kind.title() for kind in self.kinds()))}")
        if self.hosts:
            parts.append(f"host{'s' if len(self.hosts) > 1 else ''} {', '.join(self.hosts)}")
        return ", ".join(parts) or "everything"

    def changes(self) -> tuple[str, ...]:
        """What it states, in words: `every 5m`, `oldest warn 3600 crit 7200`, `option paths`."""
        said = [f"{name} {_settings.spoken(name, value)}" for name, value in self.settings.items()]
        for limit in self.limits:
            ends = (("warn", limit.warn), ("crit", limit.crit))
            where = f" of {limit.items}" if limit.items else ""
            said.append(" ".join((f"{limit.gauge}{where}", *(f"{end} {value}" for end, value in ends if value))))
        if self.options is not None:
            said += (f"option {name}" for name in self.options.options if name in self.options.given)
        return tuple(said)

    def kinds(self) -> tuple[type[Check], ...]:
        """The checks to which limits and options keep it; empty for all."""
        kinds = [limit.check for limit in self.limits]
        return tuple(dict.fromkeys([*kinds, type(self.options)] if self.options is not None else kinds))


@dataclass(frozen=True, eq=False)
class Environment(_Declared):
    """Dev, QA, staging, production: where the roles run, and what is changed there.

    inventory: a YAML or CSV file of further hosts, relative to the project's folder.
    roles: those without hosts (a queue, a load balancer). overrides: in order, the last wins.
    """

    name: str
    _: KW_ONLY
    site: Site
    hosts: tuple[Host, ...] = ()
    inventory: str = ""
    roles: tuple[Role, ...] = ()
    overrides: tuple[Override, ...] = ()

    def _verify(self) -> None:
        named("Environment", self.name, self.origin)
        what = f"Environment {self.name}"
        if not isinstance(self.site, Site):
            raise RegistryError(f"{what}: site is {shown(self.site)}, not a Site", self.origin)
        text(f"{what}: inventory", self.inventory, self.origin)
        self._freeze(
            hosts=all_of(f"{what}: hosts", self.hosts, Host, self.origin),
            roles=all_of(f"{what}: roles", self.roles, Role, self.origin),
            overrides=all_of(f"{what}: overrides", self.overrides, Override, self.origin),
        )


def _day(until: object, origin: Origin) -> date | None:
    said = text("Override: until", until, origin)
    if not said:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise RegistryError(f'Override: until is {said!r}, and a day is written "2027-03-01"', origin) from None


__all__ = [
    "Environment",
    "Host",
    "Hours",
    "Override",
    "Plugin",
    "RegistryError",
    "Role",
    "Site",
    "Team",
    "Watch",
    "label",
]
