"""Nagios objects: what one definition may hold, and what several may say together.

A Definition cannot be made with a name or a value that the file format or Nagios would mangle. Whether
several fit together (references, duplicates, what is required) is answered by `faults`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from typing import Literal

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

#: What Nagios refuses in names by default: illegal_object_name_chars.
ILLEGAL_IN_NAMES = "`~!$%^&*|'\"<>?,()="

# A day, of a timeperiod, is a directive as well.
_DIRECTIVE = re.compile(r"[a-z0-9][a-z0-9_]*|_[A-Z0-9_]+|[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:-]*")

#: Names and values are judged once for the many definitions that hold them.
_REMEMBERED = 16_384


@dataclass(frozen=True, slots=True)
class Spec:
    """What Nagios asks of a kind: the directive that names it, what it must have, whom its directives name.

    Values of referring directives are lists with commas; `!` before a name excludes it.
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
    # Escalations and dependencies need no name of their own; with one, as of a template, two can be told apart.
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
        {"host_name": "host", "hostgroup_name": "hostgroup"},
    ),
    "servicegroup": Spec("servicegroup_name", ("alias",)),
    "timeperiod": Spec("timeperiod_name", ("alias",), {"exclude": "timeperiod"}),
}


class InvalidDefinition(ValueError):
    """A definition that Nagios would refuse or mangle; str() is one sentence that names it."""


