"""The options of a plugin's command line, and the thresholds in them."""

from __future__ import annotations

import getopt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checkwright.core import ranges
from checkwright.migrate.draft import Label, OurCheck

_LABEL = re.compile(r"\{label\.([A-Za-z0-9_][A-Za-z0-9_.-]*)\}")
_PLACEHOLDER = re.compile(r"\{(host|address|environment|role|label\.[A-Za-z0-9_.-]+)\}")
#: Threshold of a gauge that the plugin does not watch.
NEVER = "~:"


class Differs(Exception):
    """A check of ours is near, but not the same: why, in half a sentence."""


class NoCheck(Exception):
    """No check of ours does this: why."""


@dataclass(frozen=True, slots=True)
class Found:
    check: OurCheck
    deadline: int | None = None
    notes: tuple[str, ...] = ()


class Options:
    """A plugin's options by their short letter, each with all the values it was given."""

    def __init__(self, words: Sequence[str], short: str, long: Mapping[str, str]) -> None:
        """short: as getopt takes it; long: names, with `=` where a value follows, and the letters they stand for.

        Raises Differs for an option that is none of these.
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
        """The value of an option that may be given once. Raises Differs for more."""
        values = self._given.get(letter, [])
        if len(values) > 1:
            raise Differs(f"-{letter} is given more than once")
        return values[0] if values else otherwise

    def seconds(self, letter: str = "t") -> int | None:
        """The plugin's timeout."""
        text = self.one(letter)
        if not text:
            return None
        seconds = text.partition(":")[0]
        if not seconds.isdecimal() or not 1 <= int(seconds) <= 3600:
            raise Differs(f"the timeout {text!r} is no number of seconds")
        return int(seconds)


def fixed(text: str, what: str) -> str:
    """The text, without placeholders. Raises Differs."""
    if _PLACEHOLDER.search(text):
        raise Differs(f"{what} differs from host to host, and thresholds of ours do not")
    return text


def number(text: str, what: str) -> str:
    """A plain decimal number as text, not below zero. Raises Differs."""
    if not re.fullmatch(r"\d+\.?\d*|\.\d+", fixed(text, what)):
        raise Differs(f"{what} is {text!r}, which is no plain number")
    value = float(text)
    return str(int(value)) if value.is_integer() else repr(value)


def a_range(text: str, what: str) -> str:
    """A range of the Monitoring Plugins grammar, canonical. Raises Differs."""
    try:
        return ranges.canonical(fixed(text, what))
    except ranges.BadRange as error:
        raise Differs(f"{what}: {error}") from None


def whole(text: str, what: str) -> int | Label:
    """A whole number, or the label of the host that holds one. Raises Differs."""
    match = _LABEL.fullmatch(text)
    if match:
        return Label(match[1], "int")
    if not text.isdecimal():
        raise Differs(f"{what} is {text!r}, which is no number")
    return int(text)


def plain(text: str, what: str) -> str:
    """A text that is no shell pattern. Raises Differs."""
    if any(char in text for char in "*?["):
        raise Differs(f"{what} {text!r} would be read as a pattern")
    return text


def _option(name: str) -> str:
    return f"-{name}" if len(name) == 1 else f"--{name}"
