"""External commands of Nagios: one line of text for each. Nothing in a line can begin another field or line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

#: Letters of a reason. With the longest names a line stays below the bytes of an atomic write.
LONGEST_REASON = 500
_STICKY = 2


class Target(NamedTuple):
    """A service, or a host itself if `service` is ""."""

    host: str
    service: str = ""

    def __str__(self) -> str:
        return f"{self.host}/{self.service}" if self.service else self.host


@dataclass(frozen=True, slots=True, kw_only=True)
class Downtime:
    """A downtime to schedule. Moments are whole seconds since 1970.

    duration: seconds from the first problem between `start` and `end`, 0 for a fixed downtime of all that time.
    """

    start: int
    end: int
    author: str
    why: str
    duration: int = 0


def schedule(target: Target, downtime: Downtime, now: int) -> bytes:
    """Return the command that schedules a downtime."""
    fixed = 0 if downtime.duration else 1
    length = downtime.duration or downtime.end - downtime.start
    fields = (downtime.start, downtime.end, fixed, 0, length, field(downtime.author), field(downtime.why))
    return _line("SCHEDULE_{}_DOWNTIME", target, fields, now)


def cancel(target: Target, id: int, now: int) -> bytes:
    """Return the command that deletes a downtime by its number."""
    return _encoded(f"[{now}] DEL_{_kind(target)}_DOWNTIME;{id}")


def acknowledge(target: Target, author: str, why: str, now: int, *, sticky: bool, notify: bool) -> bytes:
    """Return the command that acknowledges a problem. Its comment ends with it, and survives restarts until then."""
    fields = (_STICKY if sticky else 1, int(notify), 0, field(author), field(why))
    return _line("ACKNOWLEDGE_{}_PROBLEM", target, fields, now)


def remove_acknowledgement(target: Target, now: int) -> bytes:
    """Return the command that removes an acknowledgement."""
    return _line("REMOVE_{}_ACKNOWLEDGEMENT", target, (), now)


def field(text: str) -> str:
    """Return a text on one line without semicolons, which separate the fields of a command."""
    return " ".join("".join(char if char.isprintable() else " " for char in text.replace(";", ",")).split())


def _line(command: str, target: Target, fields: tuple[int | str, ...], now: int) -> bytes:
    return _encoded(f"[{now}] {command.format(_kind(target))};{';'.join(map(str, (*filter(None, target), *fields)))}")


def _kind(target: Target) -> str:
    return "SVC" if target.service else "HOST"


def _encoded(text: str) -> bytes:
    return f"{text}\n".encode("utf-8", "surrogateescape")
