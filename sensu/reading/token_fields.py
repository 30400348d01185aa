"""Parser of tokens in texts of an existing Sensu: Go's templates and Core's colons."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from checkwright.core.conversion import NotConvertible
from sensu.reading.stored_objects import Generation

_ACTION = re.compile(r"""\{\{((?:[^"`}]|"(?:[^"\\\n]|\\.)*"|`[^`]*`|\}(?!\}))*)\}\}""")
_STRING = r"""("(?:[^"\\\n]|\\.)*"|`[^`]*`)"""
_FIELD = r"\.[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*"
_FIELD_ACTION = re.compile(
    rf"\s*(?:(?P<field>{_FIELD})|\(?\s*index\s+(?P<of>{_FIELD})\s+(?P<key>{_STRING})\s*\)?)"
    rf"(?:\s*\|\s*default\s+(?P<default>{_STRING}|-?[0-9]+(?:\.[0-9]+)?|true|false))?\s*"
)
_LITERAL_ACTION = re.compile(rf"\s*{_STRING}\s*")
_CORE = re.compile(r":::([^:].*?):::")


@dataclass(frozen=True, slots=True)
class Token:
    """Field of the entity, such as ("labels", "port"), and its default value. None means no default."""

    path: tuple[str, ...]
    default: str | None

    def __str__(self) -> str:
        return ".".join(self.path)


Part = str | Token


def parts(text: str, generation: Generation) -> tuple[Part, ...]:
    """Return the literal parts and tokens of a text in order. Raises NotConvertible."""
    return tuple(_joined(_go(text) if generation == "go" else _core(text)))


def _joined(found: Iterator[Part]) -> Iterator[Part]:
    literal = ""
    for part in found:
        if isinstance(part, str):
            literal += part
            continue
        if literal:
            yield literal
        literal = ""
        yield part
    if literal:
        yield literal


def _go(text: str) -> Iterator[Part]:
    end = 0
    for match in _ACTION.finditer(text):
        yield _plain(text[end : match.start()], text)
        end = match.end()
        if literal := _LITERAL_ACTION.fullmatch(match[1]):
            yield _string(literal[1], match[0])
        elif field := _FIELD_ACTION.fullmatch(match[1]):
            path = (field["field"] or field["of"])[1:].split(".")
            keyed = (*path, _string(field["key"], match[0])) if field["key"] else tuple(path)
            default = field["default"]
            yield Token(keyed, _string(default, match[0]) if default and default[0] in '"`' else default)
        else:
            raise NotConvertible(f"the template {match[0]} is more than a field and a default")
    yield _plain(text[end:], text)


def _plain(text: str, whole: str) -> str:
    if "{{" in text:
        raise NotConvertible(f"a template in {whole!r} is not closed")
    return text


def _string(quoted: str, whole: str) -> str:
    if quoted[0] == "`":
        return quoted[1:-1]
    try:
        return str(json.loads(quoted))
    except ValueError:
        raise NotConvertible(f"the template {whole} has an invalid text") from None


def _core(text: str) -> Iterator[Part]:
    end = 0
    for match in _CORE.finditer(text):
        yield text[end : match.start()]
        end = match.end()
        path, bar, default = match[1].partition("|")
        yield Token(tuple(path.split(".")), default if bar else None)
    yield text[end:]
