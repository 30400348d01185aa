"""Comparison of resources with a dump of sensuctl or an earlier build, field by field."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from sensu import sensuctl_files
from sensu.dump import dump
from sensu.names import PROJECT_LABEL
from sensu.resources import Resource

#: Resource types that carry the project's label, with sensuctl's word for each. A namespace is never deleted.
#: A type comes before the types that it refers to.
DELETABLE: Mapping[str, str] = MappingProxyType(
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
#: Label that sensuctl and agents set on what they write.
MANAGED_BY = "sensu.io/managed_by"

#: (type, namespace, name)
Key = tuple[str, str, str]
Fields = Mapping[str, Any]
#: Argument list of sensuctl.
Command = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Lines for people, and the commands that delete what is gone: first what refers to the others."""

    lines: tuple[str, ...] = ()
    deletions: tuple[Command, ...] = ()


def compare_resources(resources: Iterable[Resource], text: str, *, project: str, namespace: str) -> Comparison:
    """Return one line for each new, removed or foreign resource and for each field that changes.

    Only resources of `text` with the project's label in that namespace count, and only proxies among the entities.
    A resource of somebody else with the name of a new one is foreign: creating the build would overwrite it. An unset
    field equals its zero, as it does for Sensu, and labels that Sensu's programs set are ignored. Raises
    `sensuctl_files.Unreadable` for text that sensuctl could not read.
    """
    return _compare(
        _by_key(documents(dump(resources, "json"))),
        _by_key(documents(text)),
        lambda key, owner: key[1] == namespace and owner == project,
    )


def compare_files(build: str, text: str) -> Comparison:
    """Return the comparison of two files, where `build` is a build, or the Asset of one.

    It needs no registry. Resources of `text` in the build's namespaces with the label of a project of the build
    count. Raises `sensuctl_files.Unreadable`.
    """
    new = _by_key(documents(build))
    namespaces = {key[1] for key in new}
    projects = {owner for document in new.values() if (owner := _owner(document))}
    kinds = {key[0] for key in new}
    # A file with the Asset alone says nothing about other types.
    compared = kinds if kinds == {"Asset"} else set(DELETABLE)
    return _compare(
        new,
        _by_key(documents(text)),
        lambda key, owner: key[0] in compared and key[1] in namespaces and owner in projects,
    )


def documents(text: str) -> Iterator[Fields]:
    """Yield the documents of a file. Raises `sensuctl_files.Unreadable`."""
    for document in sensuctl_files.read(text):
        if isinstance(document, sensuctl_files.Unreadable):
            raise document
        if isinstance(document.data, dict):
            yield document.data


def deletion(kind: str, namespace: str, name: str) -> Command:
    """Return the command that deletes a resource."""
    return ("sensuctl", DELETABLE[kind], "delete", "--namespace", namespace, "--skip-confirm", "--", name)


def part_of(document: Fields, name: str) -> Fields:
    """Return an object in a document, {} if it has none."""
    part = document.get(name)
    return part if isinstance(part, dict) else {}


def is_agent(document: Fields) -> bool:
    """Return True for the entity of an agent, which no build contains."""
    return document.get("type") == "Entity" and part_of(document, "spec").get("entity_class") != "proxy"


def labels_of(document: Fields) -> Fields:
    """Return the labels of a document."""
    return part_of(part_of(document, "metadata"), "labels")


def key_of(document: Fields) -> Key:
    """Return (type, namespace, name) of a document."""
    metadata = part_of(document, "metadata")
    return str(document.get("type")), str(metadata.get("namespace") or ""), str(metadata.get("name"))


def _compare(new: Mapping[Key, Fields], old: Mapping[Key, Fields], is_ours: Callable[[Key, str], bool]) -> Comparison:
    lines: list[str] = []
    gone: list[Key] = []
    for key in sorted(new.keys() | old.keys()):
        title = f"{key[0]} {key[1]}/{key[2]}"
        found = old.get(key)
        if found is None:
            lines.append(f"+ {title}")
        elif key not in new:
            if is_ours(key, _owner(found)) and not is_agent(found):
                lines.append(f"- {title}")
                gone.append(key)
        elif not is_ours(key, _owner(found)) and _owner(found) != _owner(new[key]):
            lines.append(f"! {title}: {_foreign(found)}, and creating the build would overwrite it")
        elif is_agent(found):
            lines.append(f"! {title}: it is the entity of an agent, and creating the build would make it a proxy")
        else:
            lines.extend(f"~ {title}: {change}" for change in _changes(found, new[key]))
    order = list(DELETABLE)
    gone.sort(key=lambda key: (order.index(key[0]), key))
    return Comparison(tuple(lines), tuple(deletion(*key) for key in gone))


def _by_key(found: Iterable[Fields]) -> dict[Key, Fields]:
    return {key: document for document in found if (key := key_of(document))[0] in DELETABLE}


def _owner(document: Fields) -> str:
    """Return the project that a document belongs to, "" for none."""
    return str(labels_of(document).get(PROJECT_LABEL) or "")


def _foreign(document: Fields) -> str:
    owner = _owner(document)
    return f"it belongs to the project {owner}" if owner else "it belongs to no project"


def _changes(old: Fields, new: Fields) -> Iterator[str]:
    before, after = _flat(old), _flat(new)
    for path in sorted(before.keys() | after.keys()):
        # The backend adds further fields to an entity.
        if new["type"] == "Entity" and path[0] == "spec" and path not in after:
            continue
        if before.get(path) != after.get(path):
            yield f"{'.'.join(path)}: {display(before.get(path))} -> {display(after.get(path))}"


def _flat(document: Fields) -> dict[tuple[str, ...], Any]:
    flat = flattened({"metadata": part_of(document, "metadata"), "spec": part_of(document, "spec")})
    flat.pop(("metadata", "created_by"), None)
    flat.pop(("metadata", "labels", MANAGED_BY), None)
    return flat


def flattened(fields: Fields) -> dict[tuple[str, ...], Any]:
    """Return each value that is set, by its path. Lists are one value."""
    flat: dict[tuple[str, ...], Any] = {}

    def walk(value: Any, path: tuple[str, ...]) -> None:
        if isinstance(value, dict):
            for key, one in value.items():
                walk(one, (*path, key))
        elif (cleaned := _without_zeros(value)) is not None:
            flat[path] = cleaned

    walk(fields, ())
    return flat


def _without_zeros(value: Any) -> Any:
    """Return a value without the fields of its objects that equal their zero, None for a zero."""
    if isinstance(value, dict):
        return {key: one for key, item in value.items() if (one := _without_zeros(item)) is not None}
    if isinstance(value, list):
        return [_without_zeros(item) if isinstance(item, dict) else item for item in value] or None
    return None if value in (None, "", 0, False) else value


def display(value: Any) -> str:
    """Return a value as JSON, "unset" for None."""
    return "unset" if value is None else json.dumps(value, ensure_ascii=False)


def in_order(*comparisons: Comparison) -> Comparison:
    """Return several comparisons as one. Checks are deleted first, then their events, then what they refer to."""
    words = ["check", "event", *(word for word in DELETABLE.values() if word != "check")]
    commands = dict.fromkeys(command for one in comparisons for command in one.deletions)
    return Comparison(
        tuple(line for one in comparisons for line in one.lines),
        tuple(sorted(commands, key=lambda command: words.index(command[1]))),
    )
