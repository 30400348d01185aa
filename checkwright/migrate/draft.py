"""A project in the making: what an import found out, before it is written as Python and YAML.

Everything is a value that compares and hashes by what it says, so that an import can put together what is alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Label:
    """In place of an option's value: `label(NAME, KIND)`, a label of the host."""

    name: str
    kind: Literal["str", "int", "float"] = "str"


#: What an option or a setting may be given. `quiet` takes names of Hours, `env` pairs of name and value.
Value = str | int | float | bool | None | Label | tuple["Value", ...]
Pairs = tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Threshold:
    """One `GAUGE.at(ITEMS, warn=..., crit=...)`; ranges as text, None for an end that is not stated."""

    gauge: str
    warn: str | None = None
    crit: str | None = None
    items: str = ""


@dataclass(frozen=True, slots=True)
class OurCheck:
    """A check of the library, by module and class: `OurCheck("checks.system.disk", "Disk", (("paths", ("/",)),))`."""

    module: str
    kind: str
    options: Pairs = ()
    limits: tuple[Threshold, ...] = ()


@dataclass(frozen=True, slots=True)
class Program:
    """A plugin that is not ours: its absolute path and its arguments, in which placeholders hold."""

    path: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftHours:
    """`lines` as Hours takes them: "monday-friday 09:00-17:00"."""

    name: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DraftTeam:
    """`office_hours` is the name of a DraftHours, "" for the model's own. `about` becomes a comment."""

    name: str
    email: str
    page: str = ""
    office_hours: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class DraftWatch:
    """`settings` as a Watch takes them (durations as text). `about` becomes a comment above it."""

    name: str
    runs: OurCheck | Program
    settings: Pairs = ()
    per: Literal["host", "role"] = "host"
    about: str = ""


@dataclass(frozen=True, slots=True)
class DraftHook:
    """Literal words that run after results `on` of these watches. `timeout` as a Hook takes it."""

    name: str
    command: tuple[str, ...]
    on: tuple[str, ...]
    watches: tuple[str, ...]
    timeout: str = "10s"
    stdin: bool = False


@dataclass(frozen=True, slots=True)
class DraftRole:
    """`owner` is the name of a DraftTeam."""

    name: str
    owner: str
    watches: tuple[DraftWatch, ...] = ()
    summary: str = ""
    runbook: str = ""
    hooks: tuple[DraftHook, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftHost:
    """`roles` and `parents` are names; `labels` pairs of name and value."""

    name: str
    address: str
    roles: tuple[str, ...] = ()
    labels: tuple[tuple[str, str], ...] = ()
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DraftOverride:
    """What some hosts have otherwise. `options` are those of a check, `limits` thresholds of `of`, its class."""

    why: str
    role: str = ""
    watch: str = ""
    hosts: tuple[str, ...] = ()
    of: OurCheck | None = None
    settings: Pairs = ()


@dataclass(frozen=True, slots=True)
class DraftEnvironment:
    """`site` are arguments of Site, `routes` of Routes; without these there are none.

    The hosts go into inventory/NAME.yaml; `roles` are those without hosts.
    """

    name: str
    hosts: tuple[DraftHost, ...]
    site: Pairs = ()
    overrides: tuple[DraftOverride, ...] = ()
    roles: tuple[str, ...] = ()
    routes: Pairs = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole project. `source` says in a phrase where it comes from; `modules` names a team's module, where
    its name would not do."""

    name: str
    source: str
    teams: tuple[DraftTeam, ...]
    roles: tuple[DraftRole, ...]
    environments: tuple[DraftEnvironment, ...]
    hours: tuple[DraftHours, ...] = ()
    modules: Mapping[str, str] = field(default_factory=dict)
