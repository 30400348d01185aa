"""Times of the week."""

from __future__ import annotations

import re

from checkwright.registry.model.base import Frozen, RegistryError, here, require_name, require_text
from checkwright.registry.plan import Origin

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_RANGE = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d:[0-5]\d|2[0-3]:[0-5]\d|24:00)", re.ASCII)


class Hours(Frozen):
    """Named times of the week, local to the monitoring server; for a Sensu in the zone that its Routes name.

    `Hours("office", "monday-friday 09:00-17:00", "saturday 10:00-12:00,14:00-16:00")`: each line is a day or
    a span of days, a blank, and times with commas between them. Times end after they begin; 24:00 is midnight.
    """

    __slots__ = ("name", "origin", "times")
    name: str
    times: tuple[tuple[str, str], ...]
    origin: Origin

    def __init__(self, name: str, *lines: str) -> None:
        origin = here(2)
        require_name("Hours", name, origin)
        if not lines:
            raise RegistryError(f'Hours {name!r} has no times: say "monday-friday 09:00-17:00"', origin)
        by_day: dict[str, list[str]] = {}
        for line in lines:
            for day, spans in _read(require_text(f"Hours {name!r}", line, origin), name, origin):
                by_day.setdefault(day, []).append(spans)
        times = tuple((day, ",".join(by_day[day])) for day in DAYS if day in by_day)
        self._set(name=name, times=times, origin=origin)

    def __repr__(self) -> str:
        return f"Hours({self.name!r})"


def _read(line: str, name: str, origin: Origin) -> list[tuple[str, str]]:
    days, _, times = line.strip().partition(" ")
    first, dash, last = days.lower().partition("-")
    for day in (first, last) if dash else (first,):
        if day not in DAYS:
            raise RegistryError(f"Hours {name!r}: {day!r} is no day of the week ({', '.join(DAYS)})", origin)
    start, end = DAYS.index(first), DAYS.index(last if dash else first)
    covered = DAYS[start : end + 1] if start <= end else DAYS[start:] + DAYS[: end + 1]
    spans = "".join(times.split())
    for span in spans.split(","):
        if not _RANGE.fullmatch(span):
            raise RegistryError(f"Hours {name!r}: {span!r} is not a span of times such as 09:00-17:00", origin)
        begin, _, finish = span.partition("-")
        if finish <= begin:
            raise RegistryError(f"Hours {name!r}: {span} ends before it begins, so end it at 24:00", origin)
    return [(day, spans) for day in covered]


OFFICE_HOURS = Hours("office-hours", "monday-friday 09:00-17:00")
