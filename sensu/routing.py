"""Notification in Sensu Go: handlers, and a pipeline with an event filter for each route.

A route is a level of notification with the hours that restrict it. Without routes in the plan, a check names the
handler with the name of its level, and the operator provides that handler.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from checkwright.registry.plan import Entry, Escalation, Handler, Notify, Plan, Routes, Team
from sensu import conditions, zones
from sensu.handlers import EventFilter, Pipeline, Workflow, to
from sensu.handlers import Handler as HandlerResource
from sensu.names import EXPECTED, HANDLERS, PROJECT_LABEL, check_name
from sensu.quote import literal_argv
from sensu.resources import MetricTag, Reference, Resource, SecretReference

#: Variables of a handler that notifies another team than the owner of the check.
TEAM, EMAIL, PAGER = "CHECKWRIGHT_TEAM", "CHECKWRIGHT_EMAIL", "CHECKWRIGHT_PAGER"


@dataclass(frozen=True, slots=True)
class Route:
    """Handlers of a level, and the hours that restrict it.

    With `during`, events notify only in these hours. In the hours of `quiet` they never do. `steps` are the
    escalations of the team `owner`. A route of checks has an owner only with escalations. A route `of_hosts`, for the
    state of machines, has one if its handlers are copies for this team.
    """

    level: str
    handlers: tuple[str, ...]
    during: str = ""
    quiet: tuple[str, ...] = ()
    owner: str = ""
    steps: tuple[Escalation, ...] = ()
    of_hosts: bool = False

    @property
    def name(self) -> str:
        """Name of the pipeline and the filter, such as office-hours.shop-hours.outside.nightly-batch."""
        scope = "host" if self.of_hosts else ""
        parts = (scope, self.level, self.owner, self.during, *(f"outside.{hours}" for hours in self.quiet))
        return ".".join(part for part in parts if part)

    @property
    def team(self) -> str:
        """Team whose copies of the handlers are called, "" for the handlers themselves."""
        return self.owner if self.of_hosts else ""

    def step_name(self, step: Escalation) -> str:
        """Return the name of an escalation's filter, such as page.storefront.after.1800s."""
        return f"{self.name}.after.{step.after}s"


def route_of(plan: Plan, entry: Entry) -> Route | None:
    """Return the route of a check. None if it notifies nobody or the plan has no routes."""
    if plan.routes is None:
        return None
    handlers = handlers_of_level(plan.routes, entry.notify)
    if not handlers:
        return None
    team = next((team for team in plan.teams if team.name == entry.owner), None)
    quiet = tuple(sorted(entry.quiet))
    if team is not None and entry.notify == "office-hours":
        return Route(entry.notify, handlers, team.office_hours, quiet)
    if team is not None and entry.notify == "page" and team.escalations:
        return Route(entry.notify, handlers, "", quiet, team.name, team.escalations)
    return Route(entry.notify, handlers, "", quiet)


def team_handler(handler: str, team: str) -> str:
    """Return the name of a handler's copy that notifies another team than the owner of the check."""
    return f"{handler}.to.{team}"


def handlers_of_level(routes: Routes, level: Notify) -> tuple[str, ...]:
    """Return the names of the handlers that a level notifies."""
    levels = {"page": routes.page, "office-hours": routes.office_hours, "ticket": routes.ticket}
    return levels.get(level, ())


def handlers_of(plan: Plan, entry: Entry) -> tuple[str, ...]:
    """Return the handlers that a check names itself: that of its level if the plan has no routes."""
    return () if plan.routes else HANDLERS[entry.notify]


def pipelines_of(plan: Plan, entry: Entry) -> tuple[Reference, ...]:
    """Return references to the pipelines of a check."""
    route = route_of(plan, entry)
    return (to("Pipeline", route.name),) if route else ()


def metric_tags(plan: Plan, entry: Entry) -> tuple[MetricTag, ...]:
    """Return the tags that distinguish a check's metrics, whose names are only the labels of perfdata."""
    if not (plan.routes and plan.routes.metrics):
        return ()
    tags = {"check": check_name(entry), "environment": plan.environment, "role": entry.role}
    return tuple(MetricTag(name=name, value=value) for name, value in tags.items())


def provided(plan: Plan) -> frozenset[tuple[str, str]]:
    """Return (type, name) of the resources that the operator provides."""
    if plan.routes is None:
        return EXPECTED
    routes = plan.routes
    declared = {handler.name for handler in routes.handlers}
    named = {*routes.page, *routes.office_hours, *routes.ticket, *routes.metrics} - declared
    return frozenset(
        {
            *(("Handler", name) for name in named),
            *(("EventFilter", name) for handler in routes.handlers for name in handler.filters),
            *(("Asset", name) for handler in routes.handlers for name in handler.assets),
        }
    )


