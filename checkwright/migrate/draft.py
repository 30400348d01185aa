"""Model of an imported project, before it is written as Python and YAML.

All parts are values that compare and hash by content, so that an import can merge equal ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Label:
    """Label of the host in place of an option's value: `label(NAME, KIND)`."""

    name: str
    kind: Literal["str", "int", "float"] = "str"


#: Value of an option or a setting. `quiet` takes names of Hours, `env` pairs of name and value.
Value = str | int | float | bool | None | Label | tuple["Value", ...]
Pairs = tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    """One `GAUGE.at(ITEMS, warn=..., crit=...)`; ranges as text, None for a limit that is not set."""

    gauge: str
    warn: str | None = None
    crit: str | None = None
    items: str = ""


@dataclass(frozen=True, slots=True)
class LibraryCheck:
    """Check of the library, by module and class: `LibraryCheck("checks.system.disk", "Disk", (("paths", ("/",)),))`."""

    module: str
    kind: str
    options: Pairs = ()
    limits: tuple[Threshold, ...] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """Plugin of another project: absolute path and arguments, which may contain placeholders."""

    path: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftHours:
    """Hours: `lines` and `without` as Hours takes them: "monday-friday 09:00-17:00", "december 25"."""

    name: str
    lines: tuple[str, ...]
    without: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftServiceGroup:
    """Servicegroup. `settings` as ServiceGroup takes them; `groups` of a watch holds names."""

    name: str
    settings: Pairs = ()


@dataclass(frozen=True, slots=True)
class DraftContact:
    """Person of a team. `hours` is the name of a DraftHours, "" for all hours.

    `on` and `hosts` are events of services and of hosts; None is the default.
    """

    name: str
    email: str
    page: str = ""
    hours: str = ""
    on: tuple[str, ...] | None = None
    hosts: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class DraftTeam:
    """Team. `office_hours` is the name of a DraftHours, "" for the default. `about` becomes a comment.

    `notification` are settings for all its watches that state none.
    """

    name: str
    email: str
    page: str = ""
    office_hours: str = ""
    about: str = ""
    contacts: tuple[DraftContact, ...] = ()
    notification: Pairs = ()


@dataclass(frozen=True, slots=True)
class DraftWatch:
    """Watch. `settings` as a Watch takes them (durations as text). `about` becomes a comment above it."""

    name: str
    runs: LibraryCheck | Program
    settings: Pairs = ()
    per: Literal["host", "role"] = "host"
    about: str = ""


@dataclass(frozen=True, slots=True)
class DraftHook:
    """Hook: a literal command that runs after results `on` of these watches. `timeout` as a Hook takes it."""

    name: str
    command: tuple[str, ...]
    on: tuple[str, ...]
    watches: tuple[str, ...]
    timeout: str = "10s"
    stdin: bool = False


@dataclass(frozen=True, slots=True)
class DraftRole:
    """Role. `owner` is the name of a DraftTeam."""

    name: str
    owner: str
    watches: tuple[DraftWatch, ...] = ()
    summary: str = ""
    runbook: str = ""
    hooks: tuple[DraftHook, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftHost:
    """Host. `roles` and `parents` are names; `labels` pairs of name and value."""

    name: str
    address: str
    roles: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftOverride:
    """Override for some hosts. `options` belong to a check, `limits` are thresholds of `of`, its class."""

    why: str
    role: str = ""
    watch: str = ""
    hosts: tuple[str, ...] = ()
    of: LibraryCheck | None = None
    settings: Pairs = ()


@dataclass(frozen=True, slots=True)
class DraftHostCheck:
    """Host check: `runs` a kind or an argv, None to leave it. Without `role` and `hosts` it is for all hosts.

    `owner` is the name of a DraftTeam.
    """

    runs: str | tuple[str, ...] | None = None
    settings: Pairs = ()
    owner: str = ""
    role: str = ""
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftEnvironment:
    """Environment. `site` are arguments of Site, `routes` of Routes; both are optional.

    `central` are the machines whose Sensu agents run central checks; not all need be hosts.

    The hosts go into inventory/NAME.yaml; `roles` are those without hosts.
    """

    name: str
    hosts: tuple[DraftHost, ...]
    site: Pairs = ()
    overrides: tuple[DraftOverride, ...] = ()
    roles: tuple[str, ...] = ()
    routes: Pairs = ()
    central: tuple[str, ...] = ()
    host_checks: tuple[DraftHostCheck, ...] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """Project. `source` describes its origin in a phrase; `modules` names the module of a team whose own
    name cannot be one."""

    name: str
    source: str
    teams: tuple[DraftTeam, ...]
    roles: tuple[DraftRole, ...]
    environments: tuple[DraftEnvironment, ...]
    hours: tuple[DraftHours, ...] = ()
    service_groups: tuple[DraftServiceGroup, ...] = ()
    modules: Mapping[str, str] = field(default_factory=dict)
