"""Routes of notifications in a plan: the teams that each watch and each machine notifies, their way and their hours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from checkwright.changes.changes_model import Route
from checkwright.registry.host_levels import host_levels
from checkwright.registry.model.durations import format_seconds
from checkwright.registry.plan import Entry, Notify, Plan

#: A watch on a host, or the host itself ("").
Key = tuple[str, str]
Routes = frozenset[Route]

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = 24 * 60
#: Minutes of the week from 22:00 to 06:00.
_NIGHT = frozenset(day * _DAY + minute for day in range(7) for minute in range(_DAY) if not 360 <= minute < 1320)
_WEEK = frozenset(range(7 * _DAY))


class NotificationRoutes:
    """Routes of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._teams = {team.name: team for team in plan.teams}
        self._minutes = {hours.name: _minutes(hours.times) for hours in plan.hours}
        self._cache: dict[tuple[str, Notify, frozenset[str], int], Routes] = {}
        self.by_key = self._all(plan)

    def of(self, entry: Entry) -> Routes:
        """Return the routes of a watch."""
        return self._of(entry.owner, entry.notify, frozenset(entry.quiet), entry.notify_after)

    def _of(self, owner: str, notify: Notify, quiet: frozenset[str], delay: int = 0) -> Routes:
        key = (owner, notify, quiet, delay)
        if key not in self._cache:
            self._cache[key] = frozenset(self._made(*key))
        return self._cache[key]

    def _made(self, owner: str, notify: Notify, quiet: frozenset[str], delay: int) -> Iterator[Route]:
        if notify == "nobody":
            return
        team = self._teams[owner]
        base = team.office_hours if notify == "office-hours" else ""
        steps = [(step.to, delay + step.after) for step in team.escalations] if notify == "page" else []
        for name, after in [(owner, delay), *steps]:
            recipient = self._teams[name]
            # Teams may consist of people alone.
            addresses = [("", recipient.page, "")] if recipient.email or recipient.page else []
            for person, pager, hours in [*addresses, *((one.name, one.page, one.hours) for one in recipient.contacts)]:
                paged = notify != "ticket" and bool(pager)
                when, at_night = self._times([one for one in (base, hours) if one], quiet)
                text = format_seconds(after) if after else ""
                yield Route(name, "pager" if paged else "e-mail", when, text, paged and at_night, person)

    def _times(self, bases: list[str], quiet: frozenset[str]) -> tuple[str, bool]:
        """Return the times inside all of `bases` and outside of `quiet` as text, and whether the night has some."""
        included = f"in {' and '.join(dict.fromkeys(bases))}" if bases else "at any time"
        excluded = f" except {' and '.join(sorted(quiet))}" if quiet else ""
        minutes = _WEEK.intersection(*(self._minutes[name] for name in bases))
        return f"{included}{excluded}", bool(minutes.difference(*(self._minutes[name] for name in quiet)) & _NIGHT)

    def _all(self, plan: Plan) -> Mapping[Key, Routes]:
        found: dict[Key, Routes] = {}
        for entry in plan.entries:
            routes = self.of(entry)
            for host in entry.hosts:
                found[host, entry.name] = routes
        virtual = {host.name for host in plan.hosts if host.virtual}
        for host, teams in host_levels((entry.hosts, entry) for entry in plan.entries).items():
            if host not in virtual:
                of_teams = (self._of(team, level.level, level.quiet) for team, level in teams.items())
                found[host, ""] = frozenset(route for routes_of_team in of_teams for route in routes_of_team)
        return found


def in_order(routes: Iterable[Route]) -> tuple[Route, ...]:
    """Return routes with the pagers that ring at night first."""
    return tuple(
        sorted(routes, key=lambda one: (not one.night, one.way != "pager", one.after, one.team, one.person, one.when))
    )


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
