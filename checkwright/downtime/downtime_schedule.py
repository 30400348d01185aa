"""Downtimes of a deployed build: `downtimes.json` next to its object files."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from checkwright.core.regular_file import read_regular
from checkwright.downtime.external_commands import Target
from checkwright.registry import recurrence
from checkwright.registry.recurrence import Recurrence
from nagios_cfg.downtime_timer import FILE, VERSION


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
        version = data["version"]
        if version != VERSION:
            raise Unusable(f"{path} has version {version!r}, and this program reads {VERSION}: build again")
        return Schedule(
            str(data["environment"]),
            _zone(str(data["time_zone"]), path),
            tuple(_recurring(one) for one in data["downtimes"]),
        )
    except (ValueError, KeyError, TypeError, OSError, RecursionError) as error:
        raise Unusable(f"{path} is no file of checkctl nagios build: {error}") from None


def _zone(name: str, path: str) -> tzinfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        raise Unusable(f"{path} has the time zone {name!r}, which this machine does not know: install tzdata") from None


def _recurring(data: Any) -> Recurring:
    return Recurring(
        recurrence.parse(data["when"]),
        int(data["length"]),
        str(data["why"]),
        frozenset(map(str, data["hosts"])),
        frozenset(Target(str(host), str(service)) for host, service in data["services"]),
    )
