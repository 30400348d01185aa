"""Values in the answers of inventory sources: facts of Puppet, tags of EC2, fields of JSON.

A value knows its path in the record of one machine. `checkwright.inventory` reads the records.
"""

from __future__ import annotations

import re

from checkwright.registry.model.base import Declaration, RegistryError, here, require_text, short_repr

#: A path in PuppetDB's query language: parts separated by dots; quoted where a name has a dot of its own.
_DOTTED = re.compile(r'(?:[A-Za-z0-9_:-]+|"[^"\\\x00-\x1f]+")(?:\.(?:[A-Za-z0-9_:-]+|"[^"\\\x00-\x1f]+"))*')
_LAST_QUOTED = re.compile(r'\.?"([^"]+)"$')
_PART = re.compile(r'"([^"]+)"|([^."]+)')


class Value(Declaration):
    """Base class of values. path: keys that lead to it in a record. default: text if a machine lacks it."""

    __slots__ = ("default", "path", "text")
    path: tuple[str, ...]
    default: str | None
    text: str

    def _fill(self, text: str, path: tuple[str, ...], default: object) -> None:
        origin = here(3)
        if default is not None:
            require_text(f"{text}: default", default, origin)
        self._set(text=text, path=path, default=default, origin=origin)

    def __repr__(self) -> str:
        return self.text


class Fact(Value):
    """A fact of Puppet: `Fact("networking.ip")`, with a default: `Fact("checkout.port", default="8443")`.

    A machine reports its own facts. Take roles from `Trusted` if you can.
    """

    __slots__ = ()

    def __init__(self, path: str, *, default: str | None = None) -> None:
        self._fill(f"Fact({path!r})", _column("facts", _dotted("Fact", path)), default)


class Trusted(Value):
    """An extension of the machine's certificate, which the certificate authority has signed: `Trusted("pp_role")`."""

    __slots__ = ()

    def __init__(self, name: str, *, default: str | None = None) -> None:
        self._fill(f"Trusted({name!r})", _column("trusted.extensions", _dotted("Trusted", name)), default)


class Certname(Value):
    """The name in the machine's certificate, such as `web-1.example.com`."""

    __slots__ = ()

    def __init__(self) -> None:
        self._fill("Certname()", ("certname",), None)


class Tag(Value):
    """A tag of an EC2 instance: `Tag("service")`."""

    __slots__ = ()

    def __init__(self, key: str, *, default: str | None = None) -> None:
        self._fill(f"Tag({key!r})", ("tags", _named("Tag", key)), default)


class Attribute(Value):
    """A part of EC2's description of an instance: `Attribute("Placement.AvailabilityZone")`."""

    __slots__ = ()

    def __init__(self, path: str, *, default: str | None = None) -> None:
        self._fill(f"Attribute({path!r})", _parts(_dotted("Attribute", path)), default)


class NameAndId(Value):
    """The tag Name and the last eight characters of the id: `web-0a1b2c3d`. Names alone repeat in a group."""

    __slots__ = ()

    def __init__(self) -> None:
        self._fill("NameAndId()", ("name_and_id",), None)


class Field(Value):
    """A field of one host in the JSON of a command: `Field("network.address")`."""

    __slots__ = ()

    def __init__(self, path: str, *, default: str | None = None) -> None:
        self._fill(f"Field({path!r})", _parts(_dotted("Field", path)), default)


def _dotted(kind: str, path: object) -> str:
    if not isinstance(path, str) or not _DOTTED.fullmatch(path):
        message = f"{kind} {short_repr(path)} is not a path: write names with dots between them, such as networking.ip"
        raise RegistryError(message, here(3))
    return path


def _named(kind: str, key: object) -> str:
    if not isinstance(key, str) or not key:
        raise RegistryError(f"{kind} {short_repr(key)} is not a name", here(3))
    return key


def _column(prefix: str, path: str) -> tuple[str, ...]:
    """Return the column of a query, and the key below it that the language cannot name.

    PuppetDB 7.12 refuses a path with quotes around its last part, and takes them elsewhere.
    """
    last = _LAST_QUOTED.search(path)
    if last is None:
        return (f"{prefix}.{path}",)
    return (f"{prefix}.{path[: last.start()]}".rstrip("."), last[1])


def _parts(path: str) -> tuple[str, ...]:
    return tuple(quoted or plain for quoted, plain in _PART.findall(path))