def resources(plan: Plan, host_routes: Mapping[Route, Iterable[conditions.Window]]) -> Iterator[Resource]:
    """Yield the declared handlers, then the filters and the pipelines of all routes.

    `host_routes` are the routes for the state of machines, with their maintenance windows.
    """
    if plan.routes is None:
        return
    labels = {PROJECT_LABEL: plan.project, "environment": plan.environment}
    declared = {handler.name: handler for handler in plan.routes.handlers}
    for handler in declared.values():
        yield _handler(plan, handler, labels)
    routes = [*_routes(plan), *host_routes]
    copies = {
        (name, team)
        for route in routes
        for name in route.handlers
        if name in declared
        for team in (route.team, *(step.to for step in route.steps))
        if team
    }
    teams = {team.name: team for team in plan.teams}
    for name, team in sorted(copies):
        yield _handler(plan, declared[name], labels, teams[team])
    windows: dict[Route, Iterable[conditions.Window]] = {**_windows(plan), **host_routes}
    for route in routes:
        for name, after in ((route.name, 0), *((route.step_name(step), step.after) for step in route.steps)):
            expression = _expression(plan, plan.routes, route, after, windows.get(route, ()))
            yield EventFilter(
                name=name, namespace=plan.environment, labels=labels, action="allow", expressions=(expression,)
            )
    for route in routes:
        flows = tuple(_workflows(route, declared))
        yield Pipeline(name=route.name, namespace=plan.environment, labels=labels, workflows=flows)


def _routes(plan: Plan) -> list[Route]:
    """Return the different routes of all entries, sorted by name."""
    routes = {route for entry in plan.entries if (route := route_of(plan, entry))}
    return sorted(routes, key=lambda route: route.name)


def _workflows(route: Route, declared: Mapping[str, Handler]) -> Iterator[Workflow]:
    for name in route.handlers:
        further = declared[name].filters if name in declared else ()
        yield _workflow(team_handler(name, route.team) if route.team else name, route.name, further)
        for step in route.steps if name in declared else ():
            yield _workflow(team_handler(name, step.to), route.step_name(step), further)


def _workflow(handler: str, own: str, further: tuple[str, ...]) -> Workflow:
    filters = ("is_incident", "not_silenced", own, *further)
    return Workflow(
        name=handler, filters=tuple(to("EventFilter", one) for one in filters), handler=to("Handler", handler)
    )


def _handler(plan: Plan, handler: Handler, labels: Mapping[str, str], team: Team | None = None) -> HandlerResource:
    """Return a handler for the owner of each check, or its copy for one team."""
    address = {TEAM: team.name, EMAIL: team.email, PAGER: team.page} if team else {}
    env = dict(handler.env) | {name: value for name, value in address.items() if value}
    quoted = literal_argv(handler.command, env=sorted(env.items()))
    return HandlerResource(
        name=team_handler(handler.name, team.name) if team else handler.name,
        namespace=plan.environment,
        labels=labels,
        annotations={"origin": str(handler.origin)},
        type="pipe",
        command=quoted.command,
        env_vars=quoted.env_vars,
        secrets=tuple(SecretReference(name=name, secret=name) for name in handler.secrets),
        runtime_assets=handler.assets,
        timeout=handler.timeout,
    )


def _windows(plan: Plan) -> dict[Route, list[conditions.Window]]:
    """Return the maintenance windows of each route. Checks with the same hosts share a window."""
    zone = plan.routes.time_zone if plan.routes else "UTC"
    entries = {(entry.id, entry.variant): entry for entry in plan.entries} if plan.maintenance else {}
    size = Counter(route_of(plan, entry) for entry in entries.values())
    found: dict[Route, list[conditions.Window]] = {}
    for window in plan.maintenance:
        begin, end = (zones.moment(zone, text) for text in (window.begin, window.end))
        checks: dict[tuple[Route, tuple[str, ...]], list[str]] = {}
        for covered in window.entries:
            entry = entries[covered.entry, covered.variant]
            if route := route_of(plan, entry):
                checks.setdefault((route, covered.hosts), []).append(check_name(entry))
        for (route, hosts), names in checks.items():
            is_all = len(names) == size[route]
            one = conditions.Window(begin, end, () if is_all else tuple(sorted(names)), hosts)
            found.setdefault(route, []).append(one)
    return found


def _expression(plan: Plan, routes: Routes, route: Route, after: int, windows: Iterable[conditions.Window]) -> str:
    hours = {one.name: one for one in plan.hours}
    return conditions.notifies(
        after=after,
        repeat=0 if route.level == "ticket" else routes.repeat,
        during=hours[route.during] if route.during else None,
        quiet=tuple(hours[name] for name in route.quiet),
        windows=windows,
        zone=routes.time_zone,
        of_hosts=route.of_hosts,
    )
