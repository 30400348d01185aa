"""Syntax of Nagios's object files: definitions to text, and text to definitions with their line numbers.

A `;` starts a comment unless it follows a backslash. A backslash at the end of a line joins the next line. `}` closes
a definition only if it is alone on its line. A value is the same after writing and reading it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast

from checkwright.registry.holidays import MONTHS
from checkwright.registry.plan import Origin
from nagios_cfg.objects import Definition, InvalidDefinition, Kind, is_value

_DECLARED = re.compile(r"(?:declared at )?(?P<file>.+):(?P<line>[0-9]+)")
_OPENING = re.compile(r"define[ \t]+(?P<kind>[a-z]+)[ \t]*\{")
_UNESCAPED_COMMENT = re.compile(r"(?<!\\);.*")
_ORIGIN = "_ORIGIN"
_DECLARED_AT = "declared at "
#: Size of the caches of lines, which many definitions share.
_CACHED = 16_384
#: Characters of a file that are read at once, at least.
_PART = 100_000


@dataclass(frozen=True, slots=True)
class Located:
    """Definition, and the line of its `define` (from 1)."""

    definition: Definition
    line: int


class Unreadable(ValueError):
    """Error of a file that `dumps` did not write: the line (from 1) and a sentence."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def one_line(text: str) -> str:
    """Return a text for people as one line, for use as a comment or value in any file."""
    if text.isascii() and text.isprintable() and "  " not in text and text == text.strip():
        return text
    return " ".join(text.encode("utf-8", "replace").decode().replace("\0", " ").split())


def notes(text: str) -> str:
    """Return a text for people as a value of `notes`, where Nagios expands macros."""
    return one_line(text).replace("$", "$$")


def dumps(definitions: Iterable[Definition], heading: Iterable[str] = ()) -> str:
    """Return the text of an object file. `heading` are comment lines at its top.

    The origin of a definition is in its _ORIGIN variable, or in a comment if its kind has no custom variables.
    """
    return join_blocks(map(block, definitions), heading)


def join_blocks(blocks: Iterable[str], heading: Iterable[str] = ()) -> str:
    """Return the text of an object file from the texts of its definitions. `heading` are comment lines at its top."""
    top = "".join(f"# {line}\n" for line in heading)
    return "\n".join((top, *blocks) if top else blocks)


def loads(text: str, *, with_comments: bool = True) -> list[Located]:
    """Read an object file that `dumps` wrote. Raises Unreadable.

    with_comments: False leaves the definitions without comments, which are a quarter of the memory of many services.
    """
    return list(read(text, with_comments=with_comments))


def read(text: str, *, with_comments: bool = True) -> Iterator[Located]:
    """Yield what `loads` returns, so that a large file needs little memory. Raises Unreadable."""
    directives = _Directives()
    kinds: dict[str, str] = {}
    before = 0
    for part in _parts(text):
        lines = list(map(str.strip, part.split("\n")))
        comments: list[str] = []
        at = 0
        while at < len(lines):
            line, start = lines[at], at + 1
            if not line:
                comments = []
            elif line[0] == "#":
                comment = line[1:].strip()
                if with_comments or comment.startswith(_DECLARED_AT):
                    comments.append(sys.intern(comment))
            else:
                kind = kinds.get(line)
                if kind is None:
                    kind = kinds[line] = _kind(line, before + start)
                try:
                    at = lines.index("}", start)
                except ValueError:
                    message = f"the {kind} that starts here is not closed"
                    raise Unreadable(before + start, message) from None
                settings = dict(filter(None, map(directives.__getitem__, lines[start:at])))
                yield Located(_definition(kind, settings, comments, before + start), before + start)
                comments = []
            at += 1
        before += len(lines) - 1


def _parts(text: str) -> Iterator[str]:
    """Yield the text in parts that end with a definition, since the lines of a large file are many times its size."""
    start = 0
    while (end := text.find("\n}\n", start + _PART)) >= 0:
        yield text[start : end + 3]
        start = end + 3
    yield text[start:]


