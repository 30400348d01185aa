"""When somebody is notified: the registry's hours as timeperiods, and those that leave quiet hours out."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.registry.plan import Entry, Plan
from nagios_cfg.names import ALWAYS, Names
from nagios_cfg.objects import Definition

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_RANGE = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")


def definitions(plan: Plan, names: Names) -> Iterator[Definition]:
    """Yield `always`, the plan's hours, and each combination with quiet hours that an entry needs."""
    yield Definition(
        "timeperiod",
        {"timeperiod_name": names.hours(ALWAYS), "alias": "At all hours"} | dict.fromkeys(DAYS, "00:00-24:00"),
    )
    times = {hours.name: _days(hours.times) for hours in plan.hours}
    for hours in plan.hours:
        yield Definition(
            "timeperiod",
            {"timeperiod_name": names.hours(hours.name), "alias": hours.name} | times[hours.name],
            hours.origin,
        )
    times[ALWAYS] = dict.fromkeys(DAYS, "00:00-24:00")
    offices = {team.name: team.office_hours for team in plan.teams}
    for base, quiet in sorted({(base_hours(entry, offices), entry.quiet) for entry in plan.entries if entry.quiet}):
        yield Definition(
            "timeperiod",
            {
                "timeperiod_name": names.hours_without(base, quiet),
                "alias": f"{base} but not {', '.join(quiet)}",
                "exclude": ",".join(names.hours(name) for name in quiet),
            }
            | times[base],
        )


def base_hours(entry: Entry, offices: dict[str, str]) -> str:
    """The hours in which an entry notifies, its quiet ones not yet taken out; `offices` are hours by team."""
    return offices[entry.owner] if entry.notify == "office-hours" else ALWAYS


def time_fault(day: str, ranges: str) -> str:
    """Say what is wrong with a day's times, as in ("monday", "09:00-12:00,13:00-17:00"); "" when nothing."""
    if day not in DAYS:
        return f"{day!r} is no day of the week ({', '.join(DAYS)})"
    for text in ranges.split(","):
        match = _RANGE.fullmatch(text)
        if match is None:
            return f"{text!r} on {day} is not a range of times such as 09:00-17:00"
        start, end = (int(match[index]) * 60 + int(match[index + 1]) for index in (1, 3))
        if end > 24 * 60:
            return f"{text!r} on {day} ends after 24:00"
        if end <= start:
            return f"{text!r} on {day} ends before it starts: end at 24:00 and go on at 00:00 of the next day"
    return ""


def _days(times: tuple[tuple[str, str], ...]) -> dict[str, str]:
    days: dict[str, str] = {}
    for day, ranges in times:
        days[day] = f"{days[day]},{ranges}" if day in days else ranges
    return days
