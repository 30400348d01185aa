"""Conversion of everything that was read of a Sensu to the draft of a project, with the fate of each object."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from checkwright.core.conversion import NotConvertible
from checkwright.migrate.draft import Draft, DraftWatch, LibraryCheck
from checkwright.migrate.report import Remark, Report, Thing
from checkwright.migrate.secret_files import SecretFile
from checkwright.migrate.secret_files import note as note_of
from checkwright.migrate.sensu.check_watch import labels_of, name_of, watch
from checkwright.migrate.sensu.handler_levels import LEVELS, HandlerLevels, members
from checkwright.migrate.sensu.merge import project
from checkwright.migrate.sensu.namespaces import NOBODY, Carried, Namespace, Options
from checkwright.migrate.sensu.role_members import Place, places
from checkwright.registry.plan import Placeholder
from sensu.reading import check_definitions, machines
from sensu.reading.check_definitions import Check
from sensu.reading.stored_objects import Object, Unread

#: Number of latest remarks that are compared with a new one.
_RECENT = 50
_LABEL = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", re.ASCII)
#: Characters that a registry refuses in a label, since Nagios or a shell would interpret them (rule R009).
_READ_BY_A_SHELL = frozenset("`~$&|'\"<>")
_OTHERS: Mapping[str, str] = {
    "Asset": "checkctl sensu asset makes one of the library's checks; install other programs on the machines",
    "Handler": "handlers stay in Sensu; notify and Routes name them",
    "handler": "handlers stay in Sensu; notify and Routes name them",
    "Pipeline": "pipelines stay in Sensu; notify and Routes make new ones",
    "EventFilter": "filters stay in Sensu; attempts and quiet decide when somebody is notified",
    "filter": "filters stay in Sensu; attempts and quiet decide when somebody is notified",
    "Mutator": "mutators stay in Sensu",
    "mutator": "mutators stay in Sensu",
    "Secret": "secrets stay in Sensu: name them by Secret(env=...)",
}


def draft(found: Iterable[Object | Unread], options: Options) -> tuple[Draft, Report, tuple[Carried, ...]]:
    """Return the project, a report on each object and each unreadable part, and the watches."""
    return _Import(options).draft(found)


class _Import:
    def __init__(self, options: Options) -> None:
        self.options = options
        self.report = Report(f"the Sensu in {options.source}")
        self.environments: dict[str, Namespace] = {}
        self.sets: dict[str, dict[str, tuple[str, ...]]] = {}

    def draft(self, found: Iterable[Object | Unread]) -> tuple[Draft, Report, tuple[Carried, ...]]:
        read: list[tuple[Object, Thing]] = []
        for one in found:
            if isinstance(one, Unread):
                thing = self.report.read(Thing("unreadable", "", str(one.origin)))
                self.report.left(thing, one.why)
            else:
                read.append((one, self.report.read(Thing(one.kind, one.name, str(one.origin())))))
        read = self._last_of_each(read)
        for one, _ in read:
            if one.kind == "Handler":
                self.sets.setdefault(self._name(one), {}).update(members(one))
        for one, thing in read:
            if one.kind == "HookConfig":
                self._environment(one).hooks.read(one, thing)
        for one, thing in read:
            if one.kind in ("Entity", "client"):
                self._machine(one, thing)
        for one, thing in sorted(read, key=lambda pair: (pair[0].namespace, pair[0].name)):
            if one.kind in ("CheckConfig", "check"):
                self._check(one, thing)
        for one, thing in read:
            self._other(one, thing)
        namespaces = [self.environments[name] for name in sorted(self.environments)]
        made = project(namespaces, self.options, self.report)
        return made, self.report, tuple(one for namespace in namespaces for one in namespace.carried)

    def _name(self, source: Object) -> str:
        return name_of(source.namespace or self.options.environment)

    def _environment(self, source: Object) -> Namespace:
        name = self._name(source)
        if name not in self.environments:
            self.environments[name] = Namespace(name, routes=HandlerLevels(self.sets.get(name, {})))
        return self.environments[name]

    def _last_of_each(self, read: list[tuple[Object, Thing]]) -> list[tuple[Object, Thing]]:
        """Return the last of objects with one name, as Go does; merge them, as Core does."""
        kept: dict[tuple[str, str, str], tuple[Object, Thing]] = {}
        for one, thing in read:
            key = (one.kind, one.namespace, one.name) if one.name else (one.kind, thing.where, "")
            if (earlier := kept.pop(key, None)) is not None:
                if one.generation == "core1":
                    self.report.changed(
                        earlier[1], f"it stands in {thing.where} too, and the two are merged, as in Core"
                    )
                    self.report.changed(thing, f"it is merged into {earlier[1].where}, as in Core")
                    one, thing = replace(earlier[0], fields=_merged(earlier[0].fields, one.fields)), earlier[1]
                else:
                    self.report.left(earlier[1], f"it stands in {thing.where} again, and the later one counts")
            kept[key] = (one, thing)
        return list(kept.values())

    # -- machines --

    def _machine(self, source: Object, thing: Thing) -> None:
        environment = self._environment(source)
        machine = machines.of(source)
        if not machine.name:
            self.report.left(thing, "it has no name")
            return
        if name_of(machine.name) != machine.name:
            self.report.left(thing, f"the name {machine.name!r} has other characters than letters, digits and _ . -")
            return
        labels = {}
        for name, value in machine.labels:
            bad = [char for char in value if char in _READ_BY_A_SHELL or not char.isprintable()]
            if not _LABEL.fullmatch(name) or bad:
                why = f"its value has {bad[0]!r}, which a shell would read" if bad else "its name has other characters"
                self.report.changed(thing, f"the label {name} is left out: {why}")
                continue
            labels[name] = value
        for name in machine.hidden:
            self.report.changed(
                thing, f"{name} is left out: Sensu hides values of this name, and a registry would show them"
            )
        if any(char in _READ_BY_A_SHELL or not char.isprintable() for char in machine.address):
            self.report.changed(thing, f"the address {machine.address!r} is left out: a shell would interpret it")
            machine = replace(machine, address="")
        if not machine.address:
            self.report.changed(thing, "it has no address, so its name is used")
        environment.machines[machine.name] = machine
        environment.things[machine.name] = thing
        environment.labels[machine.name] = labels

    # -- checks --

    def _check(self, source: Object, thing: Thing) -> None:
        environment = self._environment(source)
        check = check_definitions.of(source)
        try:
            if not check.name:
                raise NotConvertible("it has no name")
            if check.left:
                raise NotConvertible(check.left)
            found = tuple(environment.named(place) for place in places(check, environment.machines))
            made = [self._place(environment, check, place, number) for number, place in enumerate(found)]
        except NotConvertible as why:
            self.report.left(thing, str(why))
            return
        for name, watched, kept, place, file in made:
            self._take(environment, check, thing, place, watched)
            carried = Carried(check, thing, environment.name, place.role, name, kept, has_secret=file is not None)
            environment.carried.append(carried)
            self._hooks(environment, check, thing, place, name)
            if file is not None:
                self._changed(thing, note_of(file))
        environment.routes.add(check, thing, self._notify(check))
        if found[0].central:
            self._central(environment, check, thing)
        self._remark(check, thing, made[0][1], made[0][2], found)

    def _hooks(self, environment: Namespace, check: Check, thing: Thing, place: Place, watch: str) -> None:
        if check.hooks and (place.central or place.per_role):
            self._changed(thing, "its hooks are left out: no hook runs after a remote check")
            return
        for why in environment.hooks.use(check, place.role, watch):
            self._changed(thing, why)

    def _place(
        self, environment: Namespace, check: Check, place: Place, number: int
    ) -> tuple[str, DraftWatch, str, Place, SecretFile | None]:
        """Return the watch of one role. Raises NotConvertible when a machine lacks a value that its command needs."""
        if place.per_role and any(isinstance(part, Placeholder) for word in check.command for part in word):
            raise NotConvertible("its command has a name, address or label of the machine that runs it")
        for machine in place.machines:
            for label in labels_of(check):
                value = self._value(environment, check, machine, label)
                if value is None:
                    raise NotConvertible(f"{machine} has no label {label}, which its command needs")
                if not value:
                    raise NotConvertible(f"the label {label} of {machine} is empty, and its command needs it")
                if any(char in _READ_BY_A_SHELL or not char.isprintable() for char in value):
                    raise NotConvertible(
                        f"{value!r} for the label {label} of {machine} has characters that a shell would interpret"
                    )
        name = self._watch_name(environment, check, place, number)
        watched, kept, file = watch(
            check,
            name,
            per_role=place.per_role,
            central=place.central,
            notify=self._notify(check),
            numbers=self._numbers(environment, check, place),
            secrets=self.report.secrets,
            keep=self.options.keep_plugins,
        )
        return name, watched, kept, place, file

    def _value(self, environment: Namespace, check: Check, machine: str, label: str) -> str | None:
        """Return the value of a label's token on a machine, or None."""
        known = environment.machines.get(machine)
        others = known.attributes if known else {}
        return environment.labels.get(machine, {}).get(label, others.get(label, labels_of(check)[label]))

    def _numbers(self, environment: Namespace, check: Check, place: Place) -> frozenset[str]:
        values = {
            label: [self._value(environment, check, machine, label) or "" for machine in place.machines]
            for label in labels_of(check)
        }
        return frozenset(label for label, seen in values.items() if seen and all(one.isdecimal() for one in seen))

    def _watch_name(self, environment: Namespace, check: Check, place: Place, number: int) -> str:
        """Return the name of the watch: the check's, with the role where a machine has the check twice."""
        name = name_of(check.name)
        short = name.removeprefix(f"{place.role}.")
        if short != name and not any(short in watches for watches in environment.roles.values()):
            name = short
        if number or any(name in watches for watches in environment.roles.values()):
            name = f"{name}-{place.role}"
        return name

    def _notify(self, check: Check) -> str:
        if not check.notified:
            return "nobody"
        levels = [self.options.levels.get(name, name) for name in check.notified]
        return next((level for level in LEVELS if level in levels), "page")

    def _take(self, environment: Namespace, check: Check, thing: Thing, place: Place, watched: DraftWatch) -> None:
        environment.roles.setdefault(place.role, {})[watched.name] = watched
        environment.owners.setdefault(place.role, Counter())[name_of(check.team) if check.team else NOBODY] += 1
        if place.per_role:
            environment.without_hosts.add(place.role)
        members = environment.members.setdefault(place.role, set())
        for machine in place.machines:
            members.add(machine)
            labels = environment.labels.setdefault(machine, {})
            for label, default in labels_of(check).items():
                if label in labels or (value := self._value(environment, check, machine, label)) is None:
                    continue
                labels[label] = value
                known = environment.machines.get(machine)
                if known is None or label not in known.attributes:
                    self._changed(thing, f"the default {default!r} of the label {label} stands at the machines")

    def _remark(self, check: Check, thing: Thing, watched: DraftWatch, kept: str, found: tuple[Place, ...]) -> None:
        if isinstance(watched.runs, LibraryCheck):
            self.report.recognised.append((thing, watched.runs.module.rpartition(".")[2]))
        for note in check.notes:
            self._changed(thing, f"{note.field}: {note.text}")
        if len(found) > 1:
            roles = ", ".join(place.role for place in found)
            self.report.changed(thing, f"it has {len(found)} subscriptions, and is a watch in each role: {roles}")
        if not any(place.machines for place in found) and not found[0].per_role:
            self.report.changed(thing, "no imported machine has its subscription: add hosts with its role")
        named = [name for name in check.notified if self.options.levels.get(name, name) not in LEVELS]
        if named:
            level = watched.settings[[key for key, _ in watched.settings].index("notify")][1]
            message = f"{', '.join(named)}: it notifies at the level {level}; --notify NAME=LEVEL changes that"
            self.report.changed(thing, message)

    def _central(self, environment: Namespace, check: Check, thing: Thing) -> None:
        """Record the subscriptions of a check that becomes central, and the agents that ran it."""
        environment.central.update(check.subscriptions)
        names = ", ".join(check.subscriptions)
        if agents := environment.agents_of(check.subscriptions):
            message = f"it runs on the central agents, which had its subscription {names}: {', '.join(agents)}"
        else:
            message = f"no imported agent has its subscription {names}: name its agents in SensuAgents(central=...)"
        self._changed(thing, message)

    def _changed(self, thing: Thing, message: str) -> None:
        """Record a remark about a check once, regardless of the number of its watches."""
        if Remark(thing, message) not in self.report.remarks[-_RECENT:]:
            self.report.changed(thing, message)

    # -- the rest --

    def _other(self, source: Object, thing: Thing) -> None:
        if source.kind in ("Entity", "client", "CheckConfig", "check"):
            return
        if source.kind == "Namespace":
            if name_of(source.name) not in self.environments:
                self.report.left(thing, "nothing of this namespace was converted")
            return
        if source.kind == "HookConfig":
            self._environment(source).hooks.report_fate(source.name, self.report)
            return
        self.report.left(thing, _OTHERS.get(source.kind, f"a registry has no equivalent of a {source.kind}"))


def _merged(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """Merge as Core does: objects by key, lists in sequence, otherwise the later value."""
    merged = dict(one)
    for key, value in other.items():
        mine = merged.get(key)
        if isinstance(mine, dict) and isinstance(value, dict):
            merged[key] = _merged(mine, value)
        elif isinstance(mine, list) and isinstance(value, list):
            merged[key] = [*mine, *(item for item in value if item not in mine)]
        else:
            merged[key] = value
    return merged
