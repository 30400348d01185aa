"""The plan: one environment, resolved. Generators and runners read nothing else.

A plan is data with final values: it holds no check classes and no defaults that are still to be looked up.
`plan_json.py` writes it as versioned JSON and reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

PLAN_VERSION = 2

#: Placeholders in the text of a watch. There is also `label.NAME`.
PLACEHOLDERS = ("host", "address", "environment", "role")

Notify = Literal["page", "office-hours", "ticket", "nobody"]
#: Notifications that a channel may get: pages with those of office hours, or tickets.
ChannelLevel = Literal["page", "ticket"]
#: Events of a watch that can notify, and those of a host.
NotifyOn = Literal["warning", "critical", "unknown", "recovery", "flapping", "downtime"]
HostEvent = Literal["down", "unreachable", "recovery", "flapping", "downtime"]
#: Events that a watch notifies of by default.
NOTIFY_ON: tuple[NotifyOn, ...] = ("warning", "critical", "unknown", "recovery", "flapping")
#: Events that a host notifies of by default. Nagios notifies of unreachable children before their parent is hard.
HOST_NOTIFY_ON: tuple[HostEvent, ...] = ("down", "recovery", "flapping")
#: Events of hosts that a person is notified of by default.
HOST_EVENTS: tuple[HostEvent, ...] = ("down", "unreachable", "recovery", "flapping")
Where = Literal["host", "central"]
Per = Literal["host", "role"]
Transport = Literal["central", "local", "nrpe", "passive"]
Engine = Literal["nagios", "naemon"]
Level = Literal["check", "team", "site", "watch", "override"]

#: Metadata of a field that JSON omits while it has its default, so that older plans do not change.
LEFT_OUT: Mapping[str, bool] = MappingProxyType({"left out": True})


@dataclass(frozen=True, slots=True)
class Origin:
    """Place of a declaration: file, relative to the folder that holds the project, and line (from 1)."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Placeholder:
    """Value that may differ by host: `host`, `address`, `environment`, `role` or `label.NAME`."""

    name: str


#: One argument of a command: literal text and placeholders, in order. Nothing is quoted.
Word = tuple[str | Placeholder, ...]


@dataclass(frozen=True, slots=True)
class Secret:
    """Place of a secret. A plan never holds the value.

    kind "env": `where` names an environment variable that must be set when the check runs.
    kind "file": `where` is an absolute path, readable by the user that runs the check.
    """

    option: str
    kind: Literal["env", "file"]
    where: str


@dataclass(frozen=True, slots=True)
class Setting:
    """One resolved value, and the level and the line that decided it."""

    name: str
    value: str
    level: Level
    origin: Origin
    why: str = ""
    until: str = field(default="", metadata=LEFT_OUT)  # last day of the override, such as "2027-03-01", "" for no end


