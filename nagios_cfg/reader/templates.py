"""Templates: what an object has of its own, and what it inherits. The rules are those of Nagios 4.

The first template that has a value wins; `+` in front adds to what the templates have; `null` means none, and ends
the search. `name`, `use` and `register` are never inherited.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from checkwright.registry.plan import Origin
from nagios_cfg.reader.config_text import CannotRead, Raw

_OWN = ("name", "use", "register")
#: Directives that take `+`.
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
#: Other names that Nagios takes for a directive.
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
class Whole:
    """An object with all that it inherits. A value of None is `null`. `template` has register 0."""

    kind: str
    origin: Origin
    settings: dict[str, str | None]
    template: bool
    label: str

    def get(self, directive: str) -> str:
        """The value, "" for none."""
        return self.settings.get(directive) or ""

    def listed(self, directive: str) -> tuple[str, ...]:
        """The names of a list with commas."""
        return split(self.get(directive))


def split(text: str) -> tuple[str, ...]:
    """The names of a list with commas, in order."""
    return tuple(name for part in text.split(",") if (name := part.strip()))


def whole(raws: Iterable[Raw]) -> list[Whole]:
    """Resolve all `use` chains. Raises CannotRead for a circle and for a template that is not there."""
    everything = list(raws)
    named = {(raw.kind, raw.settings["name"]): raw for raw in reversed(everything) if raw.settings.get("name")}
    resolver = _Resolver(named)
    return [
        Whole(
            raw.kind,
            raw.origin,
            {name: _plain(value) for name, value in resolver.settings(raw).items()},
            raw.settings.get("register") == "0",
            raw.settings.get("name", ""),
        )
        for raw in everything
    ]


class _Resolver:
    def __init__(self, named: dict[tuple[str, str], Raw]) -> None:
        self._named = named
        self._done: dict[int, dict[str, str | None]] = {}
        self._open: list[int] = []

    def settings(self, raw: Raw) -> dict[str, str | None]:
        if id(raw) in self._done:
            return self._done[id(raw)]
        if id(raw) in self._open:
            raise CannotRead(f"the {raw.kind} template {raw.settings.get('name')!r} uses itself", raw.origin)
        if len(self._open) > 200:
            raise CannotRead("templates use one another more than 200 deep", raw.origin)
        self._open.append(id(raw))
        found: dict[str, str | None] = {
            _directive(raw.kind, name): None if value == "null" else value
            for name, value in raw.settings.items()
            if name not in _OWN
        }
        for name in split(raw.settings.get("use", "")):
            template = self._named.get((raw.kind, name))
            if template is None:
                raise CannotRead(f"this {raw.kind} uses the template {name!r}, which is not defined", raw.origin)
            for directive, value in self.settings(template).items():
                found[directive] = _inherited(directive, found, value)
        self._open.pop()
        self._done[id(raw)] = found
        return found


def _inherited(directive: str, own: dict[str, str | None], value: str | None) -> str | None:
    if directive not in own:
        return value
    mine = own[directive]
    if mine and value and mine.startswith("+") and directive in _ADDITIVE:
        return f"{value},{mine[1:]}"
    return mine


def _plain(value: str | None) -> str | None:
    return value[1:].strip() if value and value.startswith("+") else value


def _directive(kind: str, name: str) -> str:
    if kind in ("contact", "contactgroup", "timeperiod", "command", "hostgroup", "servicegroup"):
        return name
    return _ALIASES.get(name, name)
