"""The plan: one environment's registry, resolved. All that a generator or a runner may read.

Everything here is data with its final value: no check class, no default left
to look up. `plan_json.py` writes it as versioned JSON and reads it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

PLAN_VERSION = 1

#: Names that may stand in braces in the text of a watch; labels come as `label.NAME`.
PLACEHOLDERS = ("host", "address", "environment", "role")

Notify = Literal["page", "office-hours", "ticket", "nobody"]
Where = Literal["host", "central"]
Per = Literal["host", "role"]
Transport = Literal["central", "local", "nrpe", "passive"]
Level = Literal["check", "site", "watch", "override"]

#: Of a field that JSON leaves out while it holds its default: plans from before it was invented stay as they are.
LEFT_OUT: Mapping[str, bool] = MappingProxyType({"left out": True})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where something was declared: file relative to the project's parent folder, and line (from 1)."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A value known only per host: `host`, `address`, `environment`, `role` or `label.NAME`."""

    name: str


#: One argument of a command: literal text and placeholders, in order. Literal text is never quoted here.
Word = tuple[str | Placeholder, ...]


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a secret is found. The value itself is in no plan.

    kind "env": `where` names an environment variable that must be set when the check runs.
    kind "file": `where` is an absolute path, readable by the user that runs the check.
    """

    option: str
    kind: Literal["env", "file"]
    where: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One resolved value and where it came from (a default of the check, a watch, an override)."""

    name: str
    value: str
    level: Level
    origin: Origin
    why: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """Thresholds of one gauge for the items that match `items` ("" = all).

    `warn` and `crit` are ranges of the Monitoring Plugins grammar, None when unset.
    They are already in the entry's command; they stand here to be shown.
    """

    gauge: str
    items: str
    warn: str | None
    crit: str | None
    level: Level
    origin: Origin
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One resolved watch and the hosts that it covers.

    Two entries share an id when an override splits a watch's hosts; `variant`
    ("" for the unsplit or largest group) then tells them apart, and no host is in both.
    """

    id: str  # "role:watch"
    name: str  # the watch's name, unique on each of its hosts
    variant: str = ""
    role: str
    check: str = ""  # our check's name, "" for a foreign plugin
    plugin: str = ""  # absolute path of a foreign plugin, "" for a check of ours
    family: str = ""  # "system", "web", ..., the project's name for its own, "" for a plugin
    summary: str = ""  # first line of the check's docstring
    command: tuple[Word, ...]  # the whole argv, executable first, thresholds and deadline included
    env: tuple[tuple[str, str], ...] = ()  # further environment variables, literal
    secrets: tuple[Secret, ...] = ()
    limits: tuple[Limit, ...] = ()
    settings: tuple[Setting, ...] = ()  # options, interval, ...: for explain, comments, exceptions
    interval: int = 60  # seconds
    retry: int = 30  # seconds
    attempts: int = 3
    deadline: int = 10  # seconds the check itself may take; each layer outside adds 2
    notify: Notify = "page"
    quiet: tuple[str, ...] = ()  # names of Hours in which nobody is notified
    where: Where = "host"
    per: Per = "host"
    transport: Transport = "central"
    owner: str  # a team's name
    runbook: str = ""
    why: tuple[str, ...] = ()  # one sentence for each override that changed this entry
    origin: Origin
    hosts: tuple[str, ...]  # host names; for per="role" the role's virtual host "ROLE.ENVIRONMENT"
    hooks: tuple[str, ...] = field(default=(), metadata=LEFT_OUT)  # names of its role's hooks that run after it
    pool: str = field(default="", metadata=LEFT_OUT)  # of where="central": the pool that runs it, "" for none
    run_as: str = field(default="", metadata=LEFT_OUT)  # the account to which sudo changes, "" for none


#: What changes the account for an entry with run_as.
SUDO = "/usr/bin/sudo"


def as_account(entry: Entry) -> tuple[tuple[Word, ...], tuple[tuple[str, str], ...]]:
    """With which argv and variables a machine runs an entry. sudo takes variables away: env(1) sets them behind it."""
    if not entry.run_as:
        return entry.command, entry.env
    variables = ("/usr/bin/env", *(f"{name}={value}" for name, value in entry.env)) if entry.env else ()
    before = (SUDO, "-n", "-u", entry.run_as, "--", *variables)
    return (*((word,) for word in before), *entry.command), ()


@dataclass(frozen=True, slots=True)
class Escalation:
    """A page that nobody acknowledged for so long is told to one more team."""

    after: int  # seconds since the first notification
    to: str  # a team's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    name: str
    email: str
    page: str = ""  # address or name of the pager, "" when the team has none
    office_hours: str = ""  # a name in Plan.hours
    escalations: tuple[Escalation, ...] = field(default=(), metadata=LEFT_OUT)  # the soonest first
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A command of literal words that a Sensu agent runs after a result `on`, as critical, non-zero or "3"."""

    name: str
    command: tuple[str, ...]
    on: tuple[str, ...]
    timeout: int  # seconds
    stdin: bool = False  # whether it is given the event
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """`hosts` is empty for a role without machines; `virtual_host` is set when anything is watched per role."""

    name: str
    summary: str = ""
    owner: str
    runbook: str = ""
    hosts: tuple[str, ...] = ()
    virtual_host: str = ""
    hooks: tuple[Hook, ...] = field(default=(), metadata=LEFT_OUT)
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    name: str
    address: str
    roles: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    parents: tuple[str, ...] = ()
    virtual: bool = False  # stands for a role without a machine: never pinged, never run on
    pool: str = field(default="", metadata=LEFT_OUT)  # who pings it and asks its NRPE, "" for the monitoring server
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Times of the week, local to the monitoring server: ("monday", "09:00-17:00,18:00-20:00"), ..."""

    name: str
    times: tuple[tuple[str, str], ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Covered:
    """One entry in a maintenance, and those of its hosts that are; () for all of them."""

    entry: str  # an Entry's id
    variant: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """A window in which nobody is notified, local to the monitoring server. It may be over: a plan knows no today."""

    begin: str  # such as "2026-12-01T22:00"
    end: str
    why: str
    entries: tuple[Covered, ...] = ()
    hosts: tuple[str, ...] = ()  # machines that may themselves be down without a word, with their NRPE
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """How this environment's machines run checks. All paths are absolute."""

    check: str = "/opt/checkwright/bin/check"
    transport: Transport = "nrpe"  # how a where="host" entry is reached from Nagios
    nrpe_port: int = 5666
    secrets: str = "/etc/checkwright/secrets"
    project: str = ""  # folder of the project's package on the machines, "" when only built-in checks are used
    plugins: str = "/usr/lib/nagios/plugins"  # where Debian keeps check_nrpe, check_icmp, ...
    # Programs of the Nagios server that send what a team is told: PROGRAM -s SUBJECT RECIPIENT, text on their input.
    mail: str = field(default="/usr/bin/mail", metadata=LEFT_OUT)
    page: str = field(default="/usr/bin/mail", metadata=LEFT_OUT)
    account: str = field(default="nagios", metadata=LEFT_OUT)  # as whom NRPE runs checks, and whom sudo is told of
    graphs: str = field(default="", metadata=LEFT_OUT)  # URL with {host}, {watch} and {environment}, "" for none


