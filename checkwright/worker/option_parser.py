"""Command line of a daemon: argparse, with one sentence for each mistake.

`checkwright-worker` and `checkctl worker` share one parser, and so do `checkwright-batch` and `checkctl batch`.
"""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from importlib.metadata import version
from typing import NoReturn

from checkwright.core.errors import BadUsage
from checkwright.registry.model.base import did_you_mean

_SIZE = re.compile(r"(\d{1,9})([KMG]?)", re.ASCII)
_LEAST_MEMORY = 64 * 1024**2
_FACTORS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}


class OptionError(BadUsage):
    """The command line has a mistake: one sentence."""


class OptionParser(ArgumentParser):
    """Parser that raises OptionError instead of ending the process, and takes no shortened options."""

    def __init__(self, program: str, description: str) -> None:
        super().__init__(
            prog=program,
            usage=f"{program} [options]",
            description=description,
            formatter_class=RawDescriptionHelpFormatter,
            add_help=False,
            allow_abbrev=False,
        )
        self.add_argument("-h", "--help", action="help", help="Print this page and exit.")
        self.add_argument(
            "--version",
            action="version",
            version=f"{program} (checkwright {version('checkwright')})",
            help="Print the version and exit.",
        )

    def flags(self) -> list[str]:
        """Return all flags, for shell completion."""
        return [flag for action in self._actions for flag in action.option_strings]

    def error(self, message: str) -> NoReturn:
        raise OptionError(f"{message[0].upper()}{message[1:].rstrip('.')}.")

    def options(self, words: Sequence[str]) -> Namespace:
        """Parse the words after the program's name. Raises OptionError."""
        found, rest = self.parse_known_args(list(words))
        if not rest:
            return found
        flag = rest[0].partition("=")[0]
        if flag.startswith("-") and flag != "--":
            raise OptionError(f"There is no option {flag}{did_you_mean(flag, self.flags())}.")
        raise OptionError(f"{rest[0]!r} is too much: {self.prog} takes options only.")


def size(text: str) -> int:
    """Type of an option that takes a number of bytes, such as 512K, 16M or 1G."""
    match = _SIZE.fullmatch(text)
    if not match or not int(match[1]):
        raise ArgumentTypeError(f"{text!r} is no size: write 512K, 16M or 1G")
    return int(match[1]) * _FACTORS[match[2]]


def run_memory(text: str) -> int:
    """Type of the option --run-memory: a size that is enough for Python itself."""
    found = size(text)
    if found < _LEAST_MEMORY:
        raise ArgumentTypeError(f"{text!r} is too little for one run: write at least 64M")
    return found


def whole_number(least: int, most: int) -> Callable[[str], int]:
    """Return the type of an option that takes a whole number in a range."""

    def convert(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) < 10 and least <= int(text) <= most):
            raise ArgumentTypeError(f"{text!r} is not a whole number from {least} to {most}")
        return int(text)

    return convert


def seconds_from(least: float) -> Callable[[str], float]:
    """Return the type of an option that takes seconds, at least `least`."""

    def convert(text: str) -> float:
        try:
            number = float(text)
        except ValueError:
            number = -1.0
        if not least <= number < float("inf"):
            raise ArgumentTypeError(f"{text!r} is not a number of seconds from {least:g} on")
        return number

    return convert