@dataclass(frozen=True, slots=True)
class Definition:
    """One `define KIND { ... }`: its directives in the order of writing, with unescaped values.

    `comments` are written above it, one line each; `origin` is where the registry declares it.
    Raises InvalidDefinition.
    """

    kind: Kind
    settings: Mapping[str, str]
    origin: Origin | None = None
    comments: tuple[str, ...] = ()
    #: Whether it is there to be used by others only.
    template: bool = field(init=False, repr=False, compare=False)
    #: The name by which others refer to it; of a service its description, unique on its hosts only.
    name: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in SPECS:
            raise InvalidDefinition(f"there is no kind of object {self.kind!r}")
        template = self.settings.get("register") == "0"
        name = self.settings.get("name" if template else SPECS[self.kind].name, "")
        object.__setattr__(self, "template", template)
        object.__setattr__(self, "name", name)
        if not name:
            raise InvalidDefinition(f"a {self.kind} has no {SPECS[self.kind].name}")
        fault = name_fault(name)
        if fault:
            raise InvalidDefinition(f"the {self.kind} name {name!r} {fault}")
        if not (all(map(_is_directive, self.settings)) and all(map(_is_value, self.settings.values()))):
            self._refuse()

    def _refuse(self) -> None:
        """Raise InvalidDefinition for the first directive or value that Nagios would read otherwise."""
        for directive, value in self.settings.items():
            if not _is_directive(directive):
                raise InvalidDefinition(f"{self} has a directive {directive!r}, which is none")
            if not _is_value(value):
                raise InvalidDefinition(
                    f"{self} has {directive} {value!r}: a value is one line, without white space around it"
                )

    def listed(self, directive: str) -> tuple[str, ...]:
        """The names in a directive's list, in order; () when it is not set."""
        value = self.settings.get(directive, "")
        return tuple(name.strip() for name in value.split(",")) if value else ()

    def __str__(self) -> str:
        return f"{'template' if self.template else self.kind} {self.name!r}"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one definition among the others: a sentence."""

    definition: Definition
    message: str


@lru_cache(_REMEMBERED)
def name_fault(name: str) -> str:
    """Say why Nagios cannot have an object of this name; "" when it can."""
    if _PLAIN_NAME.fullmatch(name) and name != "null":
        return ""  # nearly all; the rest is looked at character by character
    if not name:
        return "is empty"
    for char in name:
        if char in ILLEGAL_IN_NAMES or char == ";":
            return f"holds {char!r}, which Nagios refuses in names"
        if not char.isprintable():
            return f"holds {char!r}, which cannot be printed"
    if name != name.strip():
        return "begins or ends with white space, which Nagios takes away"
    if name[0] in "+#":
        return f"begins with {name[0]!r}, which Nagios reads as a sign"
    if name == "null":
        return "is the word null, which Nagios reads as no name"
    if name.endswith("\\"):
        return "ends in a backslash, which Nagios reads as a line that goes on"
    return ""


@cache
def _is_directive(name: str) -> bool:
    return _DIRECTIVE.fullmatch(name) is not None


@lru_cache(_REMEMBERED)
def _is_value(text: str) -> bool:
    """Whether it is one line, without white space around it."""
    return bool(text) and text == text.strip() and "\n" not in text and "\0" not in text


def duplicates(definitions: Iterable[Definition]) -> Iterator[Fault]:
    """Say which names are given twice within a kind, but for services: theirs are unique on a host only."""
    seen: dict[tuple[str, bool, str], Definition] = {}
    for definition in definitions:
        if definition.template or definition.kind != "service":
            first = seen.setdefault((definition.kind, definition.template, definition.name), definition)
            if first is not definition:
                where = f", first at {first.origin}" if first.origin else ""
                yield Fault(definition, f"{definition} is defined twice{where}")


def faults(definitions: Iterable[Definition]) -> Iterator[Fault]:
    """Say what Nagios would refuse or silently drop: missing directives and names, duplicates, circles."""
    everything = tuple(definitions)
    book = _Book(everything)
    yield from duplicates(everything)
    known: set[tuple[str, str, str]] = set()
    whole: set[tuple[str, ...]] = set()
    for definition in everything:
        yield from _unknown_references(book, definition, known)
        if not definition.template:
            # Thousands use one template and set the same: what lacks nothing is looked at once.
            alike = (definition.kind, definition.settings.get("use", ""), *definition.settings)
            if alike not in whole:
                missing = list(_missing(book, definition))
                yield from missing
                if not missing:
                    whole.add(alike)
    yield from _services_twice(book, everything)
    yield from _circles(book)


class _Book:
    """All definitions by kind and name; templates apart."""

    def __init__(self, definitions: tuple[Definition, ...]) -> None:
        self.objects: dict[tuple[str, str], Definition] = {}
        self.templates: dict[tuple[str, str], Definition] = {}
        for definition in definitions:
            if definition.template:
                self.templates.setdefault((definition.kind, definition.name), definition)
            elif definition.kind != "service":
                self.objects.setdefault((definition.kind, definition.name), definition)
        self._inherited: dict[tuple[str, str], set[str]] = {}
        self._hosts: dict[tuple[str, str], frozenset[str]] = {}
        self.members: dict[str, list[str]] = {}
        for definition in definitions:
            if definition.kind == "host" and not definition.template:
                for group in definition.listed("hostgroups"):
                    self.members.setdefault(group, []).append(definition.name)
            elif definition.kind == "hostgroup":
                self.members.setdefault(definition.name, []).extend(definition.listed("members"))

    def has(self, definition: Definition, directive: str) -> bool:
        """Whether a directive is set on it or on a template that it uses, however far up."""
        return directive in definition.settings or directive in self._from_templates(definition)

    def _from_templates(self, definition: Definition) -> set[str]:
        """What the templates of a definition set. Definitions mostly use the same few, so it is found once for each."""
        used = definition.settings.get("use", "")
        found = self._inherited.get((definition.kind, used))
        if found is None:
            found = self._inherited[definition.kind, used] = set()
            seen = set()
            waiting = [definition]
            while waiting:
                for name in waiting.pop().listed("use"):
                    template = self.templates.get((definition.kind, name))
                    if template is not None and name not in seen:
                        seen.add(name)
                        found.update(template.settings)
                        waiting.append(template)
        return found

    def hosts(self, service: Definition) -> frozenset[str]:
        """The hosts that a service is on. Many services say the same, so it is found once for each way to say it."""
        said = (service.settings.get("host_name", ""), service.settings.get("hostgroup_name", ""))
        if said not in self._hosts:
            named = service.listed("host_name")
            on = {name for name in named if not name.startswith("!")}
            for group in service.listed("hostgroup_name"):
                on.update(self.members.get(group, ()))
            self._hosts[said] = frozenset(on - {name[1:] for name in named if name.startswith("!")})
        return self._hosts[said]


def _unknown_references(book: _Book, definition: Definition, known: set[tuple[str, str, str]]) -> Iterator[Fault]:
    """Names that nothing has. `known` are directives and values of a kind that were looked at before and are right."""
    for name in definition.listed("use"):
        if (definition.kind, name) not in book.templates:
            yield Fault(definition, f"{definition} uses the template {name!r}, which is not defined")
    for directive, kind in SPECS[definition.kind].references.items():
        value = definition.settings.get(directive)
        if value is None or (definition.kind, directive, value) in known:
            continue
        missing = False
        for name in definition.listed(directive):
            target = name.split("!", 1)[0] if directive == "check_command" else name.removeprefix("!")
            if (kind, target) not in book.objects:
                missing = True
                yield Fault(definition, f"{definition} names the {kind} {target!r}, which is not defined")
        if not missing:
            known.add((definition.kind, directive, value))


def _missing(book: _Book, definition: Definition) -> Iterator[Fault]:
    for directive in SPECS[definition.kind].required:
        if not book.has(definition, directive):
            yield Fault(definition, f"{definition} has no {directive}")


def _services_twice(book: _Book, definitions: tuple[Definition, ...]) -> Iterator[Fault]:
    taken: dict[str, set[str]] = {}
    twice: dict[str, None] = {}
    for service in definitions:
        if service.kind != "service" or service.template:
            continue
        hosts = book.hosts(service)
        if not hosts:
            yield Fault(service, f"{service} is on no host")
        on = taken.setdefault(service.name, set())
        if not on.isdisjoint(hosts):
            twice[service.name] = None
        on |= hosts
    for name in twice:
        yield from _on_one_host(book, [one for one in definitions if one.kind == "service" and one.name == name])


def _on_one_host(book: _Book, services: list[Definition]) -> Iterator[Fault]:
    """What comes twice to a host, of services of one name."""
    seen: dict[str, Definition] = {}
    for service in services:
        for host in () if service.template else sorted(book.hosts(service)):
            first = seen.setdefault(host, service)
            if first is not service:
                where = f", first at {first.origin}" if first.origin else ""
                yield Fault(service, f"{service} comes twice to host {host!r}{where}")


def _circles(book: _Book) -> Iterator[Fault]:
    parents = {
        name: definition.listed("parents") for (kind, name), definition in book.objects.items() if kind == "host"
    }
    for circle in circles(parents):
        yield Fault(book.objects["host", circle[0]], f"hosts are their own parents: {' -> '.join(circle)}")


def circles(parents: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, ...]]:
    """Yield each way from a host over its parents back to itself, once; the first name is also the last."""
    done: set[str] = set()
    for start in parents:
        path: list[str] = []
        steps = [(start, iter(parents[start]))] if start not in done else []
        while steps:
            name, rest = steps[-1]
            if not path or path[-1] != name:
                path.append(name)
            following = next(rest, None)
            if following is None:
                steps.pop()
                path.pop()
                done.add(name)
            elif following in path:
                yield (*path[path.index(following) :], following)
            elif following not in done and following in parents:
                steps.append((following, iter(parents[following])))
