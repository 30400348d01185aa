"""Definitions of Sensu Core 1.x as typed values that cannot be made invalid.

Making one that Core would refuse raises `Invalid` with the words of the rule. `fields()` gives what stands
in a file, without the fields that say nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from sensu.core1.quote import LABELS
from sensu.core1.rules import check_problems, client_problems
from sensu.fields import Problem

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Invalid(ValueError):
    """A definition that Sensu Core would not take; the text names it and says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check: what to run, how often (seconds), by whom, for which client.

    `handlers` None: nobody is told. `proxied` selects clients by attributes, and each gets a request of its
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

    def __post_init__(self) -> None:
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
