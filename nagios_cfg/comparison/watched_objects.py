"""Hosts and services that object files watch: services expanded over their hostgroups, templates merged in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nagios_cfg.cfgfile import loads
from nagios_cfg.objects import Definition

Settings = Mapping[str, str]

_TEMPLATE_ONLY = ("name", "register", "use")


@dataclass(frozen=True, slots=True)
class WatchedObjects:
    """Hosts by name and services by (host, description), each with all its settings, inherited ones included."""

    hosts: Mapping[str, Settings]
    services: Mapping[tuple[str, str], Settings]


def read_definitions(files: Mapping[str, str]) -> list[Definition]:
    """Return all definitions of object files that `render` made, given as {path: text}. Raises Unreadable."""
    return [item.definition for path, text in files.items() if path.endswith(".cfg") for item in loads(text)]


def watched_objects(definitions: Iterable[Definition]) -> WatchedObjects:
    """Return the hosts and services that these definitions watch."""
    everything = tuple(definitions)
    templates = {(one.kind, one.name): one for one in everything if one.template}
    resolved: dict[tuple[str, str], Settings] = {}

    def settings(one: Definition) -> Settings:
        """Return a definition's settings merged over those of its templates; the first template named wins."""
        merged: dict[str, str] = {}
        for name in reversed(one.listed("use")):
            if (one.kind, name) in templates:
                if (one.kind, name) not in resolved:
                    resolved[one.kind, name] = {}  # a template that uses itself adds nothing
                    resolved[one.kind, name] = settings(templates[one.kind, name])
                merged.update(resolved[one.kind, name])
        own = {directive: value for directive, value in one.settings.items() if directive not in _TEMPLATE_ONLY}
        return merged | own

    hosts = {one.name: settings(one) for one in everything if one.kind == "host" and not one.template}
    members: dict[str, list[str]] = {}
    for name, host in hosts.items():
        for group in _split(host, "hostgroups"):
            members.setdefault(group, []).append(name)
    for one in everything:
        if one.kind == "hostgroup":
            members.setdefault(one.name, []).extend(one.listed("members"))
    services: dict[tuple[str, str], Settings] = {}
    for one in everything:
        if one.kind == "service" and not one.template:
            service = settings(one)
            services.update(((host, one.name), service) for host in _hosts_of(service, members))
    return WatchedObjects(hosts, services)


def _hosts_of(service: Settings, members: Mapping[str, list[str]]) -> list[str]:
    named = _split(service, "host_name")
    on = dict.fromkeys(name for name in named if not name.startswith("!"))
    for group in _split(service, "hostgroup_name"):
        on |= dict.fromkeys(members.get(group, ()))
    excluded = {name[1:] for name in named if name.startswith("!")}
    return [name for name in on if name not in excluded]


def _split(settings: Settings, directive: str) -> list[str]:
    value = settings.get(directive, "")
    return [name.strip() for name in value.split(",")] if value else []
