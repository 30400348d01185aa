"""Objects of an existing Sensu in files: dumps of sensuctl, answers of the API, and settings of Core 1.x."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from checkwright.registry.plan import Origin
from sensu import sensuctl_files
from sensu.rules import Path

Generation = Literal["go", "core1"]

#: Types of the API's answers, which do not name their type. The first type with all these fields matches.
_KINDS: tuple[tuple[str, frozenset[str]], ...] = (
    ("CheckConfig", frozenset({"command", "subscriptions"})),
    ("CheckConfig", frozenset({"command", "interval"})),
    ("CheckConfig", frozenset({"command", "publish"})),
    ("Entity", frozenset({"entity_class"})),
    ("Pipeline", frozenset({"workflows"})),
    ("EventFilter", frozenset({"action", "expressions"})),
    ("Asset", frozenset({"builds"})),
    ("Asset", frozenset({"url", "sha512"})),
    ("Handler", frozenset({"type", "handlers"})),
    ("Handler", frozenset({"type", "socket"})),
    ("Handler", frozenset({"type", "filters"})),
    ("Handler", frozenset({"type", "command"})),
    ("HookConfig", frozenset({"command", "timeout"})),
)
#: Sections of Core with objects by name. Every other section is one object.
_SECTIONS = {"checks": "check", "handlers": "handler", "filters": "filter", "mutators": "mutator", "hooks": "hook"}


@dataclass(frozen=True, slots=True)
class Object:
    """One object. `kind` is Sensu Go's type (CheckConfig...), or in Core check, client, handler or a section's name.

    `fields` are those of its spec. Only Go has `metadata`. `namespace` is "" if none is named.
    """

    generation: Generation
    kind: str
    name: str
    namespace: str
    metadata: Mapping[str, Any]
    fields: Mapping[str, Any]
    file: str
    document: sensuctl_files.Document
    path: Path

    def origin(self, *path: str | int) -> Origin:
        """Return the origin of the object, or of a path below it (for Go below its spec)."""
        return Origin(self.file, self.document.line((*self.path, *path)))

    def __str__(self) -> str:
        return f"{self.kind} {self.name}".rstrip()


@dataclass(frozen=True, slots=True)
class Unread:
    """Part of a file that is not an object. `why` is a sentence."""

    origin: Origin
    why: str


def read(file: str, text: str) -> Iterator[Object | Unread]:
    """Yield all objects of a file in its order, and an Unread for each part that cannot be read."""
    for document in sensuctl_files.read(text, lenient=True):
        if isinstance(document, sensuctl_files.Unreadable):
            yield Unread(Origin(file, document.line), document.message)
            continue
        for line, key in document.doubles:
            yield Unread(Origin(file, line), f"{key} occurs twice in one object, and only the last is read")
        for path, data in _each(document.data):
            if not isinstance(data, dict):
                yield Unread(Origin(file, document.line(path)), "this is not an object")
                continue
            if _halves(data):
                yield Unread(Origin(file, document.line(path)), "it contains half a character, such as \\ud800")
                continue
            yield from _objects(file, document, path, data)


def _halves(data: Any) -> bool:
    """Return True if a text in the data cannot be written as UTF-8."""
    try:
        json.dumps(data, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return True
    return False


def _each(data: Any) -> Iterator[tuple[Path, Any]]:
    """Yield the document, or the members of a list of objects."""
    if isinstance(data, list):
        for number, one in enumerate(data):
            yield (number,), one
    else:
        yield (), data


def _objects(
    file: str, document: sensuctl_files.Document, path: Path, data: dict[str, Any]
) -> Iterator[Object | Unread]:
    metadata = data.get("metadata")
    if "spec" in data or (isinstance(data.get("type"), str) and "api_version" in data):
        spec = data.get("spec")
        kind = data.get("type")
        if not isinstance(spec, dict) or not isinstance(kind, str) or not isinstance(metadata or {}, dict):
            why = "an object of Sensu Go needs type, metadata and spec, and one of them is missing or has a wrong type"
            yield Unread(Origin(file, document.line(path)), why)
            return
        yield _of_go(file, document, (*path, "spec"), kind, metadata or {}, spec)
    elif isinstance(metadata, dict):
        known = data.keys()
        kind = next((kind for kind, fields in _KINDS if fields <= known), "object of an unknown type")
        fields = {key: value for key, value in data.items() if key != "metadata"}
        yield _of_go(file, document, path, kind, metadata, fields)
    else:
        yield from _of_core(file, document, path, data)


def _of_go(
    file: str,
    document: sensuctl_files.Document,
    path: Path,
    kind: str,
    metadata: dict[str, Any],
    fields: dict[str, Any],
) -> Object:
    name = fields.get("name") if kind == "Namespace" else metadata.get("name")
    namespace = metadata.get("namespace")
    return Object(
        "go",
        kind,
        name if isinstance(name, str) else "",
        namespace if isinstance(namespace, str) else "",
        metadata,
        fields,
        file,
        document,
        path,
    )


def _of_core(
    file: str, document: sensuctl_files.Document, path: Path, data: dict[str, Any]
) -> Iterator[Object | Unread]:
    """Yield the objects in the sections of a file in conf.d, or a single client as the API accepts it."""
    if "checks" not in data and isinstance(data.get("name"), str) and "address" in data:
        yield Object("core1", "client", data["name"], "", {}, data, file, document, path)
        return
    for section, value in data.items():
        place = (*path, section)
        origin = Origin(file, document.line(place))
        if section in _SECTIONS:
            if not isinstance(value, dict):
                yield Unread(origin, f"{section} is not an object of {section} by name")
                continue
            for name, one in value.items():
                if isinstance(one, dict):
                    kind = _SECTIONS[section]
                    yield Object("core1", kind, name, "", {}, one, file, document, (*place, name))
                else:
                    why = f"{_SECTIONS[section]} {name} is not an object"
                    yield Unread(Origin(file, document.line((*place, name))), why)
        elif section == "client" and isinstance(value, dict):
            name = value.get("name")
            yield Object("core1", "client", name if isinstance(name, str) else "", "", {}, value, file, document, place)
        else:
            fields = value if isinstance(value, dict) else {section: value}
            yield Object("core1", f"section {section}", "", "", {}, fields, file, document, place)