@dataclass(frozen=True, slots=True)
class Limit:
    """Thresholds of one gauge for the items that match `items` ("" = all).

    `warn` and `crit` are ranges of the Monitoring Plugins grammar, None if not set, in the unit of the gauge
    ("" for a plain count). `label` is its noun, such as "Used space". The command of the entry contains the ranges
    already; these are for display.
    """

    gauge: str
    items: str
    warn: str | None
    crit: str | None
    level: Level
    origin: Origin
    why: str = ""
    unit: str = field(default="", metadata=LEFT_OUT)
    label: str = field(default="", metadata=LEFT_OUT)
    until: str = field(default="", metadata=LEFT_OUT)  # as that of a Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """Severities of words of one verdict for the items that match `items` ("" = all).

    `label` is the verdict's noun. The command of the entry contains the words already; these are for display.
    """

    verdict: str
    items: str = ""
    ok: tuple[str, ...] = ()
    warn: tuple[str, ...] = ()
    crit: tuple[str, ...] = ()
    level: Level
    origin: Origin
    why: str = ""
    label: str = field(default="", metadata=LEFT_OUT)
    until: str = field(default="", metadata=LEFT_OUT)  # as that of a Setting


def meaning_text(meaning: Meaning) -> str:
    """Return the words of a meaning for people: `ok MAINT, NOLB; warning DOWN`."""
    ends = (("ok", meaning.ok), ("warning", meaning.warn), ("critical", meaning.crit))
    return "; ".join(f"{end} {', '.join(words)}" for end, words in ends if words)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Part of a business service: `at_least` of the members, as (host, watch), must work.

    `oldest` is the age in seconds of a result that still counts.
    """

    name: str
    at_least: int
    oldest: int
    watches: tuple[str, ...]  # ids of entries
    members: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One resolved watch, and its hosts.

    An override may split the hosts of a watch into several entries with the same id. `variant` distinguishes them:
    it is "" for the largest group. No host is in two of them.
    """

    id: str  # "role:watch"
    name: str  # the watch's name, unique on each of its hosts
    variant: str = ""
    role: str
    check: str = ""  # name of the check, "" for a foreign plugin
    plugin: str = ""  # absolute path of a foreign plugin, "" for a check
    family: str = ""  # "system", "web", ..., the project's name for its own, "" for a plugin
    summary: str = ""  # first line of the check's docstring, or the summary of a foreign plugin
    command: tuple[Word, ...]  # the whole argv, executable first, thresholds and deadline included
    env: tuple[tuple[str, str], ...] = ()  # additional environment variables, literal
    secrets: tuple[Secret, ...] = ()
    limits: tuple[Limit, ...] = ()
    meanings: tuple[Meaning, ...] = field(default=(), metadata=LEFT_OUT)
    settings: tuple[Setting, ...] = ()  # options, interval, ...: for explain and for comments
    interval: int = 60  # seconds
    retry: int = 30  # seconds
    attempts: int = 3
    deadline: int = 10  # seconds that the check may take; each layer outside adds 2
    notify: Notify = "page"
    quiet: tuple[str, ...] = ()  # names of Hours when nobody is notified
    renotify: int = field(default=3600, metadata=LEFT_OUT)  # seconds between notifications of a problem, 0 for one only
    notify_after: int = field(default=0, metadata=LEFT_OUT)  # seconds from the alert to the first notification
    notify_on: tuple[NotifyOn, ...] = field(default=NOTIFY_ON, metadata=LEFT_OUT)
    where: Where = "host"
    per: Per = "host"
    transport: Transport = "central"
    owner: str  # a team's name
    runbook: str = ""
    why: tuple[str, ...] = ()  # reasons of the overrides that changed this entry
    origin: Origin
    hosts: tuple[str, ...]  # host names; for per="role" the role's virtual host "ROLE.ENVIRONMENT"
    hooks: tuple[str, ...] = field(default=(), metadata=LEFT_OUT)  # names of hooks that run after it
    pool: str = field(default="", metadata=LEFT_OUT)  # pool that runs it if where="central", "" for none
    run_as: str = field(default="", metadata=LEFT_OUT)  # account for sudo, "" for none
    account: str = field(default="", metadata=LEFT_OUT)  # its account of AWS, "" for none
    needs: tuple[str, ...] = field(default=(), metadata=LEFT_OUT)  # ids of the entries without which it cannot work
    # Ids of the entries whose problems explain its own: while one of them fails, nobody is notified of it.
    held_by: tuple[str, ...] = field(default=(), metadata=LEFT_OUT)
    groups: tuple[str, ...] = field(default=(), metadata=LEFT_OUT)  # names in Plan.service_groups
    parts: tuple[Part, ...] = field(default=(), metadata=LEFT_OUT)  # of a business service; Nagios knows their states


def part_text(part: Part) -> str:
    """Return the condition of a part for people: `2 of 3 services of web:http must work`."""
    return f"{part.at_least} of {len(part.members)} services of {' or '.join(part.watches)} must work"


def without_business_services(plan: Plan) -> Plan:
    """Return the plan without business services: only Nagios knows the states of their parts."""
    services = {entry.role for entry in plan.entries if entry.parts}
    if not services:
        return plan
    virtual = {role.virtual_host for role in plan.roles if role.name in services}
    return replace(
        plan,
        entries=tuple(entry for entry in plan.entries if not entry.parts),
        roles=tuple(role for role in plan.roles if role.name not in services),
        hosts=tuple(host for host in plan.hosts if host.name not in virtual),
    )


#: Program that changes the account for entries with run_as.
SUDO = "/usr/bin/sudo"


def as_account(entry: Entry) -> tuple[tuple[Word, ...], tuple[tuple[str, str], ...]]:
    """Return argv and environment variables with which a machine runs an entry.

    sudo drops environment variables, so env(1) sets them after it.
    """
    if not entry.run_as:
        return entry.command, entry.env
    variables = ("/usr/bin/env", *(f"{name}={value}" for name, value in entry.env)) if entry.env else ()
    prefix = (SUDO, "-n", "-u", entry.run_as, "--", *variables)
    return (*((word,) for word in prefix), *entry.command), ()


@dataclass(frozen=True, slots=True)
class Escalation:
    """Notification of another team, for a page that nobody acknowledged in time."""

    after: int  # seconds since the first notification
    to: str  # a team's name


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Service or program that brings notifications of a team, or of one person of it, to people.

    kind: "pagerduty", "opsgenie", "slack", "webhook", "sms" or "mail". settings: (name, text); those that are secrets
    hold the absolute path of a file.
    """

    name: str
    kind: str
    levels: tuple[ChannelLevel, ...]
    settings: tuple[tuple[str, str], ...]
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One person of a team, with hours of their own."""

    name: str
    email: str
    page: str = ""
    hours: str = ""  # a name in Plan.hours, "" for all hours
    on: tuple[NotifyOn, ...] = NOTIFY_ON  # events of watches
    hosts: tuple[HostEvent, ...] = HOST_EVENTS  # events of hosts
    channels: tuple[Channel, ...] = field(default=(), metadata=LEFT_OUT)  # in declared order
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """People who are notified, as owners of roles or by an escalation."""

    name: str
    email: str
    page: str = ""  # address or name of the pager, "" for none
    office_hours: str = ""  # a name in Plan.hours
    escalations: tuple[Escalation, ...] = field(default=(), metadata=LEFT_OUT)  # the soonest first
    contacts: tuple[Contact, ...] = field(default=(), metadata=LEFT_OUT)
    channels: tuple[Channel, ...] = field(default=(), metadata=LEFT_OUT)  # in declared order
    sns: tuple[str, ...] = field(default=(), metadata=LEFT_OUT)  # ARNs of topics that alarms of CloudWatch notify
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Command that a Sensu agent runs after some results. `on`: the results, such as critical, non-zero or "3"."""

    name: str
    command: tuple[str, ...]
    on: tuple[str, ...]
    timeout: int  # seconds
    stdin: bool = False  # True passes the event on standard input
    origin: Origin


