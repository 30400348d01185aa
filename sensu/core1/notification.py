"""Notification in Sensu Core 1.x: handlers for each route, with filters for its hours.

Core's filters belong to handlers, so each route has its own copy of each handler.
"""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.plan import Entry, Hours, Plan, Role
from sensu.conditions import minutes
from sensu.core1.definitions import Filter, Handler, Hook
from sensu.core1.quote import command
from sensu.names import HANDLERS
from sensu.routing import Route, route_of

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = 24 * 60
#: Core's own filter, which reads the occurrences and refresh of the check.
_OCCURRENCES = "occurrences"
#: Ten years in seconds. Without a refresh, Core's filter repeats every half hour.
_NEVER = 10 * 366 * 24 * 3_600


def handler_names(plan: Plan, entry: Entry) -> tuple[str, ...]:
    """Return the names of a check's handlers, () if it notifies nobody."""
    if plan.routes is None:
        return HANDLERS[entry.notify]
    route = route_of(plan, entry)
    declared = {handler.name for handler in plan.routes.handlers}
    return tuple(_named(route, name) if name in declared else name for name in route.handlers) if route else ()


def refresh(plan: Plan, entry: Entry) -> int:
    """Return the seconds after which a lasting problem notifies again. 0 without routes, for Core's default."""
    if plan.routes is None:
        return 0
    return _NEVER if entry.notify == "ticket" else plan.routes.repeat or _NEVER


def handlers(plan: Plan) -> Iterator[Handler]:
    """Yield the handlers that the plan declares and its checks name. Raises `Unquotable`."""
    if plan.routes is None:
        return
    declared = {handler.name: handler for handler in plan.routes.handlers}
    for route in _routes(plan):
        for name in route.handlers:
            if name in declared:
                one = declared[name]
                during = (f"during.{route.during}",) if route.during else ()
                quiet = (f"outside.{hours}" for hours in route.quiet)
                yield Handler(
                    name=_named(route, name),
                    command=command([(word,) for word in one.command], env=one.env, known={}),
                    timeout=one.timeout,
                    filters=(_OCCURRENCES, *during, *quiet, *one.filters),
                )


def filters(plan: Plan) -> Iterator[Filter]:
    """Yield the filters of those handlers, sorted by name."""
    hours = {one.name: one for one in plan.hours}
    routes = _routes(plan) if plan.routes else []
    for name in sorted({route.during for route in routes if route.during}):
        yield Filter(name=f"during.{name}", times=tuple(_times(_closed(hours[name]))))
    for name in sorted({name for route in routes for name in route.quiet}):
        yield Filter(name=f"outside.{name}", times=tuple(_times(minutes(hours[name]))))


def hooks(entry: Entry, role: Role | None) -> dict[str, Hook]:
    """Return a check's hooks by result. Core runs one hook for each: the first by name. Raises `Unquotable`."""
    found: dict[str, Hook] = {}
    for hook in role.hooks if role else ():
        if hook.name in entry.hooks:
            words = command([(word,) for word in hook.command], known={})
            for result in hook.on:
                found.setdefault(result, Hook(command=words, timeout=hook.timeout, stdin=hook.stdin))
    return dict(sorted(found.items()))


def _routes(plan: Plan) -> list[Route]:
    """Return the different routes, sorted by name. Escalations make no difference, because Core has none."""
    routes = {_named(route, ""): route for entry in plan.entries if (route := route_of(plan, entry))}
    return [routes[name] for name in sorted(routes)]


def _named(route: Route, handler: str) -> str:
    parts = (route.level, route.during, *(f"outside.{hours}" for hours in route.quiet), handler)
    return ".".join(part for part in parts if part)


def _closed(hours: Hours) -> list[tuple[int, int]]:
    """Return the spans of the week that are not in these hours."""
    spans, last = [], 0
    for begin, end in (*minutes(hours), (7 * _DAY, 7 * _DAY)):
        if begin > last:
            spans.append((last, begin))
        last = max(last, end)
    return spans


def _times(spans: list[tuple[int, int]]) -> Iterator[tuple[str, str, str]]:
    """Yield (day, begin, end) of each span, day by day. For Core the end is part of the span."""
    for begin, end in spans:
        while begin < end:
            day = begin // _DAY
            until = min(end, (day + 1) * _DAY)
            yield _DAYS[day], f"{_clock(begin)}:00", f"{_clock(until - 1)}:59"
            begin = until


def _clock(minute: int) -> str:
    return f"{minute % _DAY // 60:02}:{minute % 60:02}"
