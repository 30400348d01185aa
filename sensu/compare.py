"""Compare resources with a dump of sensuctl or an earlier output, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from sensu import sensuctl_files
from sensu.dump import dump
from sensu.names import PROJECT_LABEL
from sensu.resources import Resource

#: Resource types that carry the project's label, with sensuctl's word for each. A namespace is never deleted.
#: A type comes before the types that it refers to.
OURS: Mapping[str, str] = MappingProxyType(
    {
        "CheckConfig": "check",
        "Pipeline": "pipeline",
        "Handler": "handler",
        "EventFilter": "filter",
        "HookConfig": "hook",
        "Asset": "asset",
        "Entity": "entity",
    }
)

#: (type, namespace, name)
Key = tuple[str, str, str]
Fields = Mapping[str, Any]


def differences(resources: Iterable[Resource], text: str, *, project: str, namespace: str) -> tuple[str, ...]:
    """One line for each resource that comes or goes and for each field that changes, sorted by resource.

    Only resources of `text` with the project's label in that namespace count, and only proxies among the entities.
    An unset field equals its zero, as it does for Sensu. Raises `reader.Unreadable` for text that sensuctl could
    not read.
    """
    wanted, found = _both(resources, text, project, namespace)
    lines: list[str] = []
    for key in sorted(wanted.keys() | found.keys()):
        title = f"{key[0]} {key[1]}/{key[2]}"
        if key not in found:
            lines.append(f"+ {title}")
        elif key not in wanted:
            lines.append(f"- {title}")
        else:
            lines.extend(f"~ {title}: {change}" for change in _changes(found[key], wanted[key]))
    return tuple(lines)


def deletions(resources: Iterable[Resource], text: str, *, project: str, namespace: str) -> tuple[tuple[str, ...], ...]:
    """Return the argv of sensuctl for each deleted resource; a resource comes before the resources that it refers to.

    Raises `reader.Unreadable` as `differences` does.
    """
    wanted, found = _both(resources, text, project, namespace)
    gone = sorted(found.keys() - wanted.keys(), key=lambda key: (list(OURS).index(key[0]), key))
    return tuple(
        ("sensuctl", OURS[kind], "delete", "--namespace", there, "--skip-confirm", "--", name)
        for kind, there, name in gone
    )


def _both(
    resources: Iterable[Resource], text: str, project: str, namespace: str
) -> tuple[dict[Key, Fields], dict[Key, Fields]]:
    """Return the expected resources and the existing resources of the project, by key."""
    wanted = {key: document for document in _documents(dump(resources, "json")) if (key := _key(document))[0] in OURS}
    return wanted, {_key(one): one for one in _documents(text) if _is_ours(one, project, namespace)}


def _documents(text: str) -> Iterator[Fields]:
    for document in sensuctl_files.read(text):
        if isinstance(document, sensuctl_files.Unreadable):
            raise document
        if isinstance(document.data, dict):
            yield document.data


def _part(document: Fields, name: str) -> Fields:
    part = document.get(name)
    return part if isinstance(part, dict) else {}


def _key(document: Fields) -> Key:
    metadata = _part(document, "metadata")
    return str(document.get("type")), str(metadata.get("namespace")), str(metadata.get("name"))


def _is_ours(document: Fields, project: str, namespace: str) -> bool:
    kind, there, _ = _key(document)
    if kind not in OURS or there != namespace:
        return False
    # An agent makes its own entity, from labels that it has of us.
    if kind == "Entity" and _part(document, "spec").get("entity_class") != "proxy":
        return False
    return _part(_part(document, "metadata"), "labels").get(PROJECT_LABEL) == project


def _changes(old: Fields, new: Fields) -> Iterator[str]:
    before, after = _flat(old), _flat(new)
    for path in sorted(before.keys() | after.keys()):
        # The backend writes more into an entity than anybody gave it.
        if new["type"] == "Entity" and path[0] == "spec" and path not in after:
            continue
        if before.get(path) != after.get(path):
            yield f"{'.'.join(path)}: {_shown(before.get(path))} -> {_shown(after.get(path))}"


def _flat(document: Fields) -> dict[tuple[str, ...], Any]:
    flat = flattened({"metadata": _part(document, "metadata"), "spec": _part(document, "spec")})
    flat.pop(("metadata", "created_by"), None)
    return flat


def flattened(fields: Fields) -> dict[tuple[str, ...], Any]:
    """Each value that says anything by its path; lists are one value."""
    flat: dict[tuple[str, ...], Any] = {}

    def walk(value: Any, path: tuple[str, ...]) -> None:
        if isinstance(value, dict):
            for key, one in value.items():
                walk(one, (*path, key))
        elif value not in (None, "", 0, False, []):
            flat[path] = value

    walk(fields, ())
    return flat


def _shown(value: Any) -> str:
    return "unset" if value is None else json.dumps(value, ensure_ascii=False)
