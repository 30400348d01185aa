"""Options of a plugin's command line, with their thresholds."""

from __future__ import annotations

import getopt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checkwright.core import ranges
from checkwright.migrate.draft import Label, LibraryCheck

_LABEL = re.compile(r"\{label\.([A-Za-z0-9_][A-Za-z0-9_.-]*)\}")
_PLACEHOLDER = re.compile(r"\{(host|address|environment|role|label\.[A-Za-z0-9_.-]+)\}")
#: Threshold that switches off a gauge which the plugin does not watch.
NEVER = "~:"


class Differs(Exception):
    """A check of the library is close, but not equivalent. The text is the reason, as a clause."""


class NoEquivalent(Exception):
    """No check of the library does this. The text is the reason."""


@dataclass(frozen=True, slots=True)
class Found:
    check: LibraryCheck
    deadline: int | None = None
    notes: tuple[str, ...] = ()


class Options:
    """Options of a plugin by short letter, each with all its values."""

    def __init__(self, words: Sequence[str], short: str, long: Mapping[str, str]) -> None:
        """short: as getopt takes it. long: names, with `=` where a value follows, and their short letters.

        Raises Differs for any other option.
        """
        try:
            given, self.rest = getopt.gnu_getopt(list(words), short, list(long))
        except getopt.GetoptError as error:
            raise Differs(f"the option {_option(error.opt)} has no counterpart") from None
        letters = {f"--{name.rstrip('=')}": f"-{letter}" for name, letter in long.items()}
        self._given: dict[str, list[str]] = {}
        for name, value in given:
            self._given.setdefault(letters.get(name, name).lstrip("-"), []).append(value)
        if self.rest:
            raise Differs(f"the word {self.rest[0]!r} has no counterpart")

    def has(self, letter: str) -> bool:
        return letter in self._given

    def all(self, letter: str) -> tuple[str, ...]:
        return tuple(self._given.get(letter, ()))

    def one(self, letter: str, otherwise: str = "") -> str:
        """Return the value of an option that may occur once. Raises Differs for more."""
        values = self._given.get(letter, [])
        if len(values) > 1:
            raise Differs(f"-{letter} is given more than once")
        return values[0] if values else otherwise

    def seconds(self, letter: str = "t") -> int | None:
        """Return the plugin's timeout in seconds."""
        text = self.one(letter)
        if not text:
            return None
        seconds = text.partition(":")[0]
        if not seconds.isdecimal() or not 1 <= int(seconds) <= 3600:
            raise Differs(f"the timeout {text!r} is no number of seconds")
        return int(seconds)


def fixed(text: str, what: str) -> str:
    """Return the text, which must not contain placeholders. Raises Differs."""
    if _PLACEHOLDER.search(text):
        raise Differs(f"{what} differs from host to host, and thresholds of a check do not")
    return text


def number(text: str, what: str) -> str:
    """Return a plain decimal number of 0 or more as text. Raises Differs."""
    if not re.fullmatch(r"\d+\.?\d*|\.\d+", fixed(text, what)):
        raise Differs(f"{what} is {text!r}, which is not a plain number")
    value = float(text)
    return str(int(value)) if value.is_integer() else repr(value)


def a_range(text: str, what: str) -> str:
    """Return a range of the Monitoring Plugins grammar in canonical form. Raises Differs."""
    try:
        return ranges.canonical(fixed(text, what))
    except ranges.BadRange as error:
        raise Differs(f"{what}: {error}") from None


def whole(text: str, what: str) -> int | Label:
    """Return a whole number, or the label of the host that holds one. Raises Differs."""
    match = _LABEL.fullmatch(text)
    if match:
        return Label(match[1], "int")
    if not text.isdecimal():
        raise Differs(f"{what} is {text!r}, which is no number")
    return int(text)


def plain(text: str, what: str) -> str:
    """Return a text that is not a shell pattern. Raises Differs."""
    if any(char in text for char in "*?["):
        raise Differs(f"{what} {text!r} would be read as a pattern")
    return text


def _option(name: str) -> str:
    return f"-{name}" if len(name) == 1 else f"--{name}"
