"""Our own programs on this machine: `check`, and the links to it with names such as check_disk."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def find_check(program: str) -> list[str]:
    """Return paths of the `check` next to a program, both as it was called and as it is installed."""
    folders = [os.path.dirname(os.path.abspath(program)), os.path.dirname(os.path.realpath(program))]
    folders.append(os.path.dirname(sys.executable))
    found = [os.path.join(folder, "check") for folder in dict.fromkeys(folders)]
    return [path for path in found if os.access(path, os.X_OK) and os.path.isfile(path)]


def links(check: str) -> list[str]:
    """Return the links to a program in its own folder, by name."""
    folder, own = os.path.dirname(check), os.path.realpath(check)
    names = sorted(name for name in os.listdir(folder) if name.startswith("check_"))
    return [path for name in names if os.path.realpath(path := os.path.join(folder, name)) == own]


def objection(path: str) -> str:
    """Return why the worker cannot register a program with Nagios, in one sentence; "" if it can."""
    if not os.path.isabs(path):
        return f"{path} is not a full path: Nagios would hand over every program of that name"
    if any(character in ";= \t\n\0" for character in path):
        return f"{path!r} holds a character that Nagios's registration or command lines cannot hold (; = or blank)"
    if not os.path.isfile(path) or not os.access(path, os.X_OK):
        return f"{path} is not a program: Nagios starts it by itself while the worker is away, so it must exist"
    return ""


def programs_to_register(checks: Sequence[str], more: Sequence[str]) -> list[str]:
    """Return every path to register with Nagios, each once."""
    found = [path for check in checks for path in (check, *links(check))]
    return list(dict.fromkeys([*found, *more]))
