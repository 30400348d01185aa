"""Timeperiods as sets of minutes of a week, which can be intersected, joined and compared."""

from __future__ import annotations

import re
from collections.abc import Mapping

from checkwright.registry import holidays
from nagios_cfg.names import DAYS
from nagios_cfg.reader.templates import ResolvedObject, split_list

_DAY = 24 * 60
_WEEK = 7 * _DAY
ALWAYS = (1 << _WEEK) - 1
#: Times with which Nagios leaves a day out.
_NO_TIMES = ("00:00-00:00", "24:00-24:00")
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


class Periods:
    """Timeperiods of a configuration as masks: one bit for each minute of the week, from Monday 00:00 upwards."""

    def __init__(self, periods: Mapping[str, ResolvedObject]) -> None:
        self._periods = periods
        self._masks: dict[str, int] = {}
        #: Directives of each period that neither a week nor days without hours can express, such as `day 1`.
        self.unsupported: dict[str, tuple[str, ...]] = {}
        self._off: dict[str, tuple[str, ...]] = {}

    def mask(self, name: str) -> int:
        """Return the minutes of a period. "" and an undefined period are all minutes."""
        return self._mask(name, ())

    def off(self, name: str) -> tuple[str, ...]:
        """Return the days without a period's hours, as `holidays.merged` does: "2026-12-25", "december 25"."""
        self._mask(name, ())
        return self._off.get(name, ())

    def beyond(self, name: str) -> tuple[str, ...]:
        """Return everything of a period that a week cannot express, as text."""
        off = self.off(name)
        without = (f"without {', '.join(off)}",) if off else ()
        return (*self.unsupported.get(name, ()), *without)

    def _mask(self, name: str, path: tuple[str, ...]) -> int:
        period = self._periods.get(name)
        if period is None or name in path:
            return ALWAYS if name not in path else 0
        if name not in self._masks:
            mask = 0
            unsupported = []
            off: list[str] = []
            for directive, value in period.settings.items():
                day = directive.lower()
                if day in DAYS and (spans := _spans("".join((value or "").split()))) is not None:
                    mask |= spans << DAYS.index(day) * _DAY
                elif "".join((value or "").split()) in _NO_TIMES and (dates := _dates(day)):
                    off += dates
                elif directive not in ("timeperiod_name", "alias", "exclude"):
                    unsupported.append(f"{directive} {value or ''}".strip())
            for other in split_list(period.get("exclude")):
                if whole := self._whole_days(other):
                    off += whole
                    continue
                mask &= ~self._mask(other, (*path, name))
                unsupported += (f"{text} (of {other})" for text in self.beyond(other))
            self._masks[name] = mask
            self.unsupported[name] = tuple(sorted(unsupported))
            self._off[name] = holidays.merged(off)
        return self._masks[name]

    def _whole_days(self, name: str) -> tuple[str, ...]:
        """Return the days of a period that consists of whole days only, () for another period."""
        found: list[str] = []
        period = self._periods.get(name)
        for directive, value in period.settings.items() if period else ():
            if directive not in ("timeperiod_name", "alias"):
                dates = _dates(directive.lower()) if "".join((value or "").split()) == "00:00-24:00" else ()
                if not dates:
                    return ()
                found += dates
        return tuple(found)


def period_lines(mask: int) -> tuple[str, ...]:
    """Return a mask as the lines of `Hours(...)`, with consecutive days of the same times joined."""
    days = [_times(mask >> number * _DAY & (1 << _DAY) - 1) for number in range(7)]
    found = []
    number = 0
    while number < 7:
        last = number
        while last + 1 < 7 and days[last + 1] == days[number]:
            last += 1
        if days[number]:
            name = DAYS[number] if last == number else f"{DAYS[number]}-{DAYS[last]}"
            found.append(f"{name} {days[number]}")
        number = last + 1
    return tuple(found)


def _times(day: int) -> str:
    spans = []
    minute = 0
    while day >> minute:
        if not day >> minute & 1:
            minute += 1
            continue
        end = minute
        while day >> end & 1:
            end += 1
        spans.append(f"{minute // 60:02}:{minute % 60:02}-{end // 60:02}:{end % 60:02}")
        minute = end
    return ",".join(spans)


def _dates(directive: str) -> tuple[str, ...]:
    """Return `december 25`, `december 24 - 26` or `2026-12-24 - 2026-12-26` as days without hours, () for another."""
    first, dash, last = (part.strip() for part in directive.partition(" - "))
    if last.isdecimal():
        last = f"{first.rpartition(' ')[0]} {last}"
    try:
        return holidays.merged((f"{first}..{last}" if dash else first,))
    except ValueError:
        return ()


def _spans(text: str) -> int | None:
    """Return the minutes of a day in `09:00-12:00,13:00-17:00`, None for another syntax."""
    mask = 0
    for span in text.split(","):
        match = _SPAN.fullmatch(span)
        if match is None:
            return None
        start, end = (int(match[each]) * 60 + int(match[each + 1]) for each in (1, 3))
        if not start < end <= _DAY:
            return None
        mask |= (1 << end) - (1 << start)
    return mask
