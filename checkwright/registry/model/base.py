"""Base class of all declarations, and checks of their values."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from typing import TypeVar, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from checkwright.core.secret import Secret
from checkwright.core.source_lines import line_of
from checkwright.registry.plan import Origin

T = TypeVar("T")

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class RegistryError(Exception):
    """Error in a declaration: one sentence, and its place (file as Python knows it, line)."""

    def __init__(self, message: str, origin: Origin | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.origin = origin

    def __str__(self) -> str:
        return f"{self.origin}: {self.message}" if self.origin else self.message


class Declaration:
    """Base class of everything that a fleet module declares.

    A declaration knows the line where it was written and cannot be changed. Its `__init__` calls `here(2)` for the
    line, checks the values, and stores them with `_set`.
    """

    __slots__ = ("origin",)
    origin: Origin

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a {type(self).__name__} cannot be changed: declare another one")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"a {type(self).__name__} cannot be changed: declare another one")

    def _set(self, **values: object) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def __repr__(self) -> str:
        name = getattr(self, "name", None)
        return f"{type(self).__name__}({'...' if name is None else repr(name)})"


def here(depth: int) -> Origin:
    """Return file and line of the caller `depth` frames up: 1 is the caller of this function."""
    frame = sys._getframe(depth)
    return Origin(frame.f_code.co_filename, line_of(frame))


def require_name(what: str, name: object, origin: Origin) -> str:
    """Return the name. Raises RegistryError if a file, a Nagios object or a Sensu resource could not have it."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        rule = "use letters, digits, _, . and -, and do not begin with . or -"
        raise RegistryError(f"{what} {short_repr(name)} is not a name: {rule}", origin)
    return name


def require_text(what: str, value: object, origin: Origin) -> str:
    """Return the text. Raises RegistryError for anything else, and for a Secret."""
    if isinstance(value, Secret):
        raise RegistryError(f"{what} is a Secret: only options of checks accept one", origin)
    if not isinstance(value, str):
        raise RegistryError(f"{what} is {short_repr(value)}, not text", origin)
    if "\0" in value:
        raise RegistryError(f"{what} contains a NUL character, which no command line can hold", origin)
    return value


def require_one_of(what: str, value: object, literal: object, origin: Origin) -> str:
    """Return the word. Raises RegistryError if it is not one of the Literal's."""
    words: tuple[str, ...] = get_args(literal)
    if not isinstance(value, str) or value not in words:
        raise RegistryError(f"{what} is {short_repr(value)}, and must be one of {', '.join(words)}", origin)
    return value


def require_all(what: str, values: object, kind: type[T], origin: Origin, *, called: str = "") -> tuple[T, ...]:
    """Return the values as a tuple. Raises RegistryError unless they are a tuple or list of `kind`.

    called: the name of `kind` in messages.
    """
    called = called or kind.__name__
    if not isinstance(values, tuple | list):
        raise RegistryError(f"{what} is {short_repr(values)}, not a tuple of {called}: mind the comma in (x,)", origin)
    for value in values:
        if not isinstance(value, kind):
            expected = called if called in ("text", "Hours") else f"{'an' if called[0] in 'AEIOU' else 'a'} {called}"
            raise RegistryError(f"{what} contains {short_repr(value)}, which is not {expected}", origin)
    return tuple(values)


def require_absolute(what: str, path: object, origin: Origin) -> str:
    """Return the path. Raises RegistryError unless it is absolute."""
    value = require_text(what, path, origin)
    if not value.startswith("/"):
        raise RegistryError(f"{what} is {value!r}, and must be an absolute path", origin)
    return value


def require_zone(what: str, name: object, origin: Origin) -> str:
    """Return the name of a time zone. Raises RegistryError for one that this machine does not know."""
    value = require_text(what, name, origin)
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f'{what} is {value!r}, which is not a time zone of this machine, such as "Europe/Berlin"'
        raise RegistryError(message, origin) from None
    return value


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `, did you mean X` if a known word is similar, else ""."""
    from difflib import get_close_matches

    found = get_close_matches(word, list(known), n=1)
    return f", did you mean {found[0]}" if found else ""


def short_repr(value: object) -> str:
    """Return the repr of a value, cut to a readable length."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
