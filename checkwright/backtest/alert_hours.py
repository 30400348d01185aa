"""People whom alerts reach: which alerts notify, at what hours, and whose nights they disturb."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta, tzinfo

from checkwright.backtest.alert_replay import Alert
from checkwright.registry import holidays
from checkwright.registry.plan import Entry, Hours, Plan

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
#: Hours of a night, local: from the first on, until the second.
NIGHT = (22, 6)


class Calendar:
    """Hours of a plan in a time zone."""

    def __init__(self, plan: Plan, zone: tzinfo) -> None:
        self._hours: Mapping[str, Hours] = {hours.name: hours for hours in plan.hours}
        self._office = {team.name: team.office_hours for team in plan.teams}
        self._zone = zone

    def local(self, moment: float) -> datetime:
        return datetime.fromtimestamp(moment, self._zone)

    def notified(self, entry: Entry, alert: Alert) -> float | None:
        """Return the moment when an alert notifies somebody, None if it never does.

        Quiet hours and hours outside the office put it off; it is forgotten if it ends before.
        """
        if entry.notify == "nobody":
            return None
        moment = alert.begin
        while moment <= alert.end:
            if not self._is_held(entry, moment):
                return moment
            moment += 300
        return None

    def night(self, moment: float) -> str | None:
        """Return the evening's date of the night that a moment is in, None by day."""
        local = self.local(moment)
        if NIGHT[1] <= local.hour < NIGHT[0]:
            return None
        evening = local if local.hour >= NIGHT[0] else local - timedelta(days=1)
        return f"{evening:%Y-%m-%d}"

    def _is_held(self, entry: Entry, moment: float) -> bool:
        if any(self._within(name, moment) for name in entry.quiet):
            return True
        office = self._office.get(entry.owner, "")
        return entry.notify == "office-hours" and bool(office) and not self._within(office, moment)

    def _within(self, name: str, moment: float) -> bool:
        local = self.local(moment)
        now = local.hour * 60 + local.minute
        hours = self._hours.get(name)
        if hours and hours.without and holidays.contains(hours.without, local.date()):
            return False
        spans = [times for day, times in (hours.times if hours else ()) if day == DAYS[local.weekday()]]
        return any(begin <= now < end for times in spans for begin, end in _minutes(times))


def _minutes(times: str) -> Iterable[tuple[int, int]]:
    """Yield the spans of `09:00-17:00,18:00-20:00` in minutes of the day."""
    for span in times.split(","):
        begin, _, end = span.partition("-")
        yield _minute(begin), _minute(end)


def _minute(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)
