"""Timeperiods of notifications: the registry's hours, without quiet hours and maintenance windows."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry import holidays
from checkwright.registry.plan import Entry, Hours, Plan, Team
from nagios_cfg import maintenance
from nagios_cfg.names import ALWAYS, DAYS, Names
from nagios_cfg.objects import Definition


class Periods:
    """Timeperiods of a plan. `name` registers a combination of hours, and `definitions` yields all registered ones."""

    def __init__(self, plan: Plan, names: Names) -> None:
        self._plan = plan
        self._names = names
        self._combinations: set[tuple[str, tuple[str, ...]]] = set()

    def name(self, base: str, without: tuple[str, ...] = ()) -> str:
        """Return the timeperiod of the hours `base` without quiet hours and maintenance windows.

        `base` is ALWAYS or the name of hours in the plan.
        """
        if not without:
            return self._names.hours(base)
        self._combinations.add((base, without))
        return self._names.hours_without(base, without)

    def definitions(self) -> Iterator[Definition]:
        """Yield `always`, the plan's hours, their holidays, windows, and each combination that `name` returned."""
        always = dict.fromkeys(DAYS, "00:00-24:00")
        name = self._names.hours(ALWAYS)
        yield Definition("timeperiod", {"timeperiod_name": name, "alias": "At all hours"} | always)
        times = {hours.name: days_of(hours.times) for hours in self._plan.hours}
        #: Timeperiods with the days without hours, by the name of the hours.
        off: dict[str, str] = {}
        for hours in self._plan.hours:
            settings = {"timeperiod_name": self._names.hours(hours.name), "alias": hours.name}
            if hours.without:
                off[hours.name] = self._names.holidays(hours.name)
                settings["exclude"] = off[hours.name]
                yield Definition("timeperiod", self._holidays(hours), hours.origin)
            yield Definition("timeperiod", settings | times[hours.name], hours.origin)
        yield from maintenance.definitions(self._plan, self._names)
        times[ALWAYS] = always
        for base, without in sorted(self._combinations):
            yield Definition(
                "timeperiod",
                {
                    "timeperiod_name": self._names.hours_without(base, without),
                    "alias": f"{base} but not {', '.join(without)}",
                    "exclude": ",".join((*([off[base]] if base in off else []), *map(self._names.hours, without))),
                }
                | times[base],
            )

    def _holidays(self, hours: Hours) -> dict[str, str]:
        """Return the timeperiod of the days without hours. Nagios takes days of every year and days with their year."""
        names = {"timeperiod_name": self._names.holidays(hours.name), "alias": f"Days without {hours.name}"}
        return names | {holidays.written(day): "00:00-24:00" for day in holidays.expanded(hours.without)}


def base_hours(entry: Entry, owner: Team) -> str:
    """Return the hours when an entry of a team notifies, before its quiet hours are excluded."""
    return owner.office_hours if entry.notify == "office-hours" else ALWAYS


def days_of(times: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return the times of each day, as both engines write them."""
    days: dict[str, str] = {}
    for day, ranges in times:
        days[day] = f"{days[day]},{ranges}" if day in days else ranges
    return days
