"""Routes of notifications in a plan: the teams that each watch and each machine notifies, their way and their hours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from checkwright.changes.changes_model import Route
from checkwright.registry.host_levels import host_levels
from checkwright.registry.model.durations import format_seconds
from checkwright.registry.plan import Notify, Plan

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
        self._cache: dict[tuple[str, Notify, frozenset[str]], Routes] = {}
        self.by_key = self._all(plan)

    def of(self, owner: str, notify: Notify, quiet: Iterable[str]) -> Routes:
        """Return the routes of a watch with this owner, level and quiet hours."""
        key = (owner, notify, frozenset(quiet))
        if key not in self._cache:
            self._cache[key] = frozenset(self._made(*key))
        return self._cache[key]

    def _made(self, owner: str, notify: Notify, quiet: frozenset[str]) -> Iterable[Route]:
        team = self._teams[owner]
        if notify == "nobody":
            return
        base = team.office_hours if notify == "office-hours" else ""
        excluded = f" except {' and '.join(sorted(quiet))}" if quiet else ""
        when = f"{f'in {base}' if base else 'at any time'}{excluded}"
        minutes = self._minutes.get(base, _WEEK).difference(*(self._minutes[name] for name in quiet))
        at_night = bool(minutes & _NIGHT)
        for name, after in [(owner, ""), *((step.to, format_seconds(step.after)) for step in team.escalations)]:
            if after and notify != "page":
                return
            paged = notify != "ticket" and bool(self._teams[name].page)
            yield Route(name, "pager" if paged else "e-mail", when, after, paged and at_night)

    def _all(self, plan: Plan) -> Mapping[Key, Routes]:
        found: dict[Key, Routes] = {}
        for entry in plan.entries:
            routes = self.of(entry.owner, entry.notify, entry.quiet)
            for host in entry.hosts:
                found[host, entry.name] = routes
        virtual = {host.name for host in plan.hosts if host.virtual}
        for host, teams in host_levels((entry.hosts, entry) for entry in plan.entries).items():
            if host not in virtual:
                of_teams = (self.of(team, level.level, level.quiet) for team, level in teams.items())
                found[host, ""] = frozenset(route for routes_of_team in of_teams for route in routes_of_team)
        return found


def in_order(routes: Iterable[Route]) -> tuple[Route, ...]:
    """Return routes with the pagers that ring at night first."""
    return tuple(sorted(routes, key=lambda one: (not one.night, one.way != "pager", one.after, one.team, one.when)))


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
