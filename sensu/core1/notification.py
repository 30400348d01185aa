"""Whom Sensu Core tells: a handler for each way in which checks are told, with filters for its hours.

Core's filters belong to handlers, so each way has handlers of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.plan import Entry, Hours, Plan, Role
from sensu.conditions import minutes
from sensu.core1.definitions import Filter, Handler, Hook
from sensu.core1.quote import command
from sensu.names import HANDLERS
from sensu.routing import Way, way

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY = 24 * 60
#: Core's own filter, which reads occurrences and refresh of the check.
_OCCURRENCES = "occurrences"
#: What Core's filter would do without being told: half an hour.
_NEVER = 10 * 366 * 24 * 3_600


def handler_names(plan: Plan, entry: Entry) -> tuple[str, ...]:
    """Names of the handlers that tell of a check; none when nobody is told."""
    if plan.routes is None:
        return HANDLERS[entry.notify]
    found = way(plan, entry)
    declared = {handler.name for handler in plan.routes.handlers}
    return tuple(_named(found, name) if name in declared else name for name in found.handlers) if found else ()


def refresh(plan: Plan, entry: Entry) -> int:
    """Seconds after which a problem that stays is told again; 0 without routes, for what Core does."""
    if plan.routes is None:
        return 0
    return _NEVER if entry.notify == "ticket" else plan.routes.repeat or _NEVER


def handlers(plan: Plan) -> Iterator[Handler]:
    """The handlers that checks of the plan name and that the plan declares. Raises `Unquotable`."""
    if plan.routes is None:
        return
    declared = {handler.name: handler for handler in plan.routes.handlers}
    for found in _ways(plan):
        for name in found.handlers:
            if name in declared:
                one = declared[name]
                hours = (f"during.{found.during}",) if found.during else ()
                outside = (f"outside.{name}" for name in found.outside)
                yield Handler(
                    name=_named(found, name),
                    command=command([(word,) for word in one.command], env=one.env, known={}),
                    timeout=one.timeout,
                    filters=(_OCCURRENCES, *hours, *outside, *one.filters),
                )


def filters(plan: Plan) -> Iterator[Filter]:
    """The filters of those handlers, by name."""
    hours = {one.name: one for one in plan.hours}
    ways = _ways(plan) if plan.routes else []
    for name in sorted({found.during for found in ways if found.during}):
        yield Filter(name=f"during.{name}", times=tuple(_times(_closed(hours[name]))))
    for name in sorted({name for found in ways for name in found.outside}):
        yield Filter(name=f"outside.{name}", times=tuple(_times(minutes(hours[name]))))


def hooks(entry: Entry, role: Role | None) -> dict[str, Hook]:
    """Hooks by the result that they are for. Core runs one for each: the first by name. Raises `Unquotable`."""
    found: dict[str, Hook] = {}
    for hook in role.hooks if role else ():
        if hook.name in entry.hooks:
            words = command([(word,) for word in hook.command], known={})
            for result in hook.on:
                found.setdefault(result, Hook(command=words, timeout=hook.timeout, stdin=hook.stdin))
    return dict(sorted(found.items()))


def _ways(plan: Plan) -> list[Way]:
    """Each way once, by name; escalations are no matter here."""
    ways = {_named(found, ""): found for entry in plan.entries if (found := way(plan, entry))}
    return [ways[name] for name in sorted(ways)]


def _named(found: Way, handler: str) -> str:
    parts = (found.level, found.during, *(f"outside.{hours}" for hours in found.outside), handler)
    return ".".join(part for part in parts if part)


def _closed(hours: Hours) -> list[tuple[int, int]]:
    """The minutes of the week that are not in these hours."""
    spans, last = [], 0
    for begin, end in (*minutes(hours), (7 * _DAY, 7 * _DAY)):
        if begin > last:
            spans.append((last, begin))
        last = max(last, end)
    return spans


def _times(spans: list[tuple[int, int]]) -> Iterator[tuple[str, str, str]]:
    """Day by day. Core counts the end in, so each span ends a second before."""
    for begin, end in spans:
        while begin < end:
            day = begin // _DAY
            until = min(end, (day + 1) * _DAY)
            yield _DAYS[day], f"{_clock(begin)}:00", f"{_clock(until - 1)}:59"
            begin = until


def _clock(minute: int) -> str:
    return f"{minute % _DAY // 60:02}:{minute % 60:02}"
