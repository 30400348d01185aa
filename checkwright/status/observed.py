"""State of hosts and services, as one monitoring system knows it at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["OK", "WARNING", "CRITICAL", "UNKNOWN", "UP", "DOWN", "UNREACHABLE"]
#: States of services and of hosts, in the order of Nagios's numbers.
SERVICE_STATES: tuple[State, ...] = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
HOST_STATES: tuple[State, ...] = ("UP", "DOWN", "UNREACHABLE")
#: The end of the year 9999, in every time zone.
_LAST = 253_402_200_000
GOOD = frozenset(("OK", "UP"))


@dataclass(frozen=True, slots=True)
class Remark:
    """Acknowledgement, downtime or silence. start, end: seconds since 1970, 0 if it has none."""

    author: str
    text: str
    start: float = 0.0
    end: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One service, or a host itself if `service` is "".

    service: the description in Nagios, the name of the check in Sensu. environment: "" if the system has none.
    confirmed: False until it has failed `attempts` times in a row. Moments are seconds since 1970, 0 for never.
    output: the first line; details: the others; perfdata: the performance data, of Nagios only. All are text of
    plugins, with any characters.
    """

    host: str
    service: str = ""
    environment: str = ""
    state: State
    confirmed: bool = True
    since: float = 0.0
    last_check: float = 0.0
    checked: bool = True
    output: str = ""
    details: str = ""
    perfdata: str = ""
    flapping: bool = False
    acknowledged: bool = False
    acknowledgement: Remark | None = None
    in_downtime: bool = False
    downtime: Remark | None = None
    notified: bool = True  # False if notifications are switched off for it


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that one system knows. taken: moment of its data. notes: sentences that concern everything in it."""

    source: str
    kind: Literal["nagios", "sensu"]
    taken: float
    observed: tuple[Observed, ...]
    notes: tuple[str, ...] = ()


def moment_of(value: object) -> float:
    """Return a moment in seconds since 1970, 0 for None and "". Raises ValueError for one that no calendar has."""
    found = float(str(value or 0))
    if not 0 <= found < _LAST:
        raise ValueError(f"{value!r} is no moment")
    return found


class Unreadable(Exception):
    """The source cannot be read: one sentence that names it."""
