"""Days without hours: "2026-12-25", "2026-12-24..2026-12-26", "december 25" and "december 24..december 26".

A day without a year is every year's. Plans hold these texts as `merged` returns them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)
#: A year without february 29, for days of every year.
_COMMON_YEAR = 2023
_EVERY_YEAR = re.compile(rf"({'|'.join(MONTHS)})\s+([0-9]{{1,2}})", re.ASCII)
_DAY = timedelta(days=1)
_MOST = 366

#: A day: (year, month, day), with year 0 for every year.
Day = tuple[int, int, int]


def days(text: str) -> list[Day]:
    """Return the days of a day or a range. Raises ValueError with the reason for another text."""
    first, dots, last = (part.strip() for part in text.lower().partition(".."))
    begin, yearly = _day(first)
    end, of_end = _day(last) if dots else (begin, yearly)
    if yearly != of_end:
        raise ValueError(f"{text!r} names a year at one end only")
    if yearly and end < begin:
        end = end.replace(year=_COMMON_YEAR + 1)
        if end.month > 2:
            raise ValueError(f"{text!r} contains february 29: write days with their year")
    if end < begin:
        raise ValueError(f"{text!r} ends before it begins")
    if (end - begin).days >= _MOST:
        raise ValueError(f"{text!r} is longer than a year")
    if yearly and begin <= date(_COMMON_YEAR, 2, 28) and end >= date(_COMMON_YEAR, 3, 1):
        raise ValueError(f"{text!r} contains february 29: write days with their year")
    found = (begin + _DAY * number for number in range((end - begin).days + 1))
    return [(0 if yearly else one.year, one.month, one.day) for one in found]


def expanded(texts: Iterable[str]) -> list[Day]:
    """Return all days of several texts, sorted, each once. Raises ValueError."""
    return sorted({day for text in texts for day in days(text)})


def spans(texts: Iterable[str]) -> list[tuple[Day, Day]]:
    """Return (first day, last day) of each run of days, sorted. A run ends with its year. Raises ValueError."""
    found: list[tuple[Day, Day]] = []
    for day in expanded(texts):
        if found and found[-1][1] == _before(day):
            found[-1] = found[-1][0], day
        else:
            found.append((day, day))
    return found


def merged(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the shortest texts of the same days, sorted: those of every year first. Raises ValueError."""
    return tuple(
        written(first) if first == last else f"{written(first)}..{written(last)}" for first, last in spans(texts)
    )


def written(day: Day) -> str:
    """Return a day as text: "2026-12-25" or "december 25"."""
    year, month, number = day
    return f"{year:04}-{month:02}-{number:02}" if year else f"{MONTHS[month - 1]} {number}"


def contains(texts: Iterable[str], day: date) -> bool:
    """Return whether a day is one of those of `merged` texts."""
    return any(
        first <= one <= last
        for first, last in spans(texts)
        for one in ((day.year if first[0] else 0, day.month, day.day),)
    )


def last_day(texts: Iterable[str]) -> date | None:
    """Return the last day, None without days and if some recur every year."""
    found = expanded(texts)
    return date(*found[-1]) if found and found[0][0] else None


def _day(text: str) -> tuple[date, bool]:
    """Return a day, and whether it is every year's. Raises ValueError."""
    match = _EVERY_YEAR.fullmatch(" ".join(text.split()))
    if match:
        month, number = MONTHS.index(match[1]) + 1, int(match[2])
        if (month, number) == (2, 29):
            raise ValueError("february 29 is not in every year: write it with its year")
        try:
            return date(_COMMON_YEAR, month, number), True
        except ValueError:
            raise ValueError(f"{match[1]} has no day {number}") from None
    try:
        found = date.fromisoformat(text)
        if found.isoformat() == text:
            return found, False
    except ValueError:
        pass
    raise ValueError(f'{text!r} is not a day: write "2026-12-25" or "december 25"')


def _before(day: Day) -> Day | None:
    """Return the day before in the same year, None for the first of a year."""
    year, month, number = day
    if (month, number) == (1, 1):
        return None
    one = date(year or _COMMON_YEAR, month, number) - _DAY
    return year, one.month, one.day
