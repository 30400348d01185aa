"""Times of the week, and days without them."""

from __future__ import annotations

import re

from checkwright.registry import holidays
from checkwright.registry.model.base import Declaration, RegistryError, here, require_all, require_name, require_text
from checkwright.registry.plan import Origin

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_RANGE = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d:[0-5]\d|2[0-3]:[0-5]\d|24:00)", re.ASCII)


class Hours(Declaration):
    """Named times of the week.

        Hours("office", "monday-friday 09:00-17:00", "saturday 10:00-12:00,14:00-16:00")

        Hours("office", "monday-friday 09:00-17:00", without=("december 24..december 26", "2027-03-26"))

    Each line is a day or a range of days, a space, and times separated by commas. 24:00 is midnight. Times are local
    to the Nagios server; for Sensu they are in the time zone of the environment's Routes.

    `without` are whole days that have none of these hours, such as public holidays: a day or a range of days, with the
    year or without it for every year.
    Raises RegistryError for an invalid value.
    """

    __slots__ = ("name", "times", "without")
    name: str
    times: tuple[tuple[str, str], ...]
    without: tuple[str, ...]

    def __init__(self, name: str, *lines: str, without: tuple[str, ...] = ()) -> None:
        origin = here(2)
        require_name("Hours", name, origin)
        if not lines:
            raise RegistryError(f'Hours {name!r} has no times: add a line such as "monday-friday 09:00-17:00"', origin)
        by_day: dict[str, list[str]] = {}
        for line in lines:
            for day, ranges in _parse(require_text(f"Hours {name!r}", line, origin), name, origin):
                by_day.setdefault(day, []).append(ranges)
        times = tuple((day, ",".join(by_day[day])) for day in DAYS if day in by_day)
        self._set(name=name, times=times, without=_without(without, name, origin), origin=origin)


def _without(texts: object, name: str, origin: Origin) -> tuple[str, ...]:
    what = f"Hours {name!r}: without"
    try:
        return holidays.merged(require_all(what, texts, str, origin, called="text"))
    except ValueError as error:
        raise RegistryError(f"{what}: {error}", origin) from None


def _parse(line: str, name: str, origin: Origin) -> list[tuple[str, str]]:
    days, _, times = line.strip().partition(" ")
    first, dash, last = days.lower().partition("-")
    for day in (first, last) if dash else (first,):
        if day not in DAYS:
            raise RegistryError(f"Hours {name!r}: {day!r} is not a day of the week ({', '.join(DAYS)})", origin)
    start, end = DAYS.index(first), DAYS.index(last if dash else first)
    covered = DAYS[start : end + 1] if start <= end else DAYS[start:] + DAYS[: end + 1]
    ranges = "".join(times.split())
    for one in ranges.split(","):
        if not _RANGE.fullmatch(one):
            raise RegistryError(f"Hours {name!r}: {one!r} is not a range of times such as 09:00-17:00", origin)
        begin, _, finish = one.partition("-")
        if finish <= begin:
            raise RegistryError(f"Hours {name!r}: {one} ends before it begins; to end at midnight, write 24:00", origin)
    return [(day, ranges) for day in covered]


OFFICE_HOURS = Hours("office-hours", "monday-friday 09:00-17:00")
