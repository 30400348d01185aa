"""Notification of the state of machines in Sensu Go: routes for keepalives and host checks.

Each team with a watch on a machine has a route of its own, at the team's most urgent level there. The pipelines of a
machine are named in its part of agent.yml, because Sensu makes keepalive events without a check.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from checkwright.registry.host_levels import LEVELS, HostLevel, host_levels
from checkwright.registry.plan import Entry, Plan
from sensu import conditions, zones
from sensu.names import HANDLERS, PROJECT_LABEL, runners, serving
from sensu.routing import Route, handlers_of_level


@dataclass(frozen=True, slots=True)
class Recipients:
    """Teams that the state of a machine concerns, with their levels, and the roles of the machine."""

    levels: tuple[tuple[str, HostLevel], ...]
    roles: tuple[str, ...] = ()

    @property
    def teams(self) -> tuple[str, ...]:
        """Names of the teams that are notified."""
        return tuple(team for team, found in self.levels if found.level != "nobody")


class HostRouting:
    """Recipients and routes of the machines of a plan."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._teams = {team.name: team for team in plan.teams}
        self._hosts = {host.name: host for host in plan.hosts}
        serves = serving(plan)
        pairs: list[tuple[Iterable[str], Entry]] = [(entry.hosts, entry) for entry in plan.entries]
        central: dict[str, list[Entry]] = {}
        for entry in plan.entries:
            if entry.where == "central":
                central.setdefault(runners(entry), []).append(entry)
                pairs.append((serves.get(runners(entry), ()), entry))
        self._levels = host_levels(pairs)
        self._runners = {
            name: host_levels(((name,), entry) for entry in entries)[name] for name, entries in central.items()
        }

    def of_host(self, host: str) -> Recipients:
        """Return the recipients of a machine of the plan."""
        return Recipients(tuple(sorted(self._levels.get(host, {}).items())), tuple(sorted(self._hosts[host].roles)))

    def of_runner(self, name: str) -> Recipients:
        """Return the recipients of a machine that only serves a subscription, central or a pool's."""
        return Recipients(tuple(sorted(self._runners[name].items())))

    def routes(self, recipients: Recipients) -> tuple[Route, ...]:
        """Return the routes for these recipients, sorted by name.

        Declared handlers have a copy for each team. A handler that is only named gets one event for all teams of a
        level, so it has a route without a team.
        """
        if self._plan.routes is None:
            return ()
        declared = {handler.name for handler in self._plan.routes.handlers}
        found: set[Route] = set()
        for name, (level, quiet) in recipients.levels:
            team = self._teams[name]
            handlers = handlers_of_level(self._plan.routes, level)
            during = team.office_hours if level == "office-hours" else ""
            route = Route(level, (), during, tuple(sorted(quiet)), of_hosts=True)
            if own := tuple(handler for handler in handlers if handler in declared):
                steps = team.escalations if level == "page" else ()
                found.add(replace(route, handlers=own, owner=name, steps=steps))
            if others := tuple(handler for handler in handlers if handler not in declared):
                found.add(replace(route, handlers=others))
        return tuple(sorted(found, key=lambda route: route.name))

    def all_routes(self) -> Mapping[Route, list[conditions.Window]]:
        """Return the routes of all machines, sorted by name, with the maintenance windows that cover machines."""
        plan = self._plan
        levels = {self.of_host(host.name).levels for host in plan.hosts if not host.virtual}
        levels |= {self.of_runner(name).levels for name in self._runners}
        routes = {route for one in levels for route in self.routes(Recipients(one))}
        found: dict[Route, list[conditions.Window]] = {
            route: [] for route in sorted(routes, key=lambda route: route.name)
        }
        zone = plan.routes.time_zone if plan.routes else "UTC"
        for window in plan.maintenance:
            begin, end = (zones.moment(zone, text) for text in (window.begin, window.end))
            hosts: dict[Route, list[str]] = {}
            for host in window.hosts if routes else ():
                for route in self.routes(self.of_host(host)):
                    hosts.setdefault(route, []).append(host)
            for route, names in hosts.items():
                found[route].append(conditions.Window(begin, end, (), tuple(sorted(names))))
        return found

    def handler_names(self, recipients: Recipients) -> tuple[str, ...]:
        """Return the handlers of a machine without routes: those of its teams' levels, the most urgent first."""
        levels = {found.level for _, found in recipients.levels}
        return tuple(name for level in reversed(LEVELS) if level in levels for name in HANDLERS[level])

    def labels(self, recipients: Recipients) -> dict[str, str]:
        """Return the labels of a keepalive event or a host check, for the filters of handlers."""
        labels = {
            PROJECT_LABEL: self._plan.project,
            "environment": self._plan.environment,
            "owner": ",".join(recipients.teams),
            "role": ",".join(recipients.roles),
        }
        return {key: value for key, value in labels.items() if value}

    def annotations(self, recipients: Recipients) -> dict[str, str]:
        """Return the annotations of a keepalive event or a host check, from which handlers take the addresses."""
        teams = [self._teams[name] for name in recipients.teams]
        runbooks = (role.runbook for role in self._plan.roles if role.name in recipients.roles and role.runbook)
        annotations = {
            "email": ",".join(team.email for team in teams),
            "pager": ",".join(team.page for team in teams if team.page),
            "runbook": next(runbooks, ""),
            "summary": "The machine is up.",
        }
        return {key: value for key, value in annotations.items() if value}
