"""Resolution of templates by the rules of Nagios 4.

The first template with a value wins. `+` before a value adds it to the inherited one. `null` means no value, and ends
the search. `name`, `use` and `register` are not inherited.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checkwright.registry.plan import Origin
from nagios_cfg.reader.config_text import CannotRead, Faults, RawObject

_OWN = ("name", "use", "register")
#: Directives that accept `+`.
_ADDITIVE = frozenset(
    (
        "contact_groups",
        "contactgroups",
        "contactgroup_members",
        "contacts",
        "dependent_host_name",
        "dependent_hostgroup_name",
        "host_name",
        "hostgroup_members",
        "hostgroup_name",
        "hostgroups",
        "members",
        "parents",
        "servicegroup_members",
        "servicegroup_name",
        "servicegroups",
    )
)
#: Other names of directives.
_ALIASES = {
    "contact_group": "contact_groups",
    "contactgroup": "contact_groups",
    "description": "service_description",
    "host": "host_name",
    "host_groups": "hostgroups",
    "hostgroup": "hostgroup_name",
    "hosts": "host_name",
    "normal_check_interval": "check_interval",
    "retry_check_interval": "retry_interval",
    "service_groups": "servicegroups",
}


@dataclass(frozen=True, slots=True)
class ResolvedObject:
    """Object with its inherited settings. None is the value `null`. `template` is True for register 0."""

    kind: str
    origin: Origin
    settings: dict[str, str | None]
    template: bool
    label: str

    def get(self, directive: str) -> str:
        """Return the value of a directive, "" for none."""
        return self.settings.get(directive) or ""

    def listed(self, directive: str) -> tuple[str, ...]:
        """Return the names in the list of a directive."""
        return split_list(self.get(directive))


def split_list(text: str) -> tuple[str, ...]:
    """Return the names of a list with commas, in order."""
    return tuple(name for part in text.split(",") if (name := part.strip()))


def resolve_templates(raws: Iterable[RawObject], faults: Faults | None = None) -> list[ResolvedObject]:
    """Return all objects with their inherited settings. Raises CannotRead for a circle or an unknown template.

    faults: collects unknown templates instead.
    """
    everything = list(raws)
    named = {(raw.kind, raw.settings["name"]): raw for raw in reversed(everything) if raw.settings.get("name")}
    resolver = _Resolver(named, faults)
    return [
        ResolvedObject(
            raw.kind,
            raw.origin,
            {name: _plain(value) for name, value in resolver.settings(raw).items()},
            raw.settings.get("register") == "0",
            raw.settings.get("name", ""),
        )
        for raw in everything
    ]


class _Resolver:
    def __init__(self, named: dict[tuple[str, str], RawObject], faults: Faults | None) -> None:
        self._named = named
        self._faults = faults
        self._done: dict[Origin, dict[str, str | None]] = {}
        self._open: list[Origin] = []

    def settings(self, raw: RawObject) -> dict[str, str | None]:
        """Return the settings of an object with the inherited ones. Each definition has its own origin."""
        if raw.origin in self._done:
            return self._done[raw.origin]
        if raw.origin in self._open:
            raise CannotRead(f"the {raw.kind} template {raw.settings.get('name')!r} uses itself", raw.origin)
        if len(self._open) > 200:
            raise CannotRead("templates are nested more than 200 deep", raw.origin)
        self._open.append(raw.origin)
        found: dict[str, str | None] = {
            # An object may be named null; as the value of another directive it is none.
            _directive(raw.kind, name): None if value == "null" and name != f"{raw.kind}_name" else value
            for name, value in raw.settings.items()
            if name not in _OWN
        }
        for name in split_list(raw.settings.get("use", "")):
            template = self._named.get((raw.kind, name))
            if template is None:
                error = CannotRead(f"this {raw.kind} uses the template {name!r}, which is not defined", raw.origin)
                if self._faults is None:
                    raise error
                self._faults.add(error)
                continue
            for directive, value in self.settings(template).items():
                found[directive] = _inherited(directive, found, value)
        self._open.pop()
        self._done[raw.origin] = found
        return found


def _inherited(directive: str, own: dict[str, str | None], value: str | None) -> str | None:
    if directive not in own:
        return value
    own_value = own[directive]
    if own_value and value and own_value.startswith("+") and directive in _ADDITIVE:
        return f"{value},{own_value[1:]}"
    return own_value


def _plain(value: str | None) -> str | None:
    return value[1:].strip() if value and value.startswith("+") else value


def _directive(kind: str, name: str) -> str:
    if kind in ("contact", "contactgroup", "timeperiod", "command", "hostgroup", "servicegroup"):
        return name
    return _ALIASES.get(name, name)
