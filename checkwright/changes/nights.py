"""Hours of the week when a notification may wake someone, with the days that they leave out."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache

from checkwright.registry import holidays
from checkwright.registry.plan import Hours

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = 24 * 60
#: Minutes of the week from 22:00 to 06:00, by day of the week.
_NIGHTS = tuple(
    frozenset(day * _DAY + minute for minute in range(_DAY) if not 360 <= minute < 1320) for day in range(7)
)
_EVERY_DAY = range(7)

#: A kind of day: the day of the week, and the names of the hours that leave it out.
_Kind = tuple[int, frozenset[str]]


class Nights:
    """Nights of the hours of one plan."""

    def __init__(self, hours: Iterable[Hours]) -> None:
        self._hours = {one.name: one for one in hours}
        self._minutes = cache(lambda name: _minutes(self._hours[name].times))
        self.any_within = cache(self._any_within)

    def _any_within(self, bases: frozenset[str], quiet: frozenset[str]) -> bool:
        """Return whether a minute of a night is inside all hours `bases` and outside all hours `quiet`."""
        for day, left_out in self._kinds(bases | quiet):
            open_minutes = set(_NIGHTS[day])
            for name in bases:
                open_minutes &= frozenset() if name in left_out else self._minutes(name)
            for name in quiet - left_out:
                open_minutes -= self._minutes(name)
            if open_minutes:
                return True
        return False

    def _kinds(self, names: frozenset[str]) -> set[_Kind]:
        """Return all kinds of days. A holiday of every year falls on each day of the week."""
        found: set[_Kind] = {(day, frozenset()) for day in _EVERY_DAY}
        without = {name: self._hours[name].without for name in names if self._hours[name].without}
        yearly = {name: {day for day in holidays.expanded(texts) if not day[0]} for name, texts in without.items()}
        for day in holidays.expanded(text for texts in without.values() for text in texts):
            if day[0]:
                one = date(*day)
                left_out = frozenset(name for name, texts in without.items() if holidays.contains(texts, one))
                found.add((one.weekday(), left_out))
            else:
                left_out = frozenset(name for name, own in yearly.items() if day in own)
                found |= {(weekday, left_out) for weekday in _EVERY_DAY}
        return found


def _minutes(times: Iterable[tuple[str, str]]) -> frozenset[int]:
    found: set[int] = set()
    for day, ranges in times:
        first = _DAYS.index(day) * _DAY
        for one in ranges.split(","):
            begin, _, end = one.partition("-")
            found.update(range(first + _minute(begin), first + _minute(end)))
    return frozenset(found)


def _minute(time: str) -> int:
    hours, _, minutes = time.partition(":")
    return int(hours) * 60 + int(minutes)
