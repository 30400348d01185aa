"""Whom Sensu tells: handlers, and a pipeline with its event filter for each way in which checks are told.

A way is a level of notification with the hours that matter to it. Without routes in the plan a check names the
handler that is called as its level, which an operator provides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from checkwright.registry.plan import Entry, Escalation, Handler, Plan, Routes, Team
from sensu import conditions, zones
from sensu.handlers import EventFilter, Pipeline, Workflow, to
from sensu.handlers import Handler as HandlerResource
from sensu.names import EXPECTED, HANDLERS, PROJECT_LABEL, check_name
from sensu.quote import literal_argv
from sensu.resources import MetricTag, Reference, Resource, SecretReference

#: Variables of a handler that tells another team than the owner of the check.
TEAM, EMAIL, PAGER = "CHECKWRIGHT_TEAM", "CHECKWRIGHT_EMAIL", "CHECKWRIGHT_PAGER"


@dataclass(frozen=True, slots=True)
class Way:
    """`handlers` are told at this level, in the hours `during` if it names any, outside the hours of `outside`.

    `steps` are the escalations of the team `owner`, which is named only when it has any.
    """

    level: str
    handlers: tuple[str, ...]
    during: str = ""
    outside: tuple[str, ...] = ()
    owner: str = ""
    steps: tuple[Escalation, ...] = ()

    @property
    def name(self) -> str:
        """What its pipeline and its filter are called, such as office-hours.shop-hours.outside.nightly-batch."""
        parts = (self.level, self.owner, self.during, *(f"outside.{hours}" for hours in self.outside))
        return ".".join(part for part in parts if part)

    def step_name(self, step: Escalation) -> str:
        """What the filter of an escalation is called, such as page.storefront.after.1800s."""
        return f"{self.name}.after.{step.after}s"


def way(plan: Plan, entry: Entry) -> Way | None:
    """How a check is told, None when nobody is or when the plan has no routes."""
    if plan.routes is None:
        return None
    handlers = _handlers(plan.routes).get(entry.notify, ())
    if not handlers:
        return None
    team = next((team for team in plan.teams if team.name == entry.owner), None)
    outside = tuple(sorted(entry.quiet))
    if team is not None and entry.notify == "office-hours":
        return Way(entry.notify, handlers, team.office_hours, outside)
    if team is not None and entry.notify == "page" and team.escalations:
        return Way(entry.notify, handlers, "", outside, team.name, team.escalations)
    return Way(entry.notify, handlers, "", outside)


def addressed(handler: str, team: str) -> str:
    """What a handler is called that tells another team than the owner of the check."""
    return f"{handler}.to.{team}"


def _handlers(routes: Routes) -> dict[str, tuple[str, ...]]:
    return {"page": routes.page, "office-hours": routes.office_hours, "ticket": routes.ticket}


def handlers_of(plan: Plan, entry: Entry) -> tuple[str, ...]:
    """Handlers that a check names itself: those of its level's name where the plan has no routes."""
    return () if plan.routes else HANDLERS[entry.notify]


def pipelines_of(plan: Plan, entry: Entry) -> tuple[Reference, ...]:
    """Pipelines that a check names."""
    found = way(plan, entry)
    return (to("Pipeline", found.name),) if found else ()


def metric_tags(plan: Plan, entry: Entry) -> tuple[MetricTag, ...]:
    """What tells one check's metrics from another's, which have only the label of the performance data for a name."""
    if not (plan.routes and plan.routes.metrics):
        return ()
    tags = {"check": check_name(entry), "environment": plan.environment, "role": entry.role}
    return tuple(MetricTag(name=name, value=value) for name, value in tags.items())


def provided(plan: Plan) -> frozenset[tuple[str, str]]:
    """(kind, name) of what the plan expects Sensu to have."""
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


