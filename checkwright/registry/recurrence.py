"""Moments that recur, as text: `daily 02:00`, `monday-friday 01:30`, `first sunday 02:00`, `day 1 04:00`.

`2027-03-06 22:00` is a moment that does not recur. Plans hold these texts.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ORDINALS = ("first", "second", "third", "fourth", "last")
_TEXT = re.compile(r"(?P<days>.+) (?P<hour>[01][0-9]|2[0-3]):(?P<minute>[0-5][0-9])", re.ASCII)
_EXPECTED = (
    'write "daily 02:00", "monday-friday 02:00", "first sunday 02:00", "day 1 02:00", "last day 02:00" or '
    '"2027-03-06 22:00"'
)
_DAY = timedelta(days=1)
_LAST = -1


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Days, and the time of their beginning. One of the four kinds of days is set.

    weekdays: from 0 for Monday on. number: with weekdays, 1 to 4 for that one of the month, -1 for the last, 0 for all.
    month_day: 1 to 28, -1 for the last day of the month. once: the only day.
    """

    hour: int
    minute: int
    weekdays: frozenset[int] = frozenset()
    number: int = 0
    month_day: int = 0
    once: date | None = None

    def includes(self, day: date) -> bool:
        """Return whether it begins on a day."""
        if self.once is not None:
            return day == self.once
        last = monthrange(day.year, day.month)[1]
        if self.month_day:
            return day.day == (last if self.month_day == _LAST else self.month_day)
        if day.weekday() not in self.weekdays:
            return False
        if self.number == _LAST:
            return day.day + 7 > last
        return not self.number or (day.day - 1) // 7 + 1 == self.number

    def starts(self, after: float, before: float, zone: tzinfo | None) -> Iterator[int]:
        """Yield the beginnings from `after` on, and earlier than `before`, in seconds since 1970.

        zone: of the times, None for that of this machine. Where clocks are put forward, a time that does not exist is
        the first one that does; where they are put back, the first of two equal times counts.
        """
        day = datetime.fromtimestamp(after, zone).date() - _DAY
        last = datetime.fromtimestamp(before, zone).date()
        while day <= last:
            if self.includes(day):
                moment = _moment(datetime(day.year, day.month, day.day, self.hour, self.minute), zone)
                if after <= moment < before:
                    yield moment
            day += _DAY


def parse(text: str) -> Recurrence:
    """Return the recurrence of a text. Raises ValueError with the reason."""
    match = _TEXT.fullmatch(" ".join(text.lower().split()))
    if match is None:
        raise ValueError(f"{text!r} has no days with a time: {_EXPECTED}")
    days, hour, minute = match["days"], int(match["hour"]), int(match["minute"])
    first, _, rest = days.partition(" ")
    if days == "daily":
        return Recurrence(hour, minute, weekdays=frozenset(range(7)))
    if days == "last day":
        return Recurrence(hour, minute, month_day=_LAST)
    if first == "day":
        if not rest.isdecimal() or not 1 <= int(rest) <= 28:
            raise ValueError(f'{text!r}: not every month has that day: write "day 1" to "day 28", or "last day"')
        return Recurrence(hour, minute, month_day=int(rest))
    if first in _ORDINALS:
        number = _LAST if first == "last" else _ORDINALS.index(first) + 1
        return Recurrence(hour, minute, weekdays=_weekdays(rest, text), number=number)
    if days[:1].isdecimal():
        try:
            return Recurrence(hour, minute, once=date.fromisoformat(days))
        except ValueError:
            raise ValueError(f"{text!r}: {days!r} is not a day such as 2027-03-06") from None
    return Recurrence(hour, minute, weekdays=_weekdays(days, text))


def _weekdays(days: str, text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in days.split(","):
        first, dash, last = (word.strip() for word in part.partition("-"))
        for day in (first, last) if dash else (first,):
            if day not in WEEKDAYS:
                raise ValueError(f"{text!r}: {day!r} is not a day: {_EXPECTED}")
        start, end = WEEKDAYS.index(first), WEEKDAYS.index(last if dash else first)
        found.update(range(start, end + 1) if start <= end else (*range(start, 7), *range(end + 1)))
    return frozenset(found)


def _moment(local: datetime, zone: tzinfo | None) -> int:
    """Return the instant of a local time, or of the next one that exists."""
    while True:
        moment = int(local.replace(tzinfo=zone).timestamp())
        if datetime.fromtimestamp(moment, zone).replace(tzinfo=None, fold=0) == local:
            return moment
        local += timedelta(minutes=1)
