"""Our own programs on this machine: `check`, and the links to it that are called check_NAME."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def beside(program: str) -> list[str]:
    """Paths of the `check` beside this program (checkctl), as they were called and as they are installed."""
    folders = [os.path.dirname(os.path.abspath(program)), os.path.dirname(os.path.realpath(program))]
    folders.append(os.path.dirname(sys.executable))
    found = [os.path.join(folder, "check") for folder in dict.fromkeys(folders)]
    return [path for path in found if os.access(path, os.X_OK) and os.path.isfile(path)]


def links(check: str) -> list[str]:
    """The links to this program that stand beside it, by name."""
    folder, own = os.path.dirname(check), os.path.realpath(check)
    names = sorted(name for name in os.listdir(folder) if name.startswith("check_"))
    return [path for name in names if os.path.realpath(path := os.path.join(folder, name)) == own]


def objection(path: str) -> str:
    """Why Nagios can't be asked for this program, in one sentence; nothing where it can."""
    if not os.path.isabs(path):
        return f"{path} is not a full path: Nagios would hand over every program of that name"
    if any(character in ";= \t\n\0" for character in path):
        return f"{path!r} holds a character that Nagios's registration or command lines cannot hold (; = or blank)"
    if not os.path.isfile(path) or not os.access(path, os.X_OK):
        return f"{path} is not a program: Nagios starts it by itself while the worker is away, so it must be there"
    return ""


def registered(checks: Sequence[str], more: Sequence[str]) -> list[str]:
    """Every path to register, each once."""
    found = [path for check in checks for path in (check, *links(check))]
    return list(dict.fromkeys([*found, *more]))
