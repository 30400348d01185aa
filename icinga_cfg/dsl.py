"""Objects in Icinga 2's configuration language, and their text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from checkwright.registry.plan import Origin


@dataclass(frozen=True, slots=True)
class Raw:
    """Expression that is written as it is, such as a constant or a function."""

    text: str


#: Line above an object that names its declaration.
_DECLARED = "// declared at "
_OBJECT = re.compile(r"object [A-Za-z]+ \"")
_ATTRIBUTE = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_SPECIAL = re.compile(r'[\\"\x01-\x1f\x7f]')


class NotExpressible(ValueError):
    """Error of a text that no string of the language can hold. str() is a clause with the reason."""


@dataclass(frozen=True, slots=True)
class Object:
    """One object. Icinga's full name of a service or notification begins with that of its host."""

    kind: str
    name: str
    attributes: Mapping[str, object]
    origin: Origin | None = None
    comments: tuple[str, ...] = field(default=())

    @property
    def full_name(self) -> str:
        """Name that Icinga knows the object by, such as `web-1!disk!page`."""
        found = (self.attributes.get(name) for name in ("host_name", "service_name"))
        if self.kind in ("Service", "Notification", "ScheduledDowntime"):
            return "!".join((*(str(one) for one in found if one), self.name))
        return self.name


def dumps(objects: Iterable[Object], heading: tuple[str, ...]) -> str:
    """Return the text of a file. Raises NotExpressible."""
    blocks = ["".join(f"// {one_line(line)}\n" for line in heading), *map(_block, objects)]
    return "\n".join(blocks)


def string(text: str) -> str:
    """Return a string of the language. Raises NotExpressible."""
    if "\0" in text:
        raise NotExpressible(f"{text!r} holds a NUL byte, and no argument can")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise NotExpressible(f"{text!r} cannot be written as UTF-8") from None
    return '"' + _SPECIAL.sub(lambda match: _ESCAPES.get(match[0]) or f"\\{ord(match[0]):03o}", text) + '"'


def one_line(text: str) -> str:
    """Return a text for a comment."""
    return " ".join(text.split())


def origin_at(text: str, line: int) -> Origin | None:
    """Return the declaration of the object at a line of a file, None for an object that belongs to none."""
    lines = text.split("\n")[:line]
    for number in range(len(lines) - 1, -1, -1):
        if _OBJECT.match(lines[number]):
            above = lines[number - 1] if number else ""
            place, _, at = above.removeprefix(_DECLARED).rpartition(":")
            return Origin(place, int(at)) if above.startswith(_DECLARED) and at.isdecimal() else None
    return None


def _block(one: Object) -> str:
    comments = [f"// {one_line(comment)}" for comment in one.comments]
    if one.origin:
        comments.append(f"{_DECLARED}{one_line(str(one.origin))}")
    attributes = [f"  {_name(name)} = {_value(value, 1)}" for name, value in one.attributes.items()]
    return "\n".join([*comments, f"object {one.kind} {string(one.name)} {{", *attributes, "}", ""])


def _name(name: str) -> str:
    if not _ATTRIBUTE.fullmatch(name):
        raise NotExpressible(f"{name!r} is no name of an attribute")
    return name


def _value(value: object, depth: int) -> str:
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return string(value)
    if isinstance(value, Mapping):
        indent = "  " * (depth + 1)
        lines = [f"{indent}{string(key)} = {_value(one, depth + 1)}" for key, one in value.items()]
        return "\n".join(["{", *lines, "  " * depth + "}"])
    if isinstance(value, tuple):
        return f"[ {', '.join(_value(one, depth) for one in value)} ]" if value else "[ ]"
    raise TypeError(f"{value!r} is no value of an attribute")