@dataclass(frozen=True, slots=True)
class Capacity:
    """Size of something that requests hold on one machine: name "workers", or that of a pool of connections."""

    name: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Kind of machine or service.

    `hosts` is empty for a role without machines. `virtual_host` is set if the role has watches with per="role".
    """

    name: str
    summary: str = ""
    owner: str
    runbook: str = ""
    hosts: tuple[str, ...] = ()
    virtual_host: str = ""
    hooks: tuple[Hook, ...] = field(default=(), metadata=LEFT_OUT)
    capacity: tuple[Capacity, ...] = field(default=(), metadata=LEFT_OUT)
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """One machine, or the virtual host of a role."""

    name: str
    address: str
    roles: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    parents: tuple[str, ...] = ()
    virtual: bool = False  # represents a role: it is never pinged, and nothing runs on it
    pool: str = field(
        default="", metadata=LEFT_OUT
    )  # pool that pings it and uses its NRPE, "" for the monitoring server
    check: str = field(default="", metadata=LEFT_OUT)  # a name in Plan.host_checks, "" for the default
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCheck:
    """State of hosts in Nagios: the check, its schedule, and the notifications.

    `notify` "" is the level of the most urgent watch on the host, `owner` "" all teams with watches there.
    """

    name: str
    runs: Literal["ping", "tcp", "http", "nrpe", "none", "plugin"] = "ping"
    port: int = 0  # of tcp and http
    command: tuple[Word, ...] = ()  # argv of a plugin
    interval: int = 300  # seconds
    retry: int = 30  # seconds
    attempts: int = 3
    renotify: int = 3600  # seconds, 0 for one notification only
    notify_after: int = 0  # seconds
    notify_on: tuple[HostEvent, ...] = HOST_NOTIFY_ON
    notify: Literal["", "page", "office-hours", "ticket", "nobody"] = ""
    owner: str = ""
    why: tuple[str, ...] = ()
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """Times of the week, local to the monitoring server: ("monday", "09:00-17:00,18:00-20:00"), ..."""

    name: str
    times: tuple[tuple[str, str], ...]
    origin: Origin
    #: Days without these hours, as `holidays.merged` returns them: "2026-12-24..2026-12-26", "december 25".
    without: tuple[str, ...] = field(default=(), metadata=LEFT_OUT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceGroup:
    """Servicegroup of Nagios that the fleet declares. Entries name their groups."""

    name: str
    alias: str = ""
    notes: str = ""
    notes_url: str = ""
    action_url: str = ""
    origin: Origin


@dataclass(frozen=True, slots=True)
class Covered:
    """Entry in a maintenance. `hosts` are those of its hosts that are in the maintenance, () for all."""

    entry: str  # an Entry's id
    variant: str
    hosts: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """Time when nobody is notified, local to the monitoring server. It may be over."""

    begin: str  # such as "2026-12-01T22:00"
    end: str
    why: str
    entries: tuple[Covered, ...] = ()
    hosts: tuple[str, ...] = ()  # machines whose own state, and whose NRPE, notify nobody
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Downtime:
    """Downtime that recurs. `when`: as `recurrence.parse` reads it, in the plan's time zone. `length`: seconds."""

    when: str
    length: int
    why: str
    entries: tuple[Covered, ...] = ()
    hosts: tuple[str, ...] = ()  # machines, with all their services
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Paths, programs and accounts of the environment's machines. All paths are absolute."""

    check: str = "/opt/checkwright/bin/check"
    transport: Transport = "nrpe"  # way from Nagios to entries with where="host"
    nrpe_port: int = 5666
    secrets: str = "/etc/checkwright/secrets"
    project: str = ""  # folder of the project's package on the machines, "" if only built-in checks are used
    plugins: str = "/usr/lib/nagios/plugins"  # folder of check_nrpe, check_icmp, ...
    # Programs of the Nagios server that send notifications: PROGRAM -s SUBJECT RECIPIENT, text on standard input.
    mail: str = field(default="/usr/bin/mail", metadata=LEFT_OUT)
    page: str = field(default="/usr/bin/mail", metadata=LEFT_OUT)
    account: str = field(default="nagios", metadata=LEFT_OUT)  # account of NRPE, which sudo permits to use others
    graphs: str = field(default="", metadata=LEFT_OUT)  # URL with {host}, {watch}, {role}, {environment}, or ""
    perfdata: str = field(default="", metadata=LEFT_OUT)  # "influxdb:URL", "graphite:HOST:PORT", ..., "" for nowhere
    perfdata_login: str = field(default="", metadata=LEFT_OUT)  # file with the login for it, "" for none
    engine: Engine = field(default="nagios", metadata=LEFT_OUT)  # daemon that reads the object files
    catalogue: str = field(default="", metadata=LEFT_OUT)  # URL of the catalogue, without a slash at its end


