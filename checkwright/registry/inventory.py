"""Hosts of an environment: declared in the fleet, or listed in inventory files of the project.

YAML:  hosts:                                   CSV:  name,address,roles,parents,pool,label.port
         - name: web-1                                web-1,10.0.0.1,web linux,,dc1,8443
           address: 10.0.0.1
           roles: [web, linux]
           labels: {port: "8443"}
           pool: dc1

The CSV of `checkctl inventory pull` begins with a line of its own (see core/as_of.py) and has two further columns, id
and missing_since, which are the pull's.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from checkwright.core.as_of import AsOf, parse_as_of
from checkwright.core.regular_file import read_regular
from checkwright.registry.model import Environment
from checkwright.registry.model.base import RegistryError, did_you_mean, require_name, require_text
from checkwright.registry.plan import Origin
from checkwright.registry.registry import Registry
from checkwright.registry.resolving.placeholders import LABEL

#: Bytes, several times an inventory of 100,000 hosts.
_LARGEST = 100_000_000
_FIELDS = ("name", "address", "roles", "labels", "parents", "pool")
_COLUMNS = ("name", "address", "roles", "parents", "pool")
#: Columns that only `checkctl inventory pull` reads.
_PULLED = ("id", "missing_since")


@dataclass(frozen=True, slots=True)
class Machine:
    """Host from the fleet or an inventory, with its roles by name."""

    name: str
    address: str
    roles: tuple[str, ...]
    labels: Mapping[str, str]
    parents: tuple[str, ...]
    origin: Origin
    pool: str = ""


def machines(
    registry: Registry, environment: Environment, contents: Mapping[str, str] | None = None
) -> tuple[Machine, ...]:
    """Return all hosts of an environment: those in the fleet, then those in its inventories.

    contents: text of inventories, by the name that the environment gives them, which is read in place of the files.
    Raises RegistryError if an inventory is missing or malformed.
    """
    declared = [
        Machine(
            host.name,
            host.address,
            tuple(role.name for role in host.roles),
            host.labels,
            host.parents,
            registry.relative(host.origin),
            str(host.pool),
        )
        for host in environment.hosts
    ]
    listed = [
        machine
        for file in environment.inventory
        for machine in _listed(registry, environment, file, (contents or {}).get(file))
    ]
    return (*declared, *listed)


def inventory_path(registry: Registry, environment: Environment, file: str) -> str:
    """Return the path of an inventory. Raises RegistryError for one outside the project."""
    path = os.path.realpath(os.path.join(registry.folder, file))
    if not path.startswith(registry.folder + os.sep):
        origin = registry.relative(environment.origin)
        raise RegistryError(f"the inventory {file!r} is outside the project", origin)
    return path


def pulled_as_of(path: str) -> AsOf | None:
    """Return the header of an inventory that a pull has written, None for any other file, and for one that is missing.

    Raises ValueError for a damaged header.
    """
    try:
        content = read_regular(path, _LARGEST)
    except OSError:
        return None
    return parse_as_of(content[:1000].decode("utf-8-sig", "replace").partition("\n")[0])


def _listed(registry: Registry, environment: Environment, name: str, content: str | None) -> Iterator[Machine]:
    origin = registry.relative(environment.origin)
    path = inventory_path(registry, environment, name)
    readers = {".yaml": _from_yaml, ".yml": _from_yaml, ".csv": _from_csv}
    reader = readers.get(os.path.splitext(path)[1])
    if reader is None:
        raise RegistryError(f"the inventory {name!r} is not a .yaml or .csv file", origin)
    file = registry.relative(Origin(path, 1)).file
    if content is None:
        content = _read(path, file, name, environment, origin)
    return reader(content, file)


def _read(path: str, file: str, name: str, environment: Environment, origin: Origin) -> str:
    try:
        return read_regular(path, _LARGEST).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise RegistryError(f"the inventory {file} is not text in UTF-8", origin) from None
    except FileNotFoundError as error:
        if any(source.file == name for source in environment.sources):
            message = f"the inventory {file} does not exist: write it with checkctl inventory pull {environment.name}"
            raise RegistryError(message, origin) from None
        raise RegistryError(f"the inventory {file} cannot be read: {error.strerror}", origin) from None
    except OSError as error:
        raise RegistryError(f"the inventory {file} cannot be read: {error.strerror}", origin) from None


def _machine(fields: Mapping[str, Any], origin: Origin) -> Machine:
    name = require_name("the host", fields.get("name", ""), origin)
    labels: Mapping[str, str] = fields.get("labels", {})
    for label, value in labels.items():
        require_name(f"host {name}: the label", label, origin)
        require_text(f"host {name}: the label {label}", value, origin)
    return Machine(
        name,
        require_text(f"host {name}: address", fields.get("address", ""), origin),
        tuple(fields.get("roles", ())),
        labels,
        tuple(fields.get("parents", ())),
        origin,
        require_text(f"host {name}: pool", fields.get("pool", ""), origin),
    )


def _from_csv(content: str, file: str) -> Iterator[Machine]:
    first, _, rest = content.partition("\n")
    try:
        skipped = 1 if parse_as_of(first) else 0
    except ValueError as error:
        raise RegistryError(str(error), Origin(file, 1)) from None
    rows = csv.reader(io.StringIO(rest if skipped else content, newline=""), strict=True)
    try:
        header = [column.strip() for column in next(rows, [])]
        for column in header:
            if column not in (*_COLUMNS, *_PULLED) and not column.startswith(LABEL):
                message = f"{column!r} is not a column of an inventory: use {', '.join(_COLUMNS)} or label.NAME"
                raise RegistryError(message, Origin(file, 1 + skipped))
            if header.count(column) > 1:
                raise RegistryError(f"there are two columns {column!r}", Origin(file, 1 + skipped))
        for row in rows:
            if not row:
                continue
            origin = Origin(file, rows.line_num + skipped)
            if len(row) != len(header):
                raise RegistryError(f"this line has {len(row)} values for {len(header)} columns", origin)
            fields: dict[str, Any] = dict(zip(header, (value.strip() for value in row), strict=True))
            fields["roles"] = fields.get("roles", "").split()
            fields["parents"] = fields.get("parents", "").split()
            fields["labels"] = {
                key.removeprefix(LABEL): value for key, value in fields.items() if key.startswith(LABEL) and value
            }
            yield _machine(fields, origin)
    except csv.Error as error:
        raise RegistryError(f"this is not CSV: {error}", Origin(file, max(rows.line_num, 1) + skipped)) from None


def _from_yaml(content: str, file: str) -> Iterator[Machine]:
    root = _composed(content, file)
    if root is None:
        return
    if root.id == "sequence":
        raise RegistryError("the list of hosts must be below a key hosts:", _at(root, file))
    hosts: Any = None
    for key, value in _pairs(root, file, "an inventory"):
        if key != "hosts":
            raise RegistryError(f"an inventory has no {key!r}, only hosts", _at(value, file))
        hosts = value
    if hosts is None or hosts.id != "sequence":
        if hosts is None or hosts.value:
            raise RegistryError("an inventory is a list of hosts, each with its name", _at(hosts or root, file))
        return
    for node in hosts.value:
        fields: dict[str, Any] = {}
        for key, value in _pairs(node, file, "a host"):
            if key not in _FIELDS:
                message = f"a host has no {key!r}{did_you_mean(key, _FIELDS)}: {', '.join(_FIELDS)}"
                raise RegistryError(message, _at(value, file))
            if key == "labels":
                pairs = _pairs(value, file, "labels")
                fields[key] = {label: _scalar(text, file, f"the label {label}") for label, text in pairs}
            elif key in ("roles", "parents"):
                if value.id != "sequence":
                    raise RegistryError(f"{key} must be a list such as [web, linux]", _at(value, file))
                fields[key] = [_scalar(one, file, f"an item of {key}") for one in value.value]
            else:
                fields[key] = _scalar(value, file, key)
        yield _machine(fields, _at(node, file))


def _composed(content: str, file: str) -> Any:
    """Return the document's root node. Nodes know their lines, and scalars are text as it was written."""
    try:
        import yaml
    except ImportError:
        message = "this inventory needs PyYAML: pip install 'checkwright[tools]'"
        raise RegistryError(message, Origin(file, 1)) from None
    try:
        return yaml.compose(content, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = ", ".join(part for part in (error.context, error.problem) if part)
        raise RegistryError(f"this is not YAML: {problem}", Origin(file, line)) from None
    except (yaml.YAMLError, RecursionError) as error:
        raise RegistryError(f"this is not YAML: {' '.join(str(error).split())}", Origin(file, 1)) from None


def _pairs(node: Any, file: str, what: str) -> Iterator[tuple[str, Any]]:
    if node.id != "mapping":
        raise RegistryError(f"{what} must be written as NAME: VALUE", _at(node, file))
    seen = set()
    for key, value in node.value:
        name = _scalar(key, file, f"a name in {what}")
        if name in seen:
            raise RegistryError(f"{name!r} is twice in {what}", _at(key, file))
        seen.add(name)
        yield name, value


def _scalar(node: Any, file: str, what: str) -> str:
    if node.id != "scalar":
        raise RegistryError(f"{what} must be text", _at(node, file))
    return str(node.value)


def _at(node: Any, file: str) -> Origin:
    return Origin(file, node.start_mark.line + 1)
