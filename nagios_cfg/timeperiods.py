"""When somebody is notified: the registry's hours as timeperiods, less quiet hours and windows of maintenance."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checkwright.registry.plan import Entry, Plan, Team
from nagios_cfg import maintenance
from nagios_cfg.names import ALWAYS, Names
from nagios_cfg.objects import Definition

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_RANGE = re.compile(r"([01][0-9]|2[0-4]):([0-5][0-9])-([01][0-9]|2[0-4]):([0-5][0-9])")


class Periods:
    """The timeperiods of a plan. Services and hosts ask for them by `name`, and `definitions` are those asked for."""

    def __init__(self, plan: Plan, names: Names) -> None:
        self._plan = plan
        self._names = names
        self._asked: set[tuple[str, tuple[str, ...]]] = set()

    def name(self, base: str, without: tuple[str, ...] = ()) -> str:
        """The timeperiod of the hours `base` (ALWAYS, or of the plan) less quiet hours and windows of maintenance."""
        if not without:
            return self._names.hours(base)
        self._asked.add((base, without))
        return self._names.hours_without(base, without)

    def definitions(self) -> Iterator[Definition]:
        """Yield `always`, the plan's hours and windows, and each combination that was asked for."""
        always = dict.fromkeys(DAYS, "00:00-24:00")
        name = self._names.hours(ALWAYS)
        yield Definition("timeperiod", {"timeperiod_name": name, "alias": "At all hours"} | always)
        times = {hours.name: _days(hours.times) for hours in self._plan.hours}
        for hours in self._plan.hours:
            settings = {"timeperiod_name": self._names.hours(hours.name), "alias": hours.name} | times[hours.name]
            yield Definition("timeperiod", settings, hours.origin)
        yield from maintenance.definitions(self._plan, self._names)
        times[ALWAYS] = always
        for base, without in sorted(self._asked):
            yield Definition(
                "timeperiod",
                {
                    "timeperiod_name": self._names.hours_without(base, without),
                    "alias": f"{base} but not {', '.join(without)}",
                    "exclude": ",".join(map(self._names.hours, without)),
                }
                | times[base],
            )


def base_hours(entry: Entry, owner: Team) -> str:
    """The hours in which an entry of a team notifies, its quiet ones not yet taken out."""
    return owner.office_hours if entry.notify == "office-hours" else ALWAYS


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
