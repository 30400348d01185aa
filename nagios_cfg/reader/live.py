"""Configuration as Nagios expands it: each host, each service on each host, and their contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from checkwright.registry.plan import Origin
from nagios_cfg.reader.config_files import Copied, Source, gather
from nagios_cfg.reader.config_text import CannotRead, Faults, definitions
from nagios_cfg.reader.members import Matcher, group_members
from nagios_cfg.reader.templates import ResolvedObject, resolve_templates, split_list

#: Directives that a service inherits from its host.
_FROM_HOST = ("notification_interval", "notification_period")


@dataclass(frozen=True, slots=True)
class LiveHost:
    """One host. `settings` include inherited ones. `groups` are its hostgroups, `contacts` all contacts it notifies."""

    name: str
    address: str
    settings: dict[str, str]
    groups: tuple[str, ...]
    parents: tuple[str, ...]
    contacts: frozenset[str]
    origin: Origin


@dataclass(frozen=True, slots=True)
class LiveService:
    """One service on one host. `recipients` are the contactgroups and contacts that it names, as written."""

    host: str
    name: str
    settings: dict[str, str]
    contacts: frozenset[str]
    recipients: tuple[str, ...]
    origin: Origin


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact. `settings` include inherited ones."""

    name: str
    settings: dict[str, str]
    origin: Origin


@dataclass
class Live:
    """Expanded configuration. `objects` are all definitions with their inherited settings, templates included."""

    source: Source
    hosts: dict[str, LiveHost] = field(default_factory=dict)
    services: list[LiveService] = field(default_factory=list)
    hostgroups: dict[str, frozenset[str]] = field(default_factory=dict)
    contacts: dict[str, Contact] = field(default_factory=dict)
    contactgroups: dict[str, frozenset[str]] = field(default_factory=dict)
    commands: dict[str, str] = field(default_factory=dict)
    timeperiods: dict[str, ResolvedObject] = field(default_factory=dict)
    objects: list[ResolvedObject] = field(default_factory=list)
    #: Number of hosts of each definition of a service.
    host_counts: dict[Origin, int] = field(default_factory=dict)
    #: Definitions of services that another definition of the same name replaces.
    overridden: dict[Origin, Origin] = field(default_factory=dict)


def read(paths: Sequence[Path], objects: Path | None = None, copied: Copied | None = None) -> Live:
    """Read main files, folders and object files. `objects`, the object cache of Nagios, replaces all object files.

    copied: settings for a copy of a server's configuration. Raises CannotRead, with all errors that were found.
    """
    return _live(gather(paths, objects, copied))


def read_texts(files: Mapping[str, str]) -> Live:
    """Read object files given as {path: text}. Raises CannotRead."""
    source = Source()
    for path, text in sorted(files.items()):
        source.raws += definitions(text, Path(path))
    return _live(source)


def _live(source: Source) -> Live:
    live = Live(source)
    faults = Faults()
    live.objects = resolve_templates(source.raws, faults)
    _Builder(live, Matcher(source.patterns, source.all_patterns, faults), faults).build()
    faults.raise_all()
    return live


class _Builder:
    def __init__(self, live: Live, matcher: Matcher, faults: Faults) -> None:
        self._live = live
        self._faults = faults
        self._matcher = matcher
        self._by_kind: dict[str, list[ResolvedObject]] = {}
        for one in live.objects:
            if not one.template:
                self._by_kind.setdefault(one.kind, []).append(one)

    def build(self) -> None:
        live = self._live
        live.commands = {one.get("command_name"): one.get("command_line") for one in self._named("command")}
        live.timeperiods = {one.get("timeperiod_name"): one for one in self._named("timeperiod")}
        contacts = {one.get("contact_name"): one for one in self._named("contact")}
        live.contacts = {name: Contact(name, _set_directives(one), one.origin) for name, one in contacts.items()}
        live.contactgroups = group_members(
            self._named("contactgroup"),
            "contactgroup_name",
            "contactgroup_members",
            contacts,
            {name: (one.listed("contactgroups"), one.origin) for name, one in contacts.items()},
            self._matcher,
        )
        self._hosts()
        self._services()

    def _named(self, kind: str) -> list[ResolvedObject]:
        """Return the objects of a kind. A missing name and a duplicate are faults."""
        directive = f"{kind}_name"
        found: dict[str, ResolvedObject] = {}
        for one in self._by_kind.get(kind, ()):
            name = one.get(directive)
            if not name:
                self._faults.add(CannotRead(f"this {kind} has no {directive}", one.origin))
            elif name in found:
                message = f"the {kind} {name!r} is defined already at {found[name].origin}"
                self._faults.add(CannotRead(message, one.origin))
            else:
                found[name] = one
        return list(found.values())

    def _hosts(self) -> None:
        live = self._live
        hosts = {one.get("host_name"): one for one in self._named("host")}
        live.hostgroups = group_members(
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
                _set_directives(one),
                tuple(groups_of[name]),
                tuple(sorted(self._matcher.find(one.get("parents"), hosts, "host", one.origin))),
                self._contacts(one.get("contacts"), one.get("contact_groups"), one.origin),
                one.origin,
            )

    def _contacts(self, contacts: str, groups: str, origin: Origin) -> frozenset[str]:
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
                self._faults.add(CannotRead("this service has no service_description", one.origin))
                continue
            direct = not one.get("hostgroup_name")
            hosts = self._hosts_of(one)
            live.host_counts[one.origin] = 0
            for host in sorted(hosts):
                service = self._service(one, name, live.hosts[host])
                held = taken.get((host, name))
                # A definition that names the host wins over one that names a group; otherwise the first one wins.
                if held is not None and not (direct and not held[0]):
                    live.overridden[one.origin] = held[1].origin
                    continue
                if held is not None:
                    live.overridden[held[1].origin] = one.origin
                    live.host_counts[held[1].origin] -= 1
                taken[host, name] = (direct, service)
                live.host_counts[one.origin] += 1
        live.services = [service for _, service in taken.values()]

    def _hosts_of(self, one: ResolvedObject) -> frozenset[str]:
        """Return the hosts of a service: those of its groups and those that it names, without the excluded ones."""
        live = self._live
        named_groups = one.get("hostgroup_name")
        groups, excluded_groups = self._matcher.parts(named_groups, live.hostgroups, "hostgroup", one.origin)
        hosts, excluded_hosts = self._matcher.parts(one.get("host_name"), live.hosts, "host", one.origin)
        taken = hosts.union(*(live.hostgroups[group] for group in groups))
        return frozenset(taken.difference(excluded_hosts, *(live.hostgroups[group] for group in excluded_groups)))

    def _service(self, one: ResolvedObject, name: str, host: LiveHost) -> LiveService:
        settings = _set_directives(one)
        for directive in _FROM_HOST:
            if not one.get(directive) and directive in host.settings:
                settings[directive] = host.settings[directive]
        contacts, groups = one.get("contacts"), one.get("contact_groups")
        if not contacts and not groups:  # also for `null`, as in Nagios
            contacts, groups = (host.settings.get(each, "") for each in ("contacts", "contact_groups"))
        recipients = tuple(dict.fromkeys((*split_list(groups), *split_list(contacts))))
        people = self._contacts(contacts, groups, one.origin)
        return LiveService(host.name, name, settings, people, recipients, one.origin)


def _set_directives(one: ResolvedObject) -> dict[str, str]:
    return {directive: value for directive, value in one.settings.items() if value}
