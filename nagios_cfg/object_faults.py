"""Faults of definitions that are taken together: unknown names, missing directives, duplicates, circles of parents.

`verify` uses these rules where Nagios is not installed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from nagios_cfg.objects import SPECS, Definition


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


def faults(definitions: Iterable[Definition]) -> Iterator[Fault]:
    """Yield what Nagios would refuse or silently drop: missing directives, unknown names, duplicates, circles."""
    everything = tuple(definitions)
    index = _Index(everything)
    yield from duplicates(everything)
    known: set[tuple[str, str, str]] = set()
    complete: set[tuple[str, ...]] = set()
    for definition in everything:
        yield from _unknown_references(index, definition, known)
        if not definition.template:
            # Thousands of definitions use one template and set the same directives: check each such group once.
            shape = (definition.kind, definition.settings.get("use", ""), *definition.settings)
            if shape not in complete:
                missing = list(_missing_directives(index, definition))
                yield from missing
                if not missing:
                    complete.add(shape)
    yield from _duplicate_services(index, everything)
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


def _unknown_references(index: _Index, definition: Definition, known: set[tuple[str, str, str]]) -> Iterator[Fault]:
    """Yield a fault for each unknown name. `known` collects the directives and values that are right."""
    for name in definition.listed("use"):
        if (definition.kind, name) not in index.templates:
            yield Fault(definition, f"{definition} uses the template {name!r}, which is not defined")
    for directive, kind in SPECS[definition.kind].references.items():
        value = definition.settings.get(directive)
        if value is None or (definition.kind, directive, value) in known:
            continue
        unknown = False
        for name in definition.listed(directive):
            target = name.split("!", 1)[0] if directive == "check_command" else name.removeprefix("!")
            if (kind, target) not in index.objects:
                unknown = True
                yield Fault(definition, f"{definition} names the {kind} {target!r}, which is not defined")
        if not unknown:
            known.add((definition.kind, directive, value))


def _missing_directives(index: _Index, definition: Definition) -> Iterator[Fault]:
    for directive in SPECS[definition.kind].required:
        if not index.has(definition, directive):
            yield Fault(definition, f"{definition} has no {directive}")


def _duplicate_services(index: _Index, definitions: tuple[Definition, ...]) -> Iterator[Fault]:
    taken: dict[str, set[str]] = {}
    repeated: dict[str, None] = {}
    for service in definitions:
        if service.kind != "service" or service.template:
            continue
        hosts = index.hosts(service)
        if not hosts:
            yield Fault(service, f"{service} has no host")
        on = taken.setdefault(service.name, set())
        if not on.isdisjoint(hosts):
            repeated[service.name] = None
        on |= hosts
    for name in repeated:
        yield from _services_on_one_host(
            index, [one for one in definitions if one.kind == "service" and one.name == name]
        )


def _services_on_one_host(index: _Index, services: list[Definition]) -> Iterator[Fault]:
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


def circles(parents: Mapping[str, Iterable[str]]) -> Iterator[tuple[str, ...]]:
    """Yield each circle of parents once, as a path whose first name is also its last."""
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
