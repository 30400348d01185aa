"""Parser of Sensu's cron schedules: the standard grammar of the Go package robfig/cron, version 3."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: tuple[tuple[str, int, int, dict[str, int]], ...] = (
    ("minute", 0, 59, {}),
    ("hour", 0, 23, {}),
    ("day of the month", 1, 31, {}),
    ("month", 1, 12, {name: number for number, name in enumerate(_MONTHS, 1)}),
    ("day of the week", 0, 6, {name: number for number, name in enumerate(_DAYS)}),
)
_DESCRIPTORS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_DIGITS = re.compile(r"\d{1,9}\Z", re.ASCII)
_DURATION = re.compile(r"[-+]?((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))+\Z")


def error(schedule: str) -> str:
    """Return why Sensu refuses a schedule, as the end of a sentence. Returns "" for a valid one."""
    if schedule.startswith(("TZ=", "CRON_TZ=")):
        prefix, _, schedule = schedule.partition(" ")
        zone = prefix.partition("=")[2]
        try:
            ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return f"{zone!r} is not a time zone"
        schedule = schedule.strip()
    if schedule.startswith("@every "):
        duration = schedule.removeprefix("@every ")
        return "" if _DURATION.match(duration) else f"{duration!r} is not a duration such as 1h30m"
    if schedule.startswith("@"):
        return "" if schedule in _DESCRIPTORS else f"{schedule} is not one of {', '.join(_DESCRIPTORS)}"
    parts = schedule.split()
    if len(parts) != len(_FIELDS):
        return f"it has {len(parts)} fields and needs 5: minute, hour, day, month, day of the week"
    for part, (name, low, high, names) in zip(parts, _FIELDS, strict=True):
        for item in part.split(","):
            if not _fits(item, low, high, names):
                return f"{item!r} does not fit the {name} ({low} to {high})"
    return ""


def _fits(item: str, low: int, high: int, names: dict[str, int]) -> bool:
    span, slash, step = item.partition("/")
    if slash and not _number(step, {}):
        return False
    if span in ("*", "?"):
        return True
    ends = span.split("-")
    if len(ends) > 2:
        return False
    numbers = [_number(end, names) for end in ends]
    first, last = numbers[0], numbers[-1]
    return first is not None and last is not None and low <= first <= last <= high


def _number(text: str, names: dict[str, int]) -> int | None:
    if _DIGITS.match(text):
        return int(text)
    return names.get(text.lower())
