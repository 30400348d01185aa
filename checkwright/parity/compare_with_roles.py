"""Comparison of the plans of environments with the values of their roles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from checkwright.parity.parity_model import (
    Cause,
    Cell,
    Column,
    Difference,
    Lacking,
    Parity,
    Row,
    SwitchedOff,
    Wide,
)
from checkwright.registry.entry_values import changed_values
from checkwright.registry.model import Environment, Override, Role
from checkwright.registry.model.watches import AnyWatch, Watch
from checkwright.registry.plan import Entry, Origin, Plan
from checkwright.registry.planning import Compared, compared
from checkwright.registry.registry import Registry


@dataclass(frozen=True)
class _Environment:
    """One environment, resolved with and without its overrides."""

    declared: Environment
    both: Compared
    here: Mapping[str, Sequence[Entry]]  # entries by id
    roles: Mapping[str, Entry]  # one entry of each watch with the values of its role
    wide: frozenset[Origin]

    @property
    def plan(self) -> Plan:
        return self.both.plan


def parity_of(registry: Registry, environments: Sequence[str] = ()) -> Parity:
    """Compare environments of a registry, all of them by default.

    Raises RegistryError for an unknown environment, FindingsError with all findings if one has an error.
    """
    names = environments or [one.name for one in registry.environments]
    resolved = [_resolved(registry, name) for name in names]
    roles = {role.name: role for role in reversed(registry.roles)}
    # A role that no environment has is a finding of lint, not a difference between environments.
    in_use = sorted({role.name for one in resolved for role in one.plan.roles} & roles.keys())
    rows = [_row(registry, roles[name], watch, resolved) for name in in_use for watch in roles[name].watches]
    return Parity(tuple(_column(registry, one) for one in resolved), tuple(rows))


def _resolved(registry: Registry, name: str) -> _Environment:
    declared = registry.environment(name)
    both = compared(registry, name)
    here: dict[str, list[Entry]] = {}
    for entry in both.plan.entries:
        here.setdefault(entry.id, []).append(entry)
    wide = frozenset(registry.relative(one.origin) for one in declared.overrides if _is_wide(one))
    return _Environment(declared, both, here, {entry.id: entry for entry in both.roles.entries}, wide)


def _is_wide(override: Override) -> bool:
    """Return True for an override of every watch in an environment."""
    return not (override.role or override.watch or override.hosts or override.kinds())


def _cause(registry: Registry, override: Override) -> Cause:
    until = override.until.isoformat() if override.until else ""
    return Cause(override.why, until, registry.relative(override.origin))


def _column(registry: Registry, one: _Environment) -> Column:
    wide = [
        Wide(override.changes(), _changed_watches(one, registry.relative(override.origin)), _cause(registry, override))
        for override in one.declared.overrides
        if _is_wide(override)
    ]
    lacks = tuple(Lacking(role.name, why) for role, why in one.declared.lacks)
    machines = sum(not host.virtual for host in one.plan.hosts)
    return Column(one.declared.name, machines, tuple(wide), lacks, registry.relative(one.declared.origin))


def _changed_watches(one: _Environment, origin: Origin) -> int:
    """Return the number of watches that have a value from an override, or are switched off by it."""
    changed = {
        entry.id
        for entry in one.plan.entries
        if any(setting.level == "override" and setting.origin == origin for setting in entry.settings)
    }
    return len(changed | {off.id for off in one.plan.off if off.origin == origin})


def _row(registry: Registry, role: Role, watch: AnyWatch, environments: Iterable[_Environment]) -> Row:
    id = f"{role.name}:{watch.name}"
    cells = tuple(_cell(id, role.name, one) for one in environments)
    check = watch.check.title() if isinstance(watch, Watch) else str(getattr(watch, "path", ""))
    return Row(id, role.name, watch.name, check, role.owner.name, registry.relative(watch.origin), cells)


def _cell(id: str, role: str, one: _Environment) -> Cell:
    entries = one.here.get(id, ())
    off = [found for found in one.plan.off if found.id == id]
    if not entries and not off:
        if role in {found.name for found in one.plan.roles}:
            return Cell("unhosted")
        return Cell("lacking", why=next((why for lacked, why in one.declared.lacks if lacked.name == role), ""))
    hosts = sum(len(entry.hosts) for entry in entries)
    switched = tuple(
        SwitchedOff(
            Cause(found.why, found.until, found.origin),
            found.hosts if entries or len(off) > 1 else (),
        )
        for found in off
    )
    if not entries:
        return Cell("off", off=switched)
    differences = tuple(_merged(entries, id, one))
    return Cell("differs" if differences or switched else "same", hosts, differences, switched)


def _merged(entries: Sequence[Entry], id: str, one: _Environment) -> Iterator[Difference]:
    """Yield the differences of a watch's entries, equal ones of several entries once."""
    found: dict[Difference, list[str]] = {}
    for entry in entries:
        for difference in _differences(entry, one.roles[id], one):
            found.setdefault(difference, []).extend(entry.hosts)
    everywhere = sum(len(entry.hosts) for entry in entries)
    for difference, hosts in found.items():
        yield difference if len(hosts) == everywhere else replace(difference, hosts=tuple(sorted(hosts)))


def _differences(here: Entry, role: Entry, one: _Environment) -> Iterator[Difference]:
    for change in changed_values(role, here):
        value = change.new
        if value is None or value.level != "override" or value.origin in one.wide:
            continue
        cause = Cause(value.why, value.until, value.origin)
        old = change.old.text if change.old else change.unset
        yield Difference(change.kind, change.name, old, value.text, change.effect, cause)
