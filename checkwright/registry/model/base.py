"""What all declarations of a registry share: where they were written, and how a wrong one is refused."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import TypeVar, get_args

from checkwright.core.secret import Secret
from checkwright.core.source_lines import line_of
from checkwright.registry.plan import Origin

T = TypeVar("T")

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class RegistryError(Exception):
    """A declaration that cannot be: one sentence, and where it was written (file as Python knows it, line)."""

    def __init__(self, message: str, origin: Origin | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.origin = origin

    def __str__(self) -> str:
        return f"{self.origin}: {self.message}" if self.origin else self.message


def here(depth: int) -> Origin:
    """File and line of the caller `depth` frames up: 1 is who calls this function."""
    frame = sys._getframe(depth)
    return Origin(frame.f_code.co_filename, line_of(frame))


class Frozen:
    """A declaration that cannot be changed once made; `_set` is for its own `__init__`."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {type(self).__name__} cannot be changed: declare another one")

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)


def require_name(what: str, name: object, origin: Origin) -> str:
    """The name itself. Raises RegistryError for one that could be no file, Nagios object or Sensu resource."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        message = (
            f"{what} {short_repr(name)} is not a name: use letters, digits, _, . and -, and do not begin with . or -"
        )
        raise RegistryError(message, origin)
    return name


def require_text(what: str, value: object, origin: Origin) -> str:
    """The text itself. Raises RegistryError for anything else, a Secret most of all."""
    if isinstance(value, Secret):
        raise RegistryError(f"{what} is a Secret, and only an option of a check can take one", origin)
    if not isinstance(value, str):
        raise RegistryError(f"{what} is {short_repr(value)}, not text", origin)
    if "\0" in value:
        raise RegistryError(f"{what} holds a NUL character, which no program can be given", origin)
    return value


def require_one_of(what: str, value: object, literal: object, origin: Origin) -> str:
    """The word itself. Raises RegistryError when it is none of the Literal's."""
    words: tuple[str, ...] = get_args(literal)
    if not isinstance(value, str) or value not in words:
        raise RegistryError(f"{what} is {short_repr(value)}, and must be one of {', '.join(words)}", origin)
    return value


def require_all(what: str, values: object, kind: type[T], origin: Origin, *, called: str = "") -> tuple[T, ...]:
    """The values as a tuple. Raises RegistryError unless they are a tuple or list of `kind`, which users call so."""
    called = called or kind.__name__
    if not isinstance(values, tuple | list):
        raise RegistryError(f"{what} is {short_repr(values)}, not a tuple of {called}: mind the comma in (x,)", origin)
    for value in values:
        if not isinstance(value, kind):
            raise RegistryError(f"{what} holds {short_repr(value)}, which is no {called}", origin)
    return tuple(values)


def require_absolute(what: str, path: object, origin: Origin) -> str:
    """The path itself. Raises RegistryError unless it is absolute."""
    value = require_text(what, path, origin)
    if not value.startswith("/"):
        raise RegistryError(f"{what} is {value!r}, and must be an absolute path", origin)
    return value


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`, did you mean X` when something known is near, else nothing."""
    from difflib import get_close_matches

    found = get_close_matches(word, list(known), n=1)
    return f", did you mean {found[0]}" if found else ""


def short_repr(value: object) -> str:
    """A value in a sentence, cut to a readable length."""
    said = repr(value)
    return said if len(said) <= 60 else f"{said[:57]}..."
