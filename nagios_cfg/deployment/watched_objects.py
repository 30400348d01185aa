"""What object files watch: hosts, and services expanded over their hostgroups, with what templates add."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nagios_cfg.cfgfile import loads
from nagios_cfg.objects import Definition

Settings = Mapping[str, str]

_OF_TEMPLATES = ("name", "register", "use")


@dataclass(frozen=True, slots=True)
class Inventory:
    """Hosts by name, services by host and description, each with all settings that it ends up with."""

    hosts: Mapping[str, Settings]
    services: Mapping[tuple[str, str], Settings]


def definitions(files: Mapping[str, str]) -> list[Definition]:
    """All definitions of object files that `render` made, given as {path: text}. Raises Unreadable for others."""
    return [item.definition for path, text in files.items() if path.endswith(".cfg") for item in loads(text)]


def inventory(found: Iterable[Definition]) -> Inventory:
    """Count what these definitions watch."""
    everything = tuple(found)
    templates = {(one.kind, one.name): one for one in everything if one.template}
    resolved: dict[tuple[str, str], Settings] = {}

    def settings(one: Definition) -> Settings:
        """Its own settings over those of its templates, of which the first named wins."""
        merged: dict[str, str] = {}
        for name in reversed(one.listed("use")):
            if (one.kind, name) in templates:
                if (one.kind, name) not in resolved:
                    resolved[one.kind, name] = {}  # a template that uses itself adds nothing
                    resolved[one.kind, name] = settings(templates[one.kind, name])
                merged.update(resolved[one.kind, name])
        own = {directive: value for directive, value in one.settings.items() if directive not in _OF_TEMPLATES}
        return merged | own

    hosts = {one.name: settings(one) for one in everything if one.kind == "host" and not one.template}
    members: dict[str, list[str]] = {}
    for name, host in hosts.items():
        for group in _listed(host, "hostgroups"):
            members.setdefault(group, []).append(name)
    for one in everything:
        if one.kind == "hostgroup":
            members.setdefault(one.name, []).extend(one.listed("members"))
    services: dict[tuple[str, str], Settings] = {}
    for one in everything:
        if one.kind == "service" and not one.template:
            service = settings(one)
            services.update(((host, one.name), service) for host in _hosts(service, members))
    return Inventory(hosts, services)


def _hosts(service: Settings, members: Mapping[str, list[str]]) -> list[str]:
    named = _listed(service, "host_name")
    on = dict.fromkeys(name for name in named if not name.startswith("!"))
    for group in _listed(service, "hostgroup_name"):
        on |= dict.fromkeys(members.get(group, ()))
    excluded = {name[1:] for name in named if name.startswith("!")}
    return [name for name in on if name not in excluded]


def _listed(settings: Settings, directive: str) -> list[str]:
    value = settings.get(directive, "")
    return [name.strip() for name in value.split(",")] if value else []
