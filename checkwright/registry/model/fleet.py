"""What a registry may say: teams, roles, what is watched, where, and what each environment changes.

Every declaration knows the file and line where it was written, cannot be changed, and refuses a
wrong value at once with a RegistryError.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Unpack

from checkwright.core.check import Check
from checkwright.core.gauges import Limit
from checkwright.registry.model import durations
from checkwright.registry.model import settings as _settings
from checkwright.registry.model.base import (
    Frozen,
    RegistryError,
    here,
    require_absolute,
    require_all,
    require_name,
    require_one_of,
    require_text,
    short_repr,
)
from checkwright.registry.model.hooks import Hook
from checkwright.registry.model.hours import OFFICE_HOURS, Hours
from checkwright.registry.model.pools import Pool, pool_name
from checkwright.registry.model.routes import Routes
from checkwright.registry.model.sensu_agents import SensuAgents
from checkwright.registry.model.settings import Reach, Settings
from checkwright.registry.model.watches import AnyWatch, only_limits
from checkwright.registry.plan import Origin

#: No quote and no dollar: Nagios reads macros in it.
_GRAPHS = re.compile(r"https?://(?:[A-Za-z0-9\[\]._~:/?#@!&()*+,=%;-]|\{(?:host|watch|environment)\})+")
_LONGEST_MAINTENANCE = timedelta(days=366)


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


class Escalation(Frozen):
    """One step of a team's escalations: a page that nobody acknowledged for so long is told to one more team.

    after: time since the first notification, such as "30m". to: the team that is told from then on as well.
    Raises RegistryError for a wrong value.
    """

    __slots__ = ("after", "origin", "to")
    after: int
    to: Team
    origin: Origin

    def __init__(self, *, after: str, to: Team) -> None:
        origin = here(2)
        if not isinstance(to, Team):
            raise RegistryError(f"Escalation: to is {short_repr(to)}, not a Team", origin)
        self._set(after=_settings.duration("Escalation: after", after, origin), to=to, origin=origin)

    def __repr__(self) -> str:
        return f"Escalation(after={durations.shown(self.after)!r}, to={self.to.name})"


@dataclass(frozen=True, eq=False)
class Team(_Declared):
    """Who answers. page: address or name of the pager, "" when the team has none (then it gets e-mail).

    escalations: whom a page goes on to while nobody acknowledges it, the soonest first.
    """

    name: str
    _: KW_ONLY
    email: str
    page: str = ""
    office_hours: Hours = OFFICE_HOURS
    escalations: tuple[Escalation, ...] = ()

    def _verify(self) -> None:
        require_name("Team", self.name, self.origin)
        require_text(f"Team {self.name}: email", self.email, self.origin)
        require_text(f"Team {self.name}: page", self.page, self.origin)
        if not isinstance(self.office_hours, Hours):
            message = f"Team {self.name}: office_hours is {short_repr(self.office_hours)}, not Hours(...)"
            raise RegistryError(message, self.origin)
        self._freeze(
            escalations=require_all(f"Team {self.name}: escalations", self.escalations, Escalation, self.origin)
        )
        last = 0
        told = {self.name}
        for step in self.escalations:
            if step.to.name in told:
                message = f"Team {self.name}: an escalation goes to {step.to.name}, which is told already"
                raise RegistryError(message, step.origin)
            told.add(step.to.name)
            if step.after <= last:
                before = f"after {durations.shown(last)}" if last else "after nothing"
                message = f"Team {self.name}: the escalation after {durations.shown(step.after)} follows one {before}"
                raise RegistryError(f"{message}: write them in the order of time", step.origin)
            last = step.after


@dataclass(frozen=True, eq=False)
class Role(_Declared):
    """What a kind of machine, or a service without machines, does; what is watched of it; who answers.

    runbook: URL of what to do when something is wrong. summary: one line for people. hooks: what a Sensu agent looks
    at when a check of the role went wrong.
    """

    name: str
    _: KW_ONLY
    owner: Team
    runbook: str = ""
    watches: tuple[AnyWatch, ...] = ()
    summary: str = ""
    hooks: tuple[Hook, ...] = ()

    def _verify(self) -> None:
        require_name("Role", self.name, self.origin)
        if not isinstance(self.owner, Team):
            raise RegistryError(f"Role {self.name}: owner is {short_repr(self.owner)}, not a Team", self.origin)
        require_text(f"Role {self.name}: runbook", self.runbook, self.origin)
        require_text(f"Role {self.name}: summary", self.summary, self.origin)
        hooks = require_all(f"Role {self.name}: hooks", self.hooks, Hook, self.origin)
        if len({hook.name for hook in hooks}) < len(hooks):
            raise RegistryError(f"Role {self.name}: two hooks have one name", self.origin)
        watches = require_all(f"Role {self.name}: watches", self.watches, AnyWatch, self.origin, called="Watch")
        self._freeze(watches=watches, hooks=hooks)


@dataclass(frozen=True, eq=False)
class Host(_Declared):
    """One machine. address: an IP address or a DNS name. labels: what options may ask of it.

    parents: names of the hosts through which it is reached. pool: who does for it what the monitoring server would.
    """

    name: str
    address: str = ""
    _: KW_ONLY
    roles: tuple[Role, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    parents: tuple[str, ...] = ()
    pool: str | Pool = ""

    def _verify(self) -> None:
        require_name("Host", self.name, self.origin)
        require_text(f"Host {self.name}: address", self.address, self.origin)
        if not isinstance(self.labels, Mapping):
            raise RegistryError(f"Host {self.name}: labels is {short_repr(self.labels)}, not a dict", self.origin)
        for key, value in self.labels.items():
            require_name(f"Host {self.name}: the label", key, self.origin)
            require_text(f"Host {self.name}: the label {key}", value, self.origin)
        self._freeze(
            roles=require_all(f"Host {self.name}: roles", self.roles, Role, self.origin),
            parents=require_all(f"Host {self.name}: parents", self.parents, str, self.origin),
            labels=dict(self.labels),
            pool=pool_name(f"Host {self.name}: pool", self.pool, self.origin),
        )


@dataclass(frozen=True, eq=False)
class Site(_Declared):
    """How an environment's machines run checks. All paths are on these machines, and absolute.

    check: the command. project: the folder of this project's package there, for its own checks; unless said,
    /opt/checkwright/projects/NAME. secrets: the folder below which a Secret(file="name") is found.
    plugins: where Debian keeps check_nrpe, check_icmp and the like. mail, page: programs of the Nagios server that
    send a notification to a team's e-mail or pager, called as PROGRAM -s SUBJECT RECIPIENT with the text as input.
    account: as whom NRPE runs checks there, which may sudo what a watch runs as another (run_as).
    graphs: URL of a service's graphs, in which {host}, {watch} and {environment} hold; Nagios links to it.
    """

    _: KW_ONLY
    check: str = "/opt/checkwright/bin/check"
    transport: Reach = "nrpe"
    nrpe_port: int = 5666
    secrets: str = "/etc/checkwright/secrets"
    project: str = ""
    plugins: str = "/usr/lib/nagios/plugins"
    mail: str = "/usr/bin/mail"
    page: str = "/usr/bin/mail"
    account: str = "nagios"
    graphs: str = ""

    def _verify(self) -> None:
        _settings.account("Site: account", self.account, self.origin)
        if self.graphs and not _GRAPHS.fullmatch(require_text("Site: graphs", self.graphs, self.origin)):
            wanted = "no URL with {host}, {watch} or {environment}"
            raise RegistryError(f"Site: graphs is {short_repr(self.graphs)}, which is {wanted}", self.origin)
        for name in ("check", "secrets", "plugins", "mail", "page"):
            require_absolute(f"Site: {name}", getattr(self, name), self.origin)
        if self.project:
            require_absolute("Site: project", self.project, self.origin)
        require_one_of("Site: transport", self.transport, Reach, self.origin)
        if type(self.nrpe_port) is not int or not 1 <= self.nrpe_port <= 65_535:
            message = f"Site: nrpe_port is {short_repr(self.nrpe_port)}, and must be a number from 1 to 65535"
            raise RegistryError(message, self.origin)


class Override(Frozen):
    """What an environment changes, and why. What it leaves out matches all.

    limits: thresholds; they also keep the override to watches of their checks.
    role: one role. watch: a watch's name or a shell pattern. host: names of hosts or shell patterns.
    options: a check whose given options replace those of the watches of that check.
    off: True switches the watches off; False switches them on again where an earlier override did.
    why: one sentence. until: the last day on which it is meant to hold, such as "2027-03-01"; "" for always.
    Raises RegistryError for a wrong value.
    """

    __slots__ = ("hosts", "limits", "off", "options", "origin", "role", "settings", "until", "watch", "why")
    limits: tuple[Limit[Any], ...]
    role: Role | None
    watch: str
    hosts: tuple[str, ...]
    options: Check | None
    off: bool | None
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
        off: bool | None = None,
        **settings: Unpack[Settings],
    ) -> None:
        origin = here(2)
        only_limits("Override", limits, origin)
        if role is not None and not isinstance(role, Role):
            raise RegistryError(f"Override: role is {short_repr(role)}, not a Role", origin)
        if options is not None and not isinstance(options, Check):
            raise RegistryError(f"Override: options is {short_repr(options)}, not a check with its options", origin)
        if off is not None and type(off) is not bool:
            raise RegistryError(f"Override: off is {short_repr(off)}, and must be True or False", origin)
        if off and (limits or settings or options):
            raise RegistryError("Override: off=True, and more is said of watches that it switches off", origin)
        self._set(
            limits=limits,
            role=role,
            watch=require_text("Override: watch", watch, origin),
            hosts=(host,) if isinstance(host, str) else require_all("Override: host", host, str, origin),
            options=options,
            off=off,
            settings=_settings.read("Override", dict(settings), origin),
            why=require_text("Override: why", why, origin).strip(),
            until=_day(until, origin),
            origin=origin,
        )

    def __repr__(self) -> str:
        return f"Override(why={self.why!r})"

    def scope(self) -> str:
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
        said = [] if self.off is None else ["switched off" if self.off else "switched on"]
        said += [f"{name} {_settings.format_setting(name, value)}" for name, value in self.settings.items()]
        for limit in self.limits:
            ends = (("warn", limit.warn), ("crit", limit.crit))
            where = f" of {limit.items}" if limit.items else ""
            said.append(" ".join((f"{limit.gauge}{where}", *(f"{end} {value}" for end, value in ends if value))))
        if self.options is not None:
            said += (f"option {name}" for name in self.options.options if name in self.options.explicit)
        return tuple(said)

    def kinds(self) -> tuple[type[Check], ...]:
        """The checks to which limits and options keep it; empty for all."""
        kinds = [limit.check for limit in self.limits]
        return tuple(dict.fromkeys([*kinds, type(self.options)] if self.options is not None else kinds))


class Maintenance(Frozen):
    """A window in which nobody is notified: `Maintenance("2026-12-01 22:00", "2026-12-02 02:00", why="new disks")`.

    begin, end: local to the monitoring server; checks go on, and what is still wrong at the end is told then.
    role, watch, host: as of an Override; what is left out matches all. Without a watch it covers the machines
    themselves too: whether they are up, and their NRPE. why: one sentence.
    Raises RegistryError for a wrong value.
    """

    __slots__ = ("begin", "end", "hosts", "origin", "role", "watch", "why")
    begin: datetime
    end: datetime
    role: Role | None
    watch: str
    hosts: tuple[str, ...]
    why: str
    origin: Origin

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
        if role is not None and not isinstance(role, Role):
            raise RegistryError(f"Maintenance: role is {short_repr(role)}, not a Role", origin)
        first, last = _moment("begin", begin, origin), _moment("end", end, origin)
        if last <= first:
            raise RegistryError(f"Maintenance: it ends at {end}, which is not after {begin}", origin)
        if last - first > _LONGEST_MAINTENANCE:
            raise RegistryError("Maintenance: it is longer than a year; an Override(notify=...) is for that", origin)
        self._set(
            begin=first,
            end=last,
            role=role,
            watch=require_text("Maintenance: watch", watch, origin),
            hosts=(host,) if isinstance(host, str) else require_all("Maintenance: host", host, str, origin),
            why=require_text("Maintenance: why", why, origin).strip(),
            origin=origin,
        )

    def __repr__(self) -> str:
        return f"Maintenance({self.begin:%Y-%m-%d %H:%M}, why={self.why!r})"

    def scope(self) -> str:
        """For whom, in words: `role payments-api, watch disk, hosts web-*`, or `everything`."""
        parts = [f"role {self.role.name}"] if self.role else []
        parts += [f"watch {self.watch}"] if self.watch else []
        if self.hosts:
            parts.append(f"host{'s' if len(self.hosts) > 1 else ''} {', '.join(self.hosts)}")
        return ", ".join(parts) or "everything"


@dataclass(frozen=True, eq=False)
class Environment(_Declared):
    """Dev, QA, staging, production: where the roles run, and what is changed there.

    inventory: a YAML or CSV file of further hosts, relative to the project's folder.
    roles: those without hosts (a queue, a load balancer). overrides: in order, the last wins. sensu: whom its Sensu
    tells; unless said, handlers that are called as the levels of notify.
    maintenance: windows in which nobody is notified. pools: workers behind a gearmand, in which watches may run.
    sensu_agents: settings of the Sensu agents, such as those that run central checks.
    """

    name: str
    _: KW_ONLY
    site: Site
    hosts: tuple[Host, ...] = ()
    inventory: str = ""
    roles: tuple[Role, ...] = ()
    overrides: tuple[Override, ...] = ()
    sensu: Routes | None = None
    maintenance: tuple[Maintenance, ...] = ()
    pools: tuple[Pool, ...] = ()
    sensu_agents: SensuAgents | None = None

    def _verify(self) -> None:
        require_name("Environment", self.name, self.origin)
        what = f"Environment {self.name}"
        if not isinstance(self.site, Site):
            raise RegistryError(f"{what}: site is {short_repr(self.site)}, not a Site", self.origin)
        require_text(f"{what}: inventory", self.inventory, self.origin)
        if self.sensu is not None and not isinstance(self.sensu, Routes):
            raise RegistryError(f"{what}: sensu is {short_repr(self.sensu)}, not Routes(...)", self.origin)
        if self.sensu_agents is not None and not isinstance(self.sensu_agents, SensuAgents):
            message = f"{what}: sensu_agents is {short_repr(self.sensu_agents)}, not SensuAgents(...)"
            raise RegistryError(message, self.origin)
        self._freeze(
            hosts=require_all(f"{what}: hosts", self.hosts, Host, self.origin),
            roles=require_all(f"{what}: roles", self.roles, Role, self.origin),
            overrides=require_all(f"{what}: overrides", self.overrides, Override, self.origin),
            maintenance=require_all(f"{what}: maintenance", self.maintenance, Maintenance, self.origin),
            pools=require_all(f"{what}: pools", self.pools, Pool, self.origin),
        )


def _day(until: object, origin: Origin) -> date | None:
    said = require_text("Override: until", until, origin)
    if not said:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise RegistryError(f'Override: until is {said!r}, and a day is written "2027-03-01"', origin) from None


def _moment(what: str, said: object, origin: Origin) -> datetime:
    try:
        return datetime.strptime(require_text(f"Maintenance: {what}", said, origin), "%Y-%m-%d %H:%M")
    except ValueError:
        message = f'Maintenance: {what} is {said!r}, and a moment is written "2026-12-01 22:00"'
        raise RegistryError(message, origin) from None


__all__ = ["Environment", "Escalation", "Host", "Maintenance", "Override", "RegistryError", "Role", "Site", "Team"]