@dataclass(frozen=True, slots=True, kw_only=True)
class Off:
    """Watch that an override switches off on some hosts, so that there is no entry for them."""

    id: str  # "role:watch"
    name: str
    owner: str  # a team's name
    why: str
    origin: Origin  # of the override
    hosts: tuple[str, ...]
    check: str = field(default="", metadata=LEFT_OUT)  # name of the check, "" for a foreign plugin
    until: str = field(default="", metadata=LEFT_OUT)  # as that of a Setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauge:
    """Number that a check watches. `warn` and `crit` are its default ranges, None for none."""

    name: str
    label: str  # a noun, such as "Used space"
    unit: str = ""  # "s", "B", "%", "c", "B/s", "/s", "pages/s" or "days", "" for a plain count
    warn: str | None = None
    crit: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Word that a check judges, with the default severities of words. `other` is that of any further word."""

    name: str
    label: str
    ok: tuple[str, ...] = ()
    warn: tuple[str, ...] = ()
    crit: tuple[str, ...] = ()
    other: str = "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Declaration of a check that some entry runs. Gauges and verdicts are in the order of the class body."""

    name: str
    family: str
    summary: str = ""  # first line of its docstring
    text: str = ""  # the rest of its docstring
    gauges: tuple[Gauge, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    origin: Origin  # of the class


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Declared change of watches. Values that it decided have its origin and its reason."""

    scope: str  # such as "role payments-api, host pay-1"; "everything" for all watches
    changes: tuple[str, ...]  # such as "space of /srv warn 85 crit 93", "switched off"
    teams: tuple[str, ...]  # names of the owners of the watches that it matches, sorted
    why: str
    until: str = ""  # the last day, such as "2027-03-01", "" for no end
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """Program that Sensu runs for an event, with the event as JSON on standard input."""

    name: str
    command: tuple[str, ...]
    assets: tuple[str, ...] = ()  # names of the Sensu assets that contain it
    env: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()  # names of Secret resources; each becomes the variable of that name
    filters: tuple[str, ...] = ()  # names of further event filters in Sensu
    timeout: int  # seconds
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """Names of the handlers of each level in Sensu. Those that are not in `handlers` exist in Sensu already."""

    page: tuple[str, ...] = ()
    office_hours: tuple[str, ...] = ()
    ticket: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    handlers: tuple[Handler, ...] = ()
    repeat: int = 0  # seconds between notifications of a lasting problem, 0 for one notification
    time_zone: str = "UTC"  # of all Hours
    flapping: tuple[int, int] = (0, 0)  # percentages of state changes, (0, 0) for no detection
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
    """Workers that run checks in place of Nagios. A broker module hands them the checks through gearmand."""

    name: str
    queues: tuple[str, ...]  # the first one holds its checks; its workers serve all of them
    servers: tuple[str, ...]  # gearmands as HOST or HOST:PORT, as Nagios reaches them
    via: tuple[str, ...] = ()  # the same as its workers reach them, () for no difference
    workers: tuple[str, ...]  # machines that run its workers
    key_file: str  # "" for none
    plugins: tuple[str, ...]  # folders of plugins that its workers may run
    at_once: int = 50
    max_age: int = 0  # seconds, 0 for any age
    user: str = "nagios"
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Text file that watches need on their machines. path: below /etc/checkwright there, `latency/shop.routes`."""

    path: str
    text: str
    roles: tuple[str, ...]  # names of the roles whose machines need it
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One resolved environment. `hosts` includes the virtual ones.

    Every tuple is sorted by name or id, unless it says otherwise, so that equal registries give equal bytes.
    """

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
    routes: Routes | None = field(
        default=None, metadata=LEFT_OUT
    )  # None if Sensu has a handler with the name of each level
    maintenance: tuple[Maintenance, ...] = field(default=(), metadata=LEFT_OUT)  # the soonest first
    downtimes: tuple[Downtime, ...] = field(default=(), metadata=LEFT_OUT)  # in declared order
    time_zone: str = field(default="", metadata=LEFT_OUT)  # of downtimes, "" for that of the Nagios server
    pools: tuple[Pool, ...] = field(default=(), metadata=LEFT_OUT)
    sensu_agents: SensuAgents | None = field(default=None, metadata=LEFT_OUT)
    files: tuple[File, ...] = field(default=(), metadata=LEFT_OUT)
    checks: tuple[Check, ...] = field(default=(), metadata=LEFT_OUT)  # those of entries
    host_checks: tuple[HostCheck, ...] = field(default=(), metadata=LEFT_OUT)
    service_groups: tuple[ServiceGroup, ...] = field(default=(), metadata=LEFT_OUT)
    overrides: tuple[Override, ...] = field(default=(), metadata=LEFT_OUT)  # in declared order: the last one wins
