"""Definitions of Sensu Core 1.x as typed values that are always valid.

Creating one that Core would refuse raises `Invalid` with the rule's message. `fields()` returns what a file
contains, without fields that are not set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sensu.core1.handler_rules import filter_problems, handler_problems
from sensu.core1.quote import LABELS
from sensu.core1.rules import check_problems, client_problems
from sensu.rules import Problem

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Invalid(ValueError):
    """Error for a definition that Sensu Core would refuse. The message names the definition and the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """Command that the client runs after a result, with a timeout in seconds. It is validated with its check."""

    command: str
    timeout: int
    stdin: bool = False

    def fields(self) -> dict[str, Any]:
        """Return the value in the check's `hooks`."""
        return {"command": self.command, "timeout": self.timeout} | ({"stdin": True} if self.stdin else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler:
    """Program that the server runs with an event on its standard input, with a timeout in seconds."""

    name: str
    command: str
    timeout: int
    filters: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _raise_first(f"handler {self.name}", handler_problems(self.name, self.fields()))

    def fields(self) -> dict[str, Any]:
        """Return the value in `handlers`."""
        written = {"type": "pipe", "command": self.command, "timeout": self.timeout}
        return written | ({"filters": list(self.filters)} if self.filters else {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Filter that drops every event at some times of the week.

    `times` are (day, begin, end) in the server's local time. The end is part of the span.
    """

    name: str
    times: tuple[tuple[str, str, str], ...]

    def __post_init__(self) -> None:
        _raise_first(f"filter {self.name}", filter_problems(self.name, self.fields()))

    def fields(self) -> dict[str, Any]:
        """Return the value in `filters`."""
        days: dict[str, list[dict[str, str]]] = {}
        for day, begin, end in self.times:
            days.setdefault(day, []).append({"begin": begin, "end": end})
        # A filter without attributes matches all events. A negated one drops its matches while it is active.
        return {"negate": True, "attributes": {}, "when": {"days": days}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """Check: a command, its interval in seconds, its subscribers and its clients.

    `handlers` is None if the check notifies nobody. `refresh` is the time in seconds after which a problem notifies
    again, 0 for Core's default. `hooks` are by status or severity. `proxied` selects clients by attributes, each with
    a request of its own. `custom` are fields for handlers.
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
        """Return the value in `checks`."""
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
        # Core calls the handler "default" for a check without handlers.
        written |= {"handle": False} if self.handlers is None else {"handlers": list(self.handlers)}
        return written


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Machine with an agent, or, with `keepalives` False, one without that central machines check."""

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
        """Return the value of `client` in a file, which the API's /clients accepts too."""
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


def _raise_first(subject: str, problems: Iterable[Problem]) -> None:
    for problem in problems:
        if problem.severity == "error":
            raise Invalid(f"{subject}: {problem.message}")
