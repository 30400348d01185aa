"""Comparison of the parts of a plan that are no watches: machines, teams, hours, pools, handlers, maintenances."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from checkwright.changes.changes_model import RecordChange
from checkwright.changes.host_check_changes import changed_host_checks
from checkwright.registry.plan import Origin, Plan

#: Parts of a plan by the word for one of them, with the fields that other parts of the comparison show.
_TABLES = (
    ("host", "hosts", ("roles", "check")),
    ("role", "roles", ("hosts", "owner", "runbook", "virtual_host")),
    ("team", "teams", ()),
    ("hours", "hours", ()),
    ("pool", "pools", ()),
    ("service group", "service_groups", ()),
    ("file", "files", ("text",)),
)
_SINGLE = (("site", "site"), ("routes", "routes"), ("sensu agents", "sensu_agents"))


def changed_records(before: Plan, after: Plan) -> Iterator[RecordChange]:
    """Yield the differences of two plans outside their watches. The lines of declarations are not compared."""
    for kind, field, skipped in _TABLES:
        old, new = ({_name(one): one for one in getattr(plan, field)} for plan in (before, after))
        for name in sorted(old.keys() | new.keys()):
            if kind == "host" and (old.get(name) or new[name]).virtual:
                continue
            yield from _changed(kind, name, old.get(name), new.get(name), skipped)
    for kind, field in _SINGLE:
        yield from _changed(kind, "", getattr(before, field), getattr(after, field), ())
    yield from changed_host_checks(before, after)
    windows = ({f"{one.begin} to {one.end}: {one.why}": one for one in plan.maintenance} for plan in (before, after))
    old, new = windows
    for name in sorted(old.keys() | new.keys()):
        yield from _changed("maintenance", name.replace("T", " ", 2), old.get(name), new.get(name), ())
    old_times, new_times = ({f"{one.when}: {one.why}": one for one in plan.downtimes} for plan in (before, after))
    for name in sorted(old_times.keys() | new_times.keys()):
        yield from _changed("downtime", name, old_times.get(name), new_times.get(name), ())
    if before.time_zone != after.time_zone:
        values = (("time zone", before.time_zone, after.time_zone),)
        yield RecordChange("downtimes", "", "changed", values)
    yield from _exceptions(before, after)


def _exceptions(before: Plan, after: Plan) -> Iterator[RecordChange]:
    """Yield overrides with another end or reason. One with another change is a change of the watches' values."""
    old, new = ({(one.scope, one.changes): one for one in plan.overrides} for plan in (before, after))
    for key in [key for key in new if key in old]:
        pairs = (("until", old[key].until, new[key].until), ("why", old[key].why, new[key].why))
        values = tuple((field, one or "no end", two or "no end") for field, one, two in pairs if one != two)
        if values:
            yield RecordChange("exception", f"{key[0]}: {', '.join(key[1])}", "changed", values)


def _name(record: Any) -> str:
    return str(getattr(record, "name", None) or record.path)


def _changed(kind: str, name: str, old: Any, new: Any, skipped: tuple[str, ...]) -> Iterator[RecordChange]:
    if old == new:
        return
    if old is None or new is None:
        yield RecordChange(kind, name, "added" if old is None else "removed")
        return
    before, after = dict(_flat(old, skipped)), dict(_flat(new, skipped))
    values = tuple(
        (path, before.get(path, ""), after.get(path, ""))
        for path in dict.fromkeys((*before, *after))
        if before.get(path, "") != after.get(path, "")
    )
    if kind == "file" and old.text != new.text:
        values = (*values, ("lines", *_changed_lines(old.text, new.text)))
    if values:
        yield RecordChange(kind, name, "changed", values)


def _changed_lines(old: str, new: str) -> tuple[str, str]:
    """Return the lines that only one of two texts has."""
    before, after = old.splitlines(), new.splitlines()
    gone, come = [line for line in before if line not in after], [line for line in after if line not in before]
    return "; ".join(gone) or f"{len(before)} lines", "; ".join(come) or f"{len(after)} lines in another order"


def _flat(record: Any, skipped: tuple[str, ...] = (), prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield each value of a record by its path, `handlers.pager.timeout`."""
    for field in fields(record):
        value = getattr(record, field.name)
        if field.name in skipped or isinstance(value, Origin) or field.name == "name":
            continue
        yield from _values(f"{prefix}{field.name.replace('_', ' ')}", value)


def _values(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key in sorted(value):
            yield f"{path}.{key}", str(value[key])
    elif is_dataclass(value):
        yield from _flat(value, prefix=f"{path}.")
    elif isinstance(value, tuple) and value and is_dataclass(value[0]):
        for number, one in enumerate(value):
            key = getattr(one, "name", None) or getattr(one, "to", None) or _entry(one) or str(number)
            yield f"{path}.{key}", ""
            yield from _flat(one, prefix=f"{path}.{key}.")
    else:
        yield path, _text(value)


def _entry(one: Any) -> str:
    """Return `payments-api:disk`, with its variant, for an entry in a maintenance."""
    entry, variant = getattr(one, "entry", ""), getattr(one, "variant", "")
    return f"{entry} ({variant})" if variant else entry


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(" ".join(map(str, one)) if isinstance(one, tuple) else str(one) for one in value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def names_of(changes: Iterable[RecordChange], kind: str, what: str) -> tuple[str, ...]:
    """Return the names of the records of a kind that were added, removed or changed."""
    return tuple(one.name for one in changes if (one.kind, one.what) == (kind, what))
