"""Downtimes of a deployed build: `downtimes.json` next to its object files."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from checkwright.core.regular_file import read_regular
from checkwright.downtime.external_commands import Target
from checkwright.registry import recurrence
from checkwright.registry.recurrence import Recurrence
from nagios_cfg.downtime_timer import FILE, VERSION

_T = TypeVar("_T", int, str, list[Any])
_KINDS: dict[type, str] = {int: "a whole number", str: "text", list: "a list"}
#: Environments name the files of notes.
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")


class Unusable(Exception):
    """A file that cannot be used: one sentence without a full stop."""


@dataclass(frozen=True, slots=True)
class Recurring:
    """One downtime that recurs. length: seconds. hosts: with all their services."""

    when: Recurrence
    length: int
    why: str
    hosts: frozenset[str]
    services: frozenset[Target]


@dataclass(frozen=True, slots=True)
class Schedule:
    """Downtimes of one environment. zone: of their times, None for that of this machine."""

    environment: str
    zone: tzinfo | None
    downtimes: tuple[Recurring, ...]


def schedules(folders: Sequence[str]) -> Iterator[Schedule]:
    """Yield the schedules of folders of object files. Raises Unusable."""
    for folder in dict.fromkeys(filter(None, folders)):
        path = os.path.join(folder, FILE)
        try:
            text = read_regular(path).decode()
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError) as error:
            raise Unusable(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from None
        yield parse(text, path)


def parse(text: str, path: str = FILE) -> Schedule:
    """Return the schedule of a text. Raises Unusable."""
    try:
        data: Any = json.loads(text)
        version = _field(data, "version", int)
        if version != VERSION:
            raise Unusable(f"{path} has version {version}, and this program reads {VERSION}: build again")
        environment = _field(data, "environment", str)
        if not _FILE_NAME.fullmatch(environment):
            raise ValueError(f"{environment!r} is not the name of an environment")
        zone = _zone(_field(data, "time_zone", str), path)
        return Schedule(environment, zone, tuple(map(_recurring, _field(data, "downtimes", list))))
    except RecursionError:
        why = "it is nested too deeply"
    except ValueError as error:
        why = str(error)
    raise Unusable(f"{path} is no file of checkctl nagios build: {why}; build and deploy it again")


def _zone(name: str, path: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        raise Unusable(f"{path} has the time zone {name!r}, which this machine does not know: install tzdata") from None


def _recurring(data: Any) -> Recurring:
    length = _field(data, "length", int)
    if length < 1:
        raise ValueError(f"length is {length}")
    services = [_texts(pair, "services") for pair in _field(data, "services", list)]
    if any(len(pair) != 2 for pair in services):
        raise ValueError("services has an entry that is not a host and a service")
    return Recurring(
        recurrence.parse(_field(data, "when", str)),
        length,
        _field(data, "why", str),
        frozenset(_texts(_field(data, "hosts", list), "hosts")),
        frozenset(Target(*pair) for pair in services),
    )


def _field(data: Any, name: str, kind: type[_T]) -> _T:
    """Return a field of an object. Raises ValueError."""
    if not isinstance(data, dict) or name not in data:
        raise ValueError(f"{name} is missing")
    value = data[name]
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError(f"{name} is not {_KINDS[kind]}")
    return value


def _texts(data: Any, name: str) -> list[str]:
    if not isinstance(data, list) or not all(isinstance(text, str) and text.isprintable() for text in data):
        raise ValueError(f"{name} has an entry that is not text")
    return data
