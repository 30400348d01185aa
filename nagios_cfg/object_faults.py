"""Faults of definitions that are taken together: unknown names, missing directives, duplicates, circles of parents.

`verify` uses these rules where Nagios is not installed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from checkwright.registry.circles import circles
from nagios_cfg.objects import SPECS, Definition, Kind

#: Function that returns services in turn, each time that it is called.
Services = Callable[[], Iterable[Definition]]


@dataclass(frozen=True, slots=True)
class Fault:
    """Fault of one definition, seen together with the others. `message` is a sentence."""

    definition: Definition
    message: str


def duplicates(definitions: Iterable[Definition]) -> Iterator[Fault]:
    """Yield a fault for each name that a kind has twice, except for services: their names are unique on a host."""
    seen: dict[tuple[str, bool, str], Definition] = {}
    for definition in definitions:
        if definition.template or definition.kind != "service":
            first = seen.setdefault((definition.kind, definition.template, definition.name), definition)
            if first is not definition:
                where = f", first at {first.origin}" if first.origin else ""
                yield Fault(definition, f"{definition} is defined twice{where}")


def faults(definitions: Iterable[Definition], services: Services = tuple) -> Iterator[Fault]:
    """Yield what Nagios would refuse or silently drop: missing directives, unknown names, duplicates, circles.

    services: returns further services, one at a time. They may be many, and nothing refers to them.
    """
    others = tuple(definitions)
    index = _Index(others)
    yield from duplicates(others)
    references = _References(index)
    complete: set[tuple[str, ...]] = set()
    taken: dict[str, set[str]] = {}
    repeated: dict[str, None] = {}
    without_hosts: list[Fault] = []
    for definition in chain(others, services()):
        yield from references.unknown(definition)
        if definition.template:
            continue
        # Thousands of definitions use one template and set the same directives: check each such group once.
        shape = (definition.kind, definition.settings.get("use", ""), *definition.settings)
        if shape not in complete:
            missing = list(_missing_directives(index, definition))
            yield from missing
            if not missing:
                complete.add(shape)
        if definition.kind == "service":
            hosts = index.hosts(definition)
            if not hosts:
                without_hosts.append(Fault(definition, f"{definition} has no host"))
            on = taken.setdefault(definition.name, set())
            if not on.isdisjoint(hosts):
                repeated[definition.name] = None
            on |= hosts
    yield from without_hosts
    for name in repeated:
        named = (one for one in chain(others, services()) if one.kind == "service" and one.name == name)
        yield from _services_on_one_host(index, named)
    yield from _parent_circles(index)


class _Index:
    """All definitions by kind and name, with templates apart."""

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
        """Return True if a definition sets a directive or inherits it."""
        return directive in definition.settings or directive in self._from_templates(definition)

    def _from_templates(self, definition: Definition) -> set[str]:
        """Return the directives that a definition's templates set. Cached: most definitions use the same few."""
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
        """Return the hosts of a service. Cached, because many services name the same hosts."""
        key = (service.settings.get("host_name", ""), service.settings.get("hostgroup_name", ""))
        if key not in self._hosts:
            named = service.listed("host_name")
            on = {name for name in named if not name.startswith("!")}
            for group in service.listed("hostgroup_name"):
                on.update(self.members.get(group, ()))
            self._hosts[key] = frozenset(on - {name[1:] for name in named if name.startswith("!")})
        return self._hosts[key]


class _References:
    """References of definitions to others. Values that are right are looked up once."""

    def __init__(self, index: _Index) -> None:
        self._index = index
        self._right: dict[str, tuple[tuple[str, Kind, set[str]], ...]] = {
            kind: tuple((directive, target, set()) for directive, target in spec.references.items())
            for kind, spec in SPECS.items()
        }
        self._templates: dict[str, set[str]] = {kind: set() for kind in SPECS}

    def unknown(self, definition: Definition) -> Iterable[Fault]:
        """Return a fault for each unknown name in a definition."""
        get = definition.settings.get
        use = get("use")
        found = []
        if use is not None and use not in self._templates[definition.kind]:
            found += self._unknown_templates(definition, use)
        for directive, kind, right in self._right[definition.kind]:
            value = get(directive)
            if value is not None and value not in right:
                faults = [*self._unknown_names(definition, directive, kind)]
                found += faults
                if not faults:
                    right.add(value)
        return found

    def _unknown_templates(self, definition: Definition, use: str) -> list[Fault]:
        templates = self._index.templates
        unknown = [name for name in definition.listed("use") if (definition.kind, name) not in templates]
        if not unknown:
            self._templates[definition.kind].add(use)
        return [Fault(definition, f"{definition} uses the template {name!r}, which is not defined") for name in unknown]

    def _unknown_names(self, definition: Definition, directive: str, kind: Kind) -> Iterator[Fault]:
        for name in definition.listed(directive):
            target = name.split("!", 1)[0] if directive == "check_command" else name.removeprefix("!")
            if (kind, target) not in self._index.objects:
                yield Fault(definition, f"{definition} names the {kind} {target!r}, which is not defined")


def _missing_directives(index: _Index, definition: Definition) -> Iterator[Fault]:
    for directive in SPECS[definition.kind].required:
        if not index.has(definition, directive):
            yield Fault(definition, f"{definition} has no {directive}")


def _services_on_one_host(index: _Index, services: Iterable[Definition]) -> Iterator[Fault]:
    """Yield a fault for each host that has two of these services, which share a name."""
    seen: dict[str, Definition] = {}
    for service in services:
        for host in () if service.template else sorted(index.hosts(service)):
            first = seen.setdefault(host, service)
            if first is not service:
                where = f", first at {first.origin}" if first.origin else ""
                yield Fault(service, f"{service} is twice on host {host!r}{where}")


def _parent_circles(index: _Index) -> Iterator[Fault]:
    parents = {
        name: definition.listed("parents") for (kind, name), definition in index.objects.items() if kind == "host"
    }
    for circle in circles(parents):
        yield Fault(index.objects["host", circle[0]], f"the parents form a circle: {' -> '.join(circle)}")
