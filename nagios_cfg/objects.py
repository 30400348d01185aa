"""Definitions of Nagios objects.

A `Definition` refuses names and values that the file format or Nagios would change. `object_faults` checks whether
several definitions fit together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Literal

from checkwright.registry.holidays import MONTHS
from checkwright.registry.plan import Origin

Kind = Literal[
    "command",
    "contact",
    "contactgroup",
    "host",
    "hostescalation",
    "hostgroup",
    "service",
    "servicedependency",
    "serviceescalation",
    "servicegroup",
    "timeperiod",
]

#: Characters that Nagios refuses in names by default: illegal_object_name_chars.
ILLEGAL_IN_NAMES = "`~!$%^&*|'\"<>?,()="

# The last two alternatives are days, which are directives of a timeperiod.
_DIRECTIVE = re.compile(
    rf"[a-z0-9][a-z0-9_]*|_[A-Z0-9_]+|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}|(?:{'|'.join(MONTHS)}) [0-9]{{1,2}}"
)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*")

#: Size of the caches of names and values, which many definitions share.
_CACHED = 16_384


@dataclass(frozen=True, slots=True)
class Spec:
    """Requirements of Nagios for one kind: its naming directive, required directives, directives that refer to others.

    The value of a referring directive is a list with commas. `!` before a name excludes it.
    """

    name: str
    required: tuple[str, ...] = ()
    references: Mapping[str, Kind] = field(default_factory=dict)


SPECS: Mapping[Kind, Spec] = {
    "command": Spec("command_name", ("command_line",)),
    "contact": Spec(
        "contact_name",
        (
            "host_notification_commands",
            "host_notification_period",
            "service_notification_commands",
            "service_notification_period",
        ),
        {
            "contactgroups": "contactgroup",
            "host_notification_commands": "command",
            "host_notification_period": "timeperiod",
            "service_notification_commands": "command",
            "service_notification_period": "timeperiod",
        },
    ),
    "contactgroup": Spec("contactgroup_name", ("alias",), {"members": "contact"}),
    "host": Spec(
        "host_name",
        ("address", "check_period", "contact_groups", "max_check_attempts", "notification_period"),
        {
            "check_command": "command",
            "check_period": "timeperiod",
            "contact_groups": "contactgroup",
            "hostgroups": "hostgroup",
            "notification_period": "timeperiod",
            "parents": "host",
        },
    ),
    "hostgroup": Spec("hostgroup_name", ("alias",), {"members": "host"}),
    "service": Spec(
        "service_description",
        (
            "check_command",
            "check_interval",
            "check_period",
            "contact_groups",
            "max_check_attempts",
            "notification_period",
            "retry_interval",
        ),
        {
            "check_command": "command",
            "check_period": "timeperiod",
            "contact_groups": "contactgroup",
            "host_name": "host",
            "hostgroup_name": "hostgroup",
            "notification_period": "timeperiod",
            "servicegroups": "servicegroup",
        },
    ),
    # Nagios needs no name for escalations and dependencies. The template's `name` identifies them here.
    "hostescalation": Spec(
        "name",
        ("contact_groups", "first_notification", "last_notification", "notification_interval"),
        {"contact_groups": "contactgroup", "host_name": "host", "hostgroup_name": "hostgroup"},
    ),
    "serviceescalation": Spec(
        "name",
        (
            "contact_groups",
            "first_notification",
            "last_notification",
            "notification_interval",
            "service_description",
        ),
        {"contact_groups": "contactgroup", "host_name": "host", "hostgroup_name": "hostgroup"},
    ),
    "servicedependency": Spec(
        "name",
        ("dependent_service_description", "service_description"),
        {
            "dependent_host_name": "host",
            "dependent_hostgroup_name": "hostgroup",
            "host_name": "host",
            "hostgroup_name": "hostgroup",
        },
    ),
    "servicegroup": Spec("servicegroup_name", ("alias",)),
    "timeperiod": Spec("timeperiod_name", ("alias",), {"exclude": "timeperiod"}),
}


class InvalidDefinition(ValueError):
    """Error of a definition that Nagios would refuse or change. str() is one sentence that names it."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One `define KIND { ... }`: directives in the order of writing, with unescaped values.

    `comments` are written above it, one line each. `origin` is its declaration in the registry.
    Raises InvalidDefinition.
    """

    kind: Kind
    settings: Mapping[str, str]
    origin: Origin | None = None
    comments: tuple[str, ...] = ()
    #: True for a definition that others use and that is no object itself.
    template: bool = field(init=False, repr=False, compare=False)
    #: Name that others refer to. A service has its description, which is unique on each host.
    name: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in SPECS:
            raise InvalidDefinition(f"Nagios has no kind of object {self.kind!r}")
        template = self.settings.get("register") == "0"
        name = self.settings.get("name" if template else SPECS[self.kind].name, "")
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "name", name)
        if not name:
            raise InvalidDefinition(f"a {self.kind} has no {SPECS[self.kind].name}")
        fault = name_fault(name)
        if fault:
            raise InvalidDefinition(f"the {self.kind} name {name!r} {fault}")
        if not (_are_directives(tuple(self.settings)) and all(map(is_value, self.settings.values()))):
            self._raise_fault()

    def _raise_fault(self) -> None:
        """Raise InvalidDefinition for the first directive or value that Nagios would change."""
        for directive, value in self.settings.items():
            if not _is_directive(directive):
                raise InvalidDefinition(f"{self} has {directive!r}, which is not a directive")
            if not is_value(value):
                raise InvalidDefinition(
                    f"{self} has {directive} {value!r}: a value is one line without white space around it"
                )

    def listed(self, directive: str) -> tuple[str, ...]:
        """Return the names in a directive's list, in order; () if it is not set."""
        value = self.settings.get(directive, "")
        return tuple(name.strip() for name in value.split(",")) if value else ()

    def __str__(self) -> str:
        return f"{'template' if self.template else self.kind} {self.name!r}"


@lru_cache(_CACHED)
def name_fault(name: str) -> str:
    """Return the reason why Nagios cannot have an object of this name, "" if it can."""
    if _PLAIN_NAME.fullmatch(name) and name != "null":
        return ""  # fast path for almost every name
    if not name:
        return "is empty"
    for char in name:
        if char in ILLEGAL_IN_NAMES:
            return f"holds {char!r}, which Nagios refuses in names"
        if char == ";":
            return "holds ';', which starts a comment in Nagios"
        if not char.isprintable():
            return f"holds {char!r}, which cannot be printed"
    if name != name.strip():
        return "begins or ends with white space, which Nagios strips"
    if name[0] in "+#":
        return f"begins with {name[0]!r}, which Nagios reads as an operator"
    if name == "null":
        return "is the word null, which Nagios reads as no name"
    if name.endswith("\\"):
        return "ends in a backslash, which joins the next line"
    return ""


@lru_cache(_CACHED)
def _are_directives(names: tuple[str, ...]) -> bool:
    """Return True if all of these are directives. Thousands of definitions have the same ones."""
    return all(map(_is_directive, names))


@cache
def _is_directive(name: str) -> bool:
    return _DIRECTIVE.fullmatch(name) is not None


@lru_cache(_CACHED)
def is_value(text: str) -> bool:
    """Return True for one line without white space around it."""
    return bool(text) and text == text.strip() and "\n" not in text and "\0" not in text
