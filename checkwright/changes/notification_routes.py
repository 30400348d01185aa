"""Routes of notifications in a plan: the teams that watches and machines notify, with their ways, hours and events."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from checkwright.changes.changes_model import RINGING, Route, Way
from checkwright.changes.nights import Nights
from checkwright.registry.host_levels import HostLevel, host_checks, host_levels, stated_levels
from checkwright.registry.model.durations import format_seconds
from checkwright.registry.plan import HOST_NOTIFY_ON, NOTIFY_ON, Contact, Entry, Notify, Plan, Team

#: A watch on a host, or the host itself ("").
Key = tuple[str, str]
Routes = frozenset[Route]

#: Ways of channels, by their kinds.
WAYS: Mapping[str, Way] = {
    "pagerduty": "PagerDuty",
    "opsgenie": "Opsgenie",
    "sms": "SMS",
    "webhook": "webhook",
    "slack": "Slack",
    "mail": "e-mail",
}


class _Source(NamedTuple):
    """Origin of notifications: a watch, or the state of a machine. delay: seconds. events: those that notify."""

    owner: str
    notify: Notify
    quiet: frozenset[str]
    delay: int
    events: tuple[str, ...]
    machine: bool


class NotificationRoutes:
    """Routes of one plan."""

    def __init__(self, plan: Plan) -> None:
        self._teams = {team.name: team for team in plan.teams}
        self._nights = Nights(plan.hours)
        self._cache: dict[_Source, Routes] = {}
        self.by_key = self._all(plan)

    def of(self, entry: Entry) -> Routes:
        """Return the routes of a watch."""
        quiet = frozenset(entry.quiet)
        return self._of(_Source(entry.owner, entry.notify, quiet, entry.notify_after, entry.notify_on, False))

    def _of(self, source: _Source) -> Routes:
        if source not in self._cache:
            self._cache[source] = frozenset(self._made(source))
        return self._cache[source]

    def _made(self, source: _Source) -> Iterator[Route]:
        if source.notify == "nobody":
            return
        team = self._teams[source.owner]
        base = team.office_hours if source.notify == "office-hours" else ""
        steps = [(step.to, source.delay + step.after) for step in team.escalations] if source.notify == "page" else []
        for name, seconds in [(source.owner, source.delay), *steps]:
            recipient = self._teams[name]
            after = format_seconds(seconds) if seconds else ""
            # Teams may consist of people alone.
            people: list[Contact | None] = [None] if recipient.email or recipient.page else []
            paging = source.notify != "ticket"
            for person in (*people, *recipient.contacts):
                events = _events(source, person)
                if events is None:
                    continue
                when, at_night = self._times([base, person.hours if person else ""], source.quiet)
                who = person.name if person else ""
                for way in _ways(person or recipient, paging):
                    night = paging and at_night and way in RINGING
                    yield Route(name, way, when, after, night, who, events)

    def _times(self, bases: list[str], quiet: frozenset[str]) -> tuple[str, bool]:
        """Return the times inside all of `bases` and outside of `quiet` as text, and whether the night has some.

        "" in `bases` is any time.
        """
        bases = [one for one in bases if one]
        included = f"in {' and '.join(dict.fromkeys(bases))}" if bases else "at any time"
        excluded = f" except {' and '.join(sorted(quiet))}" if quiet else ""
        return f"{included}{excluded}", self._nights.any_within(frozenset(bases), quiet)

    def _all(self, plan: Plan) -> Mapping[Key, Routes]:
        found: dict[Key, Routes] = {}
        for entry in plan.entries:
            routes = self.of(entry)
            for host in entry.hosts:
                found[host, entry.name] = routes
        checks, levels = host_checks(plan), _levels(plan)
        for machine in plan.hosts:
            check = checks.get(machine.name)
            # Nagios takes a host without a check to be up.
            if machine.virtual or machine.name not in levels or (check and check.runs == "none"):
                continue
            delay, events = (check.notify_after, check.notify_on) if check else (0, HOST_NOTIFY_ON)
            of_teams = (
                self._of(_Source(team, level.level, level.quiet, delay, events, True))
                for team, level in levels[machine.name].items()
            )
            found[machine.name, ""] = frozenset(route for routes in of_teams for route in routes)
        return found


def _levels(plan: Plan) -> dict[str, dict[str, HostLevel]]:
    """Return {host: {team: level}}, by the host's check where it states a team or a level."""
    levels = host_levels((entry.hosts, entry) for entry in plan.entries)
    for host, teams in stated_levels(plan).items():
        known = levels.get(host, {})
        quiet = {team: known[team].quiet if team in known else frozenset() for team in teams}
        levels[host] = {team: HostLevel(level, quiet[team]) for team, level in teams.items()}
    return levels


def _ways(recipient: Team | Contact, paging: bool) -> tuple[Way, ...]:
    """Return the ways of pages, or of tickets. Channels of a level replace the address of that level."""
    level = "page" if paging else "ticket"
    kinds = {WAYS[channel.kind] for channel in recipient.channels if level in channel.levels}
    if kinds:
        return tuple(sorted(kinds))
    return ("pager",) if paging and recipient.page else ("e-mail",)


def _events(source: _Source, person: Contact | None) -> str | None:
    """Return the events of a source that a team, or one person of it, is notified of: "" for the usual ones.

    None: this person is notified of nothing, as a recovery alone never notifies.
    """
    events = source.events
    if person is not None:
        selected: tuple[str, ...] = person.hosts if source.machine else person.on
        events = tuple(event for event in events if event in selected)
    if not set(events) - {"recovery"}:
        return None
    usual: tuple[str, ...] = HOST_NOTIFY_ON if source.machine else NOTIFY_ON
    return "" if events == usual else f"{', '.join(events[:-1])} and {events[-1]}" if events[1:] else events[0]


def in_order(routes: Iterable[Route]) -> tuple[Route, ...]:
    """Return routes with the pagers that ring at night first."""
    return tuple(
        sorted(
            routes,
            key=lambda one: (
                not one.night,
                one.way not in RINGING,
                one.way,
                one.after,
                one.team,
                one.person,
                one.when,
                one.events,
            ),
        )
    )