def _kind(line: str, number: int) -> str:
    opening = _OPENING.fullmatch(line)
    if opening is None:
        raise Unreadable(number, f"this is neither a comment nor the start of a definition: {line!r}")
    return opening["kind"]


class _Directives(dict[str, tuple[str, str] | None]):
    """Cache of parsed lines: (directive, value) by line, None for a comment. Most lines of a large file repeat."""

    def __missing__(self, line: str) -> tuple[str, str] | None:
        directive, _, value = line.partition(" ")
        if directive in MONTHS:  # a day of every year: `december 25`
            day, _, value = value.lstrip().partition(" ")
            directive = f"{directive} {day}"
        self[line] = None if not line or line[0] == "#" else (directive, _unescaped(value.lstrip()))
        return self[line]


def block(definition: Definition) -> str:
    """Return the text of one definition, with its comments."""
    lines = [_comment(text) for text in definition.comments]
    if definition.origin and _ORIGIN not in definition.settings:
        lines.append(f"# declared at {one_line(str(definition.origin))}")
    lines.append(f"define {definition.kind} {{")
    width = max(map(len, definition.settings)) + 2
    lines += [_line(directive, value, width) for directive, value in definition.settings.items()]
    lines.append("}\n")
    return "\n".join(lines)


class Form:
    """Text of definitions that differ from a first one in few values, such as the services of one watch."""

    def __init__(self, definition: Definition) -> None:
        self._definition = definition
        self._width = max(map(len, definition.settings)) + 2
        self._lines = block(replace(definition, comments=())).split("\n")
        opening = self._lines.index(f"define {definition.kind} {{")
        self._at = {directive: opening + number for number, directive in enumerate(definition.settings, start=1)}

    def block(self, values: Mapping[str, str], comments: Iterable[str]) -> str:
        """Return the text of the definition with other values of directives that it has, and with these comments.

        Raises InvalidDefinition.
        """
        lines, width = self._lines, self._width
        for directive, value in values.items():
            if not is_value(value):
                Definition(self._definition.kind, {**self._definition.settings, **values})
            lines[self._at[directive]] = f"    {directive:{width}}{_escaped(value)}"
        return "\n".join([*map(_comment, comments), *lines])


@lru_cache(_CACHED)
def _line(directive: str, value: str, width: int) -> str:
    return f"    {directive:{width}}{_escaped(value)}"


def _comment(text: str) -> str:
    """Return a comment line. It cannot end in a backslash, because Nagios would join the next line to it."""
    line = f"# {one_line(text)}"
    return f"{line} ." if line.endswith("\\") else line


def _escaped(value: str) -> str:
    if ";" not in value and not value.endswith("\\"):
        return value
    value = value.replace(";", "\\;")
    return value + "\\" if value.endswith("\\") else value


def _unescaped(value: str) -> str:
    if ";" not in value and not value.endswith("\\"):
        return value  # fast path for almost every value
    value = _UNESCAPED_COMMENT.sub("", value).strip().replace("\\;", ";")
    return value[:-1] if value.endswith("\\\\") else value


def _definition(kind: str, settings: dict[str, str], comments: list[str], line: int) -> Definition:
    origin = None
    if _ORIGIN in settings:
        origin = _origin(settings[_ORIGIN])
    elif comments and comments[-1].startswith(_DECLARED_AT):
        origin = _origin(comments[-1])
        comments = comments[:-1]
    try:
        return Definition(cast(Kind, kind), settings, origin, tuple(comments))
    except InvalidDefinition as error:
        raise Unreadable(line, str(error)) from error


@lru_cache(_CACHED)
def _origin(text: str) -> Origin | None:
    match = _DECLARED.fullmatch(text)
    return Origin(match["file"], int(match["line"])) if match else None
