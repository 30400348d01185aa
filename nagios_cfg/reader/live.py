"""What Nagios makes of a configuration: each host, each service on each host, and who is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from checkwright.registry.plan import Origin
from nagios_cfg.reader.config_files import Source, gather
from nagios_cfg.reader.config_text import CannotRead, definitions
from nagios_cfg.reader.members import Matcher, grouped
from nagios_cfg.reader.templates import Whole, whole

#: What a service has of its host where neither it nor its templates say anything.
_OF_THE_HOST = ("notification_interval", "notification_period")


@dataclass(frozen=True, slots=True)
class LiveHost:
    """settings: directives with all that is inherited. groups: its hostgroups. contacts: names of all who are told."""

    name: str
    address: str
    settings: dict[str, str]
    groups: tuple[str, ...]
    parents: tuple[str, ...]
    contacts: frozenset[str]
    origin: Origin


@dataclass(frozen=True, slots=True)
class LiveService:
    """One service on one host. asked: the contactgroups and contacts that it names, as written."""

    host: str
    name: str
    settings: dict[str, str]
    contacts: frozenset[str]
    asked: tuple[str, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Contact:
    name: str
    settings: dict[str, str]
    origin: Origin


@dataclass
class Live:
    """A whole configuration. `others` are objects that are neither of these, templates among them."""

    source: Source
    hosts: dict[str, LiveHost] = field(default_factory=dict)
    services: list[LiveService] = field(default_factory=list)
    hostgroups: dict[str, frozenset[str]] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    contactgroups: dict[str, frozenset[str]] = field(default_factory=dict)
    commands: dict[str, str] = field(default_factory=dict)
    timeperiods: dict[str, Whole] = field(default_factory=dict)
    objects: list[Whole] = field(default_factory=list)
    #: Definitions of services, and how many hosts each one reached.
    reached: dict[Origin, int] = field(default_factory=dict)
    #: Definitions that another one of the same name takes the place of.
    hidden: dict[Origin, Origin] = field(default_factory=dict)


def read(paths: Sequence[Path], objects: Path | None = None) -> Live:
    """Read main files, folders and object files; `objects` instead of them, as Nagios wrote it expanded.

    Raises CannotRead.
    """
    return _live(gather(paths, objects))


def read_texts(files: Mapping[str, str]) -> Live:
    """The same of object files as {path: text}. Raises CannotRead."""
    source = Source()
    for path, text in sorted(files.items()):
        source.raws += definitions(text, Path(path))
    return _live(source)


def _live(source: Source) -> Live:
    live = Live(source)
    live.objects = whole(source.raws)
    _Builder(live, Matcher(source.patterns, source.all_patterns)).build()
    return live


class _Builder:
    def __init__(self, live: Live, matcher: Matcher) -> None:
        self._live = live
        self._matcher = matcher
        self._by_kind: dict[str, list[Whole]] = {}
        for one in live.objects:
            if not one.template:
                self._by_kind.setdefault(one.kind, []).append(one)

    def build(self) -> None:
        live = self._live
        live.commands = {one.get("command_name"): one.get("command_line") for one in self._named("command")}
        live.timeperiods = {one.get("timeperiod_name"): one for one in self._named("timeperiod")}
        contacts = {one.get("contact_name"): one for one in self._named("contact")}
        live.contacts = {name: Contact(name, _stated(one), one.origin) for name, one in contacts.items()}
        live.contactgroups = grouped(
            self._named("contactgroup"),
            "contactgroup_name",
            "contactgroup_members",
            contacts,
            {name: (one.listed("contactgroups"), one.origin) for name, one in contacts.items()},
            self._matcher,
        )
        self._hosts()
        self._services()

    def _named(self, kind: str) -> list[Whole]:
        """The objects of a kind, of several with one name the first: Nagios refuses those."""
        directive = f"{kind}_name"
        found: dict[str, Whole] = {}
        for one in self._by_kind.get(kind, ()):
            name = one.get(directive)
            if not name:
                raise CannotRead(f"this {kind} has no {directive}", one.origin)
            if name in found:
                raise CannotRead(f"the {kind} {name!r} is defined already at {found[name].origin}", one.origin)
            found[name] = one
        return list(found.values())

    def _hosts(self) -> None:
        live = self._live
        hosts = {one.get("host_name"): one for one in self._named("host")}
        live.hostgroups = grouped(
            self._named("hostgroup"),
            "hostgroup_name",
            "hostgroup_members",
            hosts,
            {name: (one.listed("hostgroups"), one.origin) for name, one in hosts.items()},
            self._matcher,
        )
        groups_of: dict[str, list[str]] = {name: [] for name in hosts}
        for group in sorted(live.hostgroups):
            for name in live.hostgroups[group]:
                groups_of[name].append(group)
        for name, one in hosts.items():
            live.hosts[name] = LiveHost(
                name,
                one.get("address") or name,
                _stated(one),
                tuple(groups_of[name]),
                tuple(sorted(self._matcher.find(one.get("parents"), hosts, "host", one.origin))),
                self._people(one.get("contacts"), one.get("contact_groups"), one.origin),
                one.origin,
            )

    def _people(self, contacts: str, groups: str, origin: Origin) -> frozenset[str]:
        live = self._live
        found = set(self._matcher.find(contacts, live.contacts, "contact", origin))
        for group in self._matcher.find(groups, live.contactgroups, "contactgroup", origin):
            found |= live.contactgroups[group]
        return frozenset(found)

    def _services(self) -> None:
        live = self._live
        taken: dict[tuple[str, str], tuple[bool, LiveService]] = {}
        for one in self._by_kind.get("service", ()):
            name = one.get("service_description")
            if not name:
                raise CannotRead("this service has no service_description", one.origin)
            direct = not one.get("hostgroup_name")
            hosts = self._meant(one)
            live.reached[one.origin] = 0
            for host in sorted(hosts):
                service = self._service(one, name, live.hosts[host])
                held = taken.get((host, name))
                # What names the host is nearer than what names a group of it; else the first one holds.
                if held is not None and not (direct and not held[0]):
                    live.hidden[one.origin] = held[1].origin
                    continue
                if held is not None:
                    live.hidden[held[1].origin] = one.origin
                    live.reached[held[1].origin] -= 1
                taken[host, name] = (direct, service)
                live.reached[one.origin] += 1
        live.services = [service for _, service in taken.values()]

    def _meant(self, one: Whole) -> frozenset[str]:
        """The hosts of a service: those of its groups and those named, less all that are excluded."""
        live = self._live
        groups, other_groups = self._matcher.parts(one.get("hostgroup_name"), live.hostgroups, "hostgroup", one.origin)
        hosts, other_hosts = self._matcher.parts(one.get("host_name"), live.hosts, "host", one.origin)
        taken = hosts.union(*(live.hostgroups[group] for group in groups))
        return frozenset(taken.difference(other_hosts, *(live.hostgroups[group] for group in other_groups)))

    def _service(self, one: Whole, name: str, host: LiveHost) -> LiveService:
        settings = _stated(one)
        for directive in _OF_THE_HOST:
            if not one.get(directive) and directive in host.settings:
                settings[directive] = host.settings[directive]
        contacts, groups = one.get("contacts"), one.get("contact_groups")
        if not contacts and not groups:  # `null` included, as it is in Nagios
            contacts, groups = (host.settings.get(each, "") for each in ("contacts", "contact_groups"))
        asked = tuple(dict.fromkeys((*_listed(groups), *_listed(contacts))))
        return LiveService(host.name, name, settings, self._people(contacts, groups, one.origin), asked, one.origin)


def _stated(one: Whole) -> dict[str, str]:
    return {directive: value for directive, value in one.settings.items() if value}


def _listed(text: str) -> Iterable[str]:
    return (name for part in text.split(",") if (name := part.strip()))
