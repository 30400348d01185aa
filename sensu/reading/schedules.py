"""Cron schedules that are intervals: */5 * * * *, @every 10m, @hourly."""

from __future__ import annotations

import re

_EVERY = re.compile(r"@every ((?:\d+h)?(?:\d+m)?(?:\d+s)?)", re.ASCII)
_UNITS = {"h": 3_600, "m": 60, "s": 1}
_NAMED_CRONS = {"@hourly": 3_600, "@daily": 86_400, "@midnight": 86_400, "@weekly": 604_800}
_STEP = re.compile(r"(?:\*|\*/(\d+)) \* \* \* \*", re.ASCII)


def seconds(text: str) -> int | None:
    """Return the interval of a schedule with equal steps in seconds, None for any other schedule."""
    if text in _NAMED_CRONS:
        return _NAMED_CRONS[text]
    if every := _EVERY.fullmatch(text):
        return sum(int(part[:-1]) * _UNITS[part[-1]] for part in re.findall(r"\d+[hms]", every[1])) or None
    step = _STEP.fullmatch(text)
    if step is None:
        return None
    minutes = int(step[1] or 1)
    return 60 * minutes if minutes and 60 % minutes == 0 else None
