"""Rows of an inventory file: records become hosts by the mappings of a source, and hosts become sorted CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from checkwright.core.as_of import AsOf, parse_as_of
from checkwright.core.text import clean
from checkwright.inventory.records import Answer, CannotPull, Record, Unusable, text_of
from checkwright.registry.model import Always, ByClass, ByName, ByValue, Ignored, Role
from checkwright.registry.model.base import RegistryError, require_name
from checkwright.registry.model.inventory_mappings import TextMapping
from checkwright.registry.model.inventory_sources import InventorySource
from checkwright.registry.model.inventory_values import Value

_TIME = "%Y-%m-%dT%H:%M:%SZ"
_FIXED = ("name", "address", "roles", "parents", "pool", "id", "missing_since")
_LABEL = "label."
_LONGEST = 1_000
_NUMERIC = frozenset("0123456789. ")


@dataclass(frozen=True, slots=True)
class HostRow:
    """One host of an inventory file. missing_since: when the source first did not name it; None for a host it names."""

    name: str
    address: str
    roles: tuple[str, ...]
    parents: str = ""
    pool: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    id: str = ""
    missing_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Mapped:
    """Records by the mappings of a source.

    rows: hosts, in the order of the records. ignored: ids with the reason. problems: sentences about records that
    cannot become hosts, by id.
    """

    rows: tuple[HostRow, ...]
    ignored: Mapping[str, str]
    problems: Mapping[str, str]


def map_records(source: InventorySource, answer: Answer) -> Mapped:
    """Return the hosts that the mappings make of an answer."""
    rows: list[HostRow] = []
    ignored: dict[str, str] = {}
    problems: dict[str, str] = {}
    for record in answer.records:
        try:
            roles, why = _roles(source, record)
            if why:
                ignored[record.id] = why
            elif not roles:
                values = ", ".join(
                    f"{mapping.value!r} is {text_of(record, mapping.value)!r}"
                    for mapping in source.roles
                    if isinstance(mapping, ByValue)
                )
                problems[record.id] = f"no mapping gives it a role{f' ({values})' if values else ''}"
            else:
                rows.append(_row(source, record, roles))
        except (Unusable, RegistryError) as error:
            problems[record.id] = error.message if isinstance(error, RegistryError) else str(error)
    return Mapped(tuple(rows), ignored, problems)


def _roles(source: InventorySource, record: Record) -> tuple[tuple[str, ...], str]:
    """Return the names of a record's roles, and the reason to ignore it: one of both is empty, or both are."""
    found: list[Role] = []
    always: list[Role] = []
    why = ""
    for mapping in source.roles:
        target: object = None
        if isinstance(mapping, Always):
            always.append(mapping.target)
        elif isinstance(mapping, ByValue):
            target = mapping.targets.get(text_of(record, mapping.value))
        elif isinstance(mapping, ByClass):
            target = mapping.target if mapping.title in record.classes else None
        elif isinstance(mapping, ByName):
            name = text_of(record, source.name)
            matches = fnmatchcase(name, mapping.pattern) or fnmatchcase(record.id, mapping.pattern)
            target = mapping.target if matches else None
        if isinstance(target, Role):
            found.append(target)
        elif isinstance(target, Ignored):
            why = why or target.why
    if found or len(always) == len(source.roles):
        return tuple(sorted({role.name for role in (*always, *found)})), ""
    return (), why


def _row(source: InventorySource, record: Record, roles: tuple[str, ...]) -> HostRow:
    name = text_of(record, source.name)
    if not name:
        raise Unusable(f"it has no name: {source.name!r} is missing")
    address = text_of(record, source.address)
    if not address:
        raise Unusable(f"it has no address: {source.address!r} is missing")
    if set(address) & set(" \t,;\n\r"):
        raise Unusable(f"{source.address!r} is {address!r}, which is no address")
    labels = {label: _text(record, value) for label, value in source.labels.items()}
    for what, value in (("its id", record.id), ("its address", address), *labels.items()):
        _require_cell(what, value)
    return HostRow(
        name=require_name("the name", name, source.origin),
        address=address,
        roles=roles,
        parents=" ".join(_text(record, source.parents).split()),
        pool=_text(record, source.pool),
        labels={label: value for label, value in labels.items() if value},
        id=record.id,
    )


def _require_cell(what: str, text: str) -> None:
    """Raise Unusable for text that deceives a reviewer, or that a spreadsheet would run as a formula."""
    if not text.isprintable():
        raise Unusable(f"{what} holds characters that nobody can see: {clean(ascii(text), 100)}")
    if len(text) > _LONGEST:
        raise Unusable(f"{what} is longer than {_LONGEST} characters")
    if text[:1] in ("=", "@") or (text[:1] in ("+", "-") and not set(text[1:]) <= _NUMERIC):
        raise Unusable(f"{what} is {clean(repr(text), 100)}, which a spreadsheet would run as a formula")


def _text(record: Record, mapping: TextMapping) -> str:
    if isinstance(mapping, str):
        return mapping
    if isinstance(mapping, Value):
        return " ".join(text_of(record, mapping).split())
    return mapping.targets.get(text_of(record, mapping.value), "")


def write_rows(rows: Iterable[HostRow], header: AsOf) -> str:
    """Return the text of a file: its header, then one line for each host, sorted by name."""
    listed = sorted(rows, key=lambda row: (row.name, row.id))
    labels = sorted({label for row in listed for label in row.labels})
    out = io.StringIO()
    out.write(f"{header}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow((*_FIXED, *(_LABEL + label for label in labels)))
    for row in listed:
        missing = row.missing_since.strftime(_TIME) if row.missing_since else ""
        fixed = (row.name, row.address, " ".join(row.roles), row.parents, row.pool, row.id, missing)
        writer.writerow((*fixed, *(row.labels.get(label, "") for label in labels)))
    return out.getvalue()


def read_rows(text: str, file: str) -> tuple[AsOf | None, tuple[HostRow, ...]]:
    """Return header (None for a file without) and hosts of a file. Raises CannotPull for a damaged one."""
    first, _, rest = text.partition("\n")
    try:
        header = parse_as_of(first)
        reader = csv.DictReader(io.StringIO(rest if header else text, newline=""), strict=True)
        rows = tuple(_read_row(fields) for fields in reader)
    except (ValueError, csv.Error, AttributeError) as error:
        reason = "a line has too few or too many values" if isinstance(error, AttributeError) else str(error)
        message = f"{file} cannot be read: {reason}. Correct it, or remove it to begin again without guards."
        raise CannotPull(message) from None
    return header, rows


def _read_row(fields: Mapping[str, str]) -> HostRow:
    values = {key.strip(): value.strip() for key, value in fields.items()}
    if not values.get("name"):
        raise ValueError("a line has no name")
    missing = values.get("missing_since", "")
    return HostRow(
        name=values["name"],
        address=values.get("address", ""),
        roles=tuple(sorted(values.get("roles", "").split())),
        parents=values.get("parents", ""),
        pool=values.get("pool", ""),
        labels={key.removeprefix(_LABEL): text for key, text in values.items() if key.startswith(_LABEL) and text},
        id=values.get("id", ""),
        missing_since=datetime.strptime(missing, _TIME).replace(tzinfo=UTC) if missing else None,
    )