@dataclass(frozen=True, slots=True, kw_only=True)
class Off:
    """A watch that an override switches off on some hosts, of which it therefore has no entry."""

    id: str  # "role:watch"
    name: str
    owner: str  # a team's name
    why: str
    origin: Origin  # of the override
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """A program of literal words that Sensu runs for an event, which it gets as JSON on its standard input."""

    name: str
    command: tuple[str, ...]
    assets: tuple[str, ...] = ()  # names of the Sensu assets that it runs out of
    env: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()  # names of Secret resources, each for the variable of that name
    filters: tuple[str, ...] = ()  # names of further event filters that Sensu has
    timeout: int  # seconds
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """The handlers of each level in a Sensu, by name; those that are not in `handlers` Sensu has already."""

    page: tuple[str, ...] = ()
    office_hours: tuple[str, ...] = ()
    ticket: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    handlers: tuple[Handler, ...] = ()
    repeat: int = 0  # seconds after which a problem that stays is told again, 0 for never
    time_zone: str = "UTC"  # of all Hours
    flapping: tuple[int, int] = (0, 0)  # percentages of change, (0, 0) for none
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class SensuAgents:
    """Settings of the Sensu agents of an environment. Times are in seconds."""

    central: tuple[str, ...] = ()  # machines whose agents run central checks; not all need be hosts of the plan
    autoscaled: tuple[str, ...] = ()  # hosts that come and go, which Sensu forgets when their agents end
    keepalive: int = 20  # between two signs of life
    warning: int = 60  # of silence until Sensu warns, which notifies nobody
    critical: int = 180  # of silence until the machine counts as down
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """Workers that run checks in Nagios's stead: they take them from gearmands, where a broker module puts them."""

    name: str
    queues: tuple[str, ...]  # the first is where its checks are put; its workers take from all of them
    servers: tuple[str, ...]  # gearmands as HOST or HOST:PORT, as Nagios reaches them
    via: tuple[str, ...] = ()  # where its workers find them, () for the same
    workers: tuple[str, ...]  # the machines on which its workers run
    key_file: str  # "" for none
    plugins: tuple[str, ...]  # folders of foreign plugins that its workers may run
    at_once: int = 50
    max_age: int = 0  # seconds, 0 for any age
    user: str = "nagios"
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`hosts` includes the virtual ones. Every tuple is sorted by name or id: equal registries give equal bytes."""

    version: int = PLAN_VERSION
    project: str
    environment: str
    site: Site
    teams: tuple[Team, ...] = ()
    roles: tuple[Role, ...] = ()
    hosts: tuple[Host, ...] = ()
    hours: tuple[Hours, ...] = ()
    entries: tuple[Entry, ...] = ()
    off: tuple[Off, ...] = field(default=(), metadata=LEFT_OUT)
    routes: Routes | None = field(default=None, metadata=LEFT_OUT)  # None: Sensu has a handler of each level's name
    maintenance: tuple[Maintenance, ...] = field(default=(), metadata=LEFT_OUT)  # the soonest first
    pools: tuple[Pool, ...] = field(default=(), metadata=LEFT_OUT)
    sensu_agents: SensuAgents | None = field(default=None, metadata=LEFT_OUT)
