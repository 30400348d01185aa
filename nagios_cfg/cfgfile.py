"""The language of Nagios's object files: definitions to text, and back with their line numbers.

A `;` starts a comment unless a backslash stands before it, a backslash at the end of a line joins the next
one, and `}` closes a definition only alone on its line. Values pass through both directions unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

from checks.registry.plan import Origin
from nagios_cfg.objects import Definition, InvalidDefinition, Kind

_DECLARED = re.compile(r"(?:declared at )?(?P<file>.+):(?P<line>[0-9]+)")
_OPENING = re.compile(r"define[ \t]+(?P<kind>[a-z]+)[ \t]*\{")
_UNESCAPED_COMMENT = re.compile(r"(?<!\\);.*")
_ORIGIN = "_ORIGIN"
#: Lines within a definition that are no directive, apart from comments.
_ENDS = ("", "}")


@dataclass(frozen=True, slots=True)
class Located:
    """A definition and the line of its `define` (from 1)."""

    definition: Definition
    line: int


class Unreadable(ValueError):
    """A file that is not in the language: the line (from 1) and a sentence."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def one_line(text: str) -> str:
    """Make one line of a text for people, so that it can be a comment or a value of any file."""
    if text.isascii() and text.isprintable() and "  " not in text and text == text.strip():
        return text
    return " ".join(text.encode("utf-8", "replace").decode().replace("\0", " ").split())


def notes(text: str) -> str:
    """Make a text for people fit for `notes`, in which Nagios expands macros."""
    return one_line(text).replace("$", "$$")


def dumps(definitions: Iterable[Definition], heading: Iterable[str] = ()) -> str:
    """Return the text of an object file; `heading` are comment lines at its top.

    A definition says where it was declared in its _ORIGIN variable, or in a comment where its kind has none.
    """
    blocks = ["".join(f"# {line}\n" for line in heading)]
    blocks += (_block(definition) for definition in definitions)
    return "\n".join(block for block in blocks if block)


def loads(text: str) -> list[Located]:
    """Read an object file that `dumps` wrote. Raises Unreadable."""
    found: list[Located] = []
    comments: list[str] = []
    settings: dict[str, str] = {}
    kind = ""
    start = 0
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.strip()
        if kind and line not in _ENDS and line[0] != "#":  # nearly all
            directive, _, value = line.partition(" ")
            settings[directive] = _unescaped(value.lstrip())
        elif not line:
            if not kind:
                comments = []
        elif line.startswith("#"):
            if not kind:
                comments.append(line[1:].strip())
        elif not kind:
            opening = _OPENING.fullmatch(line)
            if opening is None:
                raise Unreadable(number, f"this is neither a comment nor the start of a definition: {line!r}")
            kind, start, settings = opening["kind"], number, {}
        else:
            found.append(Located(_definition(kind, settings, comments, start), start))
            kind, comments = "", []
    if kind:
        raise Unreadable(start, f"the {kind} that starts here is never closed")
    return found


def _block(definition: Definition) -> str:
    lines = [_comment(text) for text in definition.comments]
    if definition.origin and _ORIGIN not in definition.settings:
        lines.append(f"# declared at {one_line(str(definition.origin))}")
    lines.append(f"define {definition.kind} {{")
    width = max(map(len, definition.settings)) + 2
    lines += (f"    {directive:{width}}{_escaped(value)}" for directive, value in definition.settings.items())
    lines.append("}\n")
    return "\n".join(lines)


def _comment(text: str) -> str:
    """A line of a comment. Nagios joins the next line to one that ends in a backslash, comment or not."""
    line = f"# {one_line(text)}"
    return f"{line} ." if line.endswith("\\") else line


def _escaped(value: str) -> str:
    if ";" not in value and not value.endswith("\\"):
        return value
    value = value.replace(";", "\\;")
    return value + "\\" if value.endswith("\\") else value


def _unescaped(value: str) -> str:
    if ";" not in value and not value.endswith("\\"):
        return value  # nearly all
    value = _UNESCAPED_COMMENT.sub("", value).strip().replace("\\;", ";")
    return value[:-1] if value.endswith("\\\\") else value


def _definition(kind: str, settings: dict[str, str], comments: list[str], line: int) -> Definition:
    origin = None
    if _ORIGIN in settings:
        origin = _origin(settings[_ORIGIN])
    elif comments and comments[-1].startswith("declared at "):
        origin = _origin(comments[-1])
        comments = comments[:-1]
    try:
        return Definition(cast(Kind, kind), settings, origin, tuple(comments))
    except InvalidDefinition as error:
        raise Unreadable(line, str(error)) from error


def _origin(text: str) -> Origin | None:
    match = _DECLARED.fullmatch(text)
    return Origin(match["file"], int(match["line"])) if match else None
