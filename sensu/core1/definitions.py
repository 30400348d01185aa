"""Definitions of Sensu Core 1.x as typed values that cannot be made invalid.

Making one that Core would refuse raises `Invalid` with the words of the rule. `fields()` gives what stands
in a file, without the fields that say nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sensu.core1.handler_rules import filter_problems, handler_problems
from sensu.core1.quote import LABELS
from sensu.core1.rules import check_problems, client_problems
from sensu.fields import Problem

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Invalid(ValueError):
    """A definition that Sensu Core would not take; the text names it and says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A command that the client runs after a result. `timeout` in seconds. It is judged with its check."""

    command: str
    timeout: int
    stdin: bool = False

    def fields(self) -> dict[str, Any]:
        """What stands in the check's `hooks`."""
        return {"command": self.command, "timeout": self.timeout} | ({"stdin": True} if self.stdin else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """A program that the server runs with an event on its standard input. `timeout` in seconds."""

    name: str
    command: str
    timeout: int
    filters: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _raise_first(f"handler {self.name}", handler_problems(self.name, self.fields()))

    def fields(self) -> dict[str, Any]:
        """What stands below the handler's name in `handlers`."""
        written = {"type": "pipe", "command": self.command, "timeout": self.timeout}
        return written | ({"filters": list(self.filters)} if self.filters else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Drops every event in these times of the week: (day, begin, end), local to the server, the end included."""

    name: str
    times: tuple[tuple[str, str, str], ...]

    def __post_init__(self) -> None:
        _raise_first(f"filter {self.name}", filter_problems(self.name, self.fields()))

    def fields(self) -> dict[str, Any]:
        """What stands below the filter's name in `filters`."""
        days: dict[str, list[dict[str, str]]] = {}
        for day, begin, end in self.times:
            days.setdefault(day, []).append({"begin": begin, "end": end})
        # Without attributes it matches all, and negated it drops what matches, while it is active.
        return {"negate": True, "attributes": {}, "when": {"days": days}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check: what to run, how often (seconds), by whom, for which client.

    `handlers` None: nobody is told. `refresh`: seconds after which a problem is told again, 0 for what Core does.
    `hooks` by status or severity. `proxied` selects clients by attributes, and each gets a request of its
    own. `custom` are fields for handlers.
    """

    name: str
    command: str
    interval: int
    timeout: int
    subscribers: tuple[str, ...] = ()
    standalone: bool = False
    source: str = ""
    proxied: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    ttl: int = 0
    occurrences: int = 1
    handlers: tuple[str, ...] | None = None
    custom: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    refresh: int = 0
    low_flap_threshold: int = 0
    high_flap_threshold: int = 0
    hooks: Mapping[str, Hook] = field(default_factory=lambda: MappingProxyType({}))

    def __post_init__(self) -> None:
        object.__setattr__(self, "hooks", MappingProxyType(dict(self.hooks)))
        object.__setattr__(self, "proxied", MappingProxyType(dict(self.proxied)))
        object.__setattr__(self, "custom", MappingProxyType(dict(self.custom)))
        _raise_first(f"check {self.name}", check_problems(self.name, self.fields()))

    def fields(self) -> dict[str, Any]:
        """What stands below the check's name in `checks`."""
        written: dict[str, Any] = {
            **self.custom,
            "command": self.command,
            "interval": self.interval,
            "timeout": self.timeout,
            "occurrences": self.occurrences,
        }
        if self.standalone:
            written["standalone"] = True
        else:
            written["subscribers"] = list(self.subscribers)
        if self.source:
            written["source"] = self.source
        if self.proxied:
            written["proxy_requests"] = {"client_attributes": dict(self.proxied)}
        if self.ttl:
            written["ttl"] = self.ttl
        for key in ("refresh", "low_flap_threshold", "high_flap_threshold"):
            if value := getattr(self, key):
                written[key] = value
        if self.hooks:
            written["hooks"] = {kind: hook.fields() for kind, hook in self.hooks.items()}
        # Without handlers Core would call the one named "default".
        written |= {"handle": False} if self.handlers is None else {"handlers": list(self.handlers)}
        return written


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A machine with an agent, or (`keepalives` false) one that others check and that has none."""

    name: str
    address: str
    subscriptions: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    custom: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    keepalives: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "labels", MappingProxyType(dict(self.labels)))
        object.__setattr__(self, "custom", MappingProxyType(dict(self.custom)))
        _raise_first(f"client {self.name}", client_problems(self.fields()))

    def fields(self) -> dict[str, Any]:
        """What stands in `client`, or is posted to the API's /clients."""
        written: dict[str, Any] = {
            **self.custom,
            "name": self.name,
            "address": self.address,
            "subscriptions": list(self.subscriptions),
        }
        if self.labels:
            written[LABELS] = dict(self.labels)
        if not self.keepalives:
            written["keepalives"] = False
        return written


def _raise_first(what: str, problems: Iterable[Problem]) -> None:
    for problem in problems:
        if problem.severity == "error":
            raise Invalid(f"{what}: {problem.message}")