def resources(plan: Plan) -> Iterator[Resource]:
    """The handlers that the plan declares, and the filters and pipelines that its checks name, in this order."""
    if plan.routes is None:
        return
    labels = {PROJECT_LABEL: plan.project, "environment": plan.environment}
    declared = {handler.name: handler for handler in plan.routes.handlers}
    for handler in declared.values():
        yield _handler(plan, handler, labels)
    ways = _ways(plan)
    told_later = {(name, step.to) for one in ways for name in one.handlers if name in declared for step in one.steps}
    teams = {team.name: team for team in plan.teams}
    for name, team in sorted(told_later):
        yield _handler(plan, declared[name], labels, teams[team])
    windows = _windows(plan)
    for one in ways:
        for name, after in ((one.name, 0), *((one.step_name(step), step.after) for step in one.steps)):
            expression = _expression(plan, plan.routes, one, after, windows.get(one, ()))
            yield EventFilter(
                name=name, namespace=plan.environment, labels=labels, action="allow", expressions=(expression,)
            )
    for one in ways:
        flows = tuple(_workflows(one, declared))
        yield Pipeline(name=one.name, namespace=plan.environment, labels=labels, workflows=flows)


def _ways(plan: Plan) -> list[Way]:
    """Each way in which an entry is told, by name."""
    ways = {found for entry in plan.entries if (found := way(plan, entry))}
    return sorted(ways, key=lambda found: found.name)


def _workflows(found: Way, declared: Mapping[str, Handler]) -> Iterator[Workflow]:
    for name in found.handlers:
        further = declared[name].filters if name in declared else ()
        yield _workflow(name, found.name, further)
        for step in found.steps if name in declared else ():
            yield _workflow(addressed(name, step.to), found.step_name(step), further)


def _workflow(handler: str, own: str, further: tuple[str, ...]) -> Workflow:
    filters = ("is_incident", "not_silenced", own, *further)
    return Workflow(
        name=handler, filters=tuple(to("EventFilter", one) for one in filters), handler=to("Handler", handler)
    )


def _handler(plan: Plan, handler: Handler, labels: Mapping[str, str], team: Team | None = None) -> HandlerResource:
    """A handler, for the owner of each check or for one team."""
    address = {TEAM: team.name, EMAIL: team.email, PAGER: team.page} if team else {}
    given = dict(handler.env) | {name: value for name, value in address.items() if value}
    quoted = literal_argv(handler.command, env=sorted(given.items()))
    return HandlerResource(
        name=addressed(handler.name, team.name) if team else handler.name,
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


def _windows(plan: Plan) -> dict[Way, list[conditions.Window]]:
    """The maintenance of each way, with its checks that have the same hosts in it side by side."""
    zone = plan.routes.time_zone if plan.routes else "UTC"
    entries = {(entry.id, entry.variant): entry for entry in plan.entries} if plan.maintenance else {}
    size = Counter(way(plan, entry) for entry in entries.values())
    found: dict[Way, list[conditions.Window]] = {}
    for window in plan.maintenance:
        begin, end = (zones.moment(zone, text) for text in (window.begin, window.end))
        checks: dict[tuple[Way, tuple[str, ...]], list[str]] = {}
        for covered in window.entries:
            entry = entries[covered.entry, covered.variant]
            if told_by := way(plan, entry):
                checks.setdefault((told_by, covered.hosts), []).append(check_name(entry))
        for (told_by, hosts), names in checks.items():
            every = len(names) == size[told_by]
            one = conditions.Window(begin, end, () if every else tuple(sorted(names)), hosts)
            found.setdefault(told_by, []).append(one)
    return found


def _expression(plan: Plan, routes: Routes, found: Way, after: int, windows: Iterable[conditions.Window]) -> str:
    hours = {one.name: one for one in plan.hours}
    return conditions.told(
        after=after,
        repeat=0 if found.level == "ticket" else routes.repeat,
        during=hours[found.during] if found.during else None,
        outside=tuple(hours[name] for name in found.outside),
        windows=windows,
        zone=routes.time_zone,
    )
