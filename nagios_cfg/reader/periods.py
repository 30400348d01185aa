"""Timeperiods as sets of minutes of a week, which can be intersected, joined and compared."""

from __future__ import annotations

import re
from collections.abc import Mapping

from nagios_cfg.names import DAYS
from nagios_cfg.reader.templates import ResolvedObject, split_list

_DAY = 24 * 60
_WEEK = 7 * _DAY
ALWAYS = (1 << _WEEK) - 1
_SPAN = re.compile(r"(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")


class Periods:
    """Timeperiods of a configuration as masks: one bit for each minute of the week, from Monday 00:00 upwards."""

    def __init__(self, periods: Mapping[str, ResolvedObject]) -> None:
        self._periods = periods
        self._masks: dict[str, int] = {}
        #: Directives of each period that a week cannot express, such as dates.
        self.unsupported: dict[str, tuple[str, ...]] = {}

    def mask(self, name: str) -> int:
        """Return the minutes of a period. "" and an undefined period are all minutes."""
        return self._mask(name, ())

    def _mask(self, name: str, path: tuple[str, ...]) -> int:
        period = self._periods.get(name)
        if period is None or name in path:
            return ALWAYS if name not in path else 0
        if name not in self._masks:
            mask = 0
            unsupported = []
            for directive, value in period.settings.items():
                day = directive.lower()
                if day in DAYS and (spans := _spans("".join((value or "").split()))) is not None:
                    mask |= spans << DAYS.index(day) * _DAY
                elif directive not in ("timeperiod_name", "alias", "exclude"):
                    unsupported.append(f"{directive} {value or ''}".strip())
            for other in split_list(period.get("exclude")):
                mask &= ~self._mask(other, (*path, name))
                unsupported += (f"{text} (of {other})" for text in self.unsupported.get(other, ()))
            self._masks[name] = mask
            self.unsupported[name] = tuple(sorted(unsupported))
        return self._masks[name]


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
