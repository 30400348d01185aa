"""Notes of the timer on disk, a file for each environment. A file that is lost or damaged is an empty one."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from checkwright.core.regular_file import read_regular
from checkwright.downtime.reconcile import Key, Notes


def read(folder: Path, environment: str) -> Notes:
    """Return the notes of an environment."""
    try:
        data: Any = json.loads(read_regular(_path(folder, environment)))
        return Notes(
            started=int(data["started"]),
            seen=frozenset(map(_key, data["seen"])),
            cancelled=frozenset(map(_key, data["cancelled"])),
            sent={_key(key): int(moment) for key, moment in data["sent"]},
        )
    except (OSError, ArithmeticError, ValueError, KeyError, TypeError, RecursionError):
        return Notes()


def write(folder: Path, environment: str, notes: Notes) -> None:
    """Replace the notes of an environment as a whole. Raises OSError."""
    path = _path(folder, environment)
    data = {
        "started": notes.started,
        "seen": sorted(notes.seen),
        "cancelled": sorted(notes.cancelled),
        "sent": sorted(notes.sent.items()),
    }
    new = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        new.write_text(json.dumps(data), encoding="utf-8")
        new.replace(path)
    finally:
        with suppress(OSError):
            new.unlink()


def environments(folder: Path) -> list[str]:
    """Return the environments that have notes, sorted."""
    return sorted(path.stem for path in folder.glob("*.json") if not path.name.startswith("."))


def _path(folder: Path, environment: str) -> Path:
    return folder / f"{environment}.json"


def _key(data: Any) -> Key:
    host, service, start, end = data
    return Key(str(host), str(service), int(start), int(end))
