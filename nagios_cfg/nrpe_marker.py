"""Marker in each NRPE file: a command that returns a digest of the file's commands.

`checkctl nagios agents` runs it on the machines to see which version of the file they have.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

_DIGITS = 12
_COMMAND = re.compile(r"command\[(?P<name>[^\]]+)\]=(?P<rest>.*)")


def marker(path: str, lines: list[str]) -> str:
    """Return the marker line of the NRPE file `path`, such as roles/ROLE.cfg, that holds the command `lines`."""
    return f"command[{marker_command(path)}]=/bin/echo {_digest(lines)}"


def marker_command(path: str) -> str:
    """Return the NRPE name of a file's marker. It holds a slash, so that no watch can have the same name."""
    return path.removesuffix(".cfg")


def file_digest(text: str) -> str:
    """Return the digest that the marker of an NRPE file prints."""
    return _digest([match[0] for match in _commands(text) if "/" not in match["name"]])


def command_names(text: str) -> set[str]:
    """Return the names of the commands that an NRPE file defines."""
    return {match["name"] for match in _commands(text)}


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]


def _commands(text: str) -> Iterator[re.Match[str]]:
    return (match for line in text.split("\n") if (match := _COMMAND.fullmatch(line)))
