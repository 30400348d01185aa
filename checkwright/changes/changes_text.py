"""Changes of a fleet as text for a terminal. Names and reasons are data: the caller escapes control characters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from checkwright.changes.changes_model import (
    RINGING,
    EnvironmentChanges,
    FleetChanges,
    NotifiedChange,
    RecordChange,
    Route,
    ValueChange,
    WatchChange,
)
from checkwright.changes.notification_routes import in_order
from checkwright.changes.shared_changes import SharedChange, split_shared

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_SHOWN_HOSTS = 3
NOTIFIED_COLUMNS = ("environment", "team", "by", "when", "night", "more", "fewer", "stricter", "looser")

#: A value that changes in the same way in several environments, and the change by environment.
Folded = tuple[ValueChange, dict[str, ValueChange]]


def folded(changes: FleetChanges) -> dict[str, list[Folded]]:
    """Return the changed values by watch, equal ones of several environments once."""
    found: dict[tuple[object, ...], Folded] = {}
    for environment in changes.environments:
        for one in environment.values:
            key = (one.id, one.kind, one.name, one.old, one.new, one.why, one.past, one.origin)
            by_environment = found.setdefault(key, (one, {}))[1]
            known = by_environment.get(environment.environment)
            # Hosts of one watch may notify differently.
            by_environment[environment.environment] = _together(known, one) if known else one
    by_watch: dict[str, list[Folded]] = {}
    for pair in found.values():
        by_watch.setdefault(pair[0].id, []).append(pair)
    return dict(sorted(by_watch.items()))


def recipients(values: Iterable[Folded]) -> str:
    """Return the recipients of a watch's alerts: `payments by pager at any time in production, nobody in qa`."""
    routes: dict[str, set[Route]] = {}
    for _, by_environment in values:
        for environment, one in by_environment.items():
            routes.setdefault(environment, set()).update(one.notifies)
    environments: dict[tuple[Route, ...], list[str]] = {}
    for environment, found in routes.items():
        environments.setdefault(in_order(found), []).append(environment)
    loudest = sorted(environments.items(), key=lambda pair: not pair[0])
    return "; ".join(f"{' and '.join(map(str, found)) or 'nobody'} in {', '.join(names)}" for found, names in loudest)


def _together(one: ValueChange, other: ValueChange) -> ValueChange:
    hosts = tuple(sorted({*one.hosts, *other.hosts}))
    return replace(one, hosts=hosts, notifies=in_order({*one.notifies, *other.notifies}))


def notified(changes: FleetChanges) -> list[tuple[str, NotifiedChange]]:
    """Return the changed routes of all environments, pagers that ring at night first."""
    rows = [(one.environment, row) for one in changes.environments for row in one.notified]
    return sorted(rows, key=lambda pair: (not pair[1].route.night, pair[1].route.way not in RINGING))


def notified_row(environment: str, one: NotifiedChange) -> tuple[str, ...]:
    """Return a row of NOTIFIED_COLUMNS."""
    route = one.route
    numbers = (f"+{one.more}", f"-{one.fewer}", str(one.stricter), str(one.looser))
    night = "yes" if route.night else "no"
    return (
        environment,
        route.recipient,
        route.way,
        route.times,
        night,
        *("" if n in ("+0", "-0", "0") else n for n in numbers),
    )


def value_lines(changes: FleetChanges) -> Iterator[str]:
    """Yield for each watch with changed values its name, a line for each value, and its recipients.

    Changes that one override makes to many watches come first, a line for each.
    """
    shared, others = split_shared(changes)
    for one in shared:
        values = ", ".join(f"{old} -> {new} ({number})" for old, new, number in one.values)
        effects = f" ({', '.join(one.effects)})" if one.effects else ""
        yield f"{one.name} of {one.watches} watches in {one.environment}: {values}{effects}{reason(one)}"
    for id, of_watch in folded(others).items():
        yield f"{id}, owned by {of_watch[0][0].owner}"
        for value, by_environment in of_watch:
            yield f"  {value_text(value)} {places(by_environment)}{reason(value)} ({value.origin})"
        yield f"  alerts go to {recipients(of_watch)}"


def value_text(one: ValueChange) -> str:
    """Return `space warning 75 -> 60 (stricter)`."""
    return f"{one.name} {one.old} -> {one.new}{f' ({one.effect})' if one.effect else ''}"


def reason(one: ValueChange | SharedChange) -> str:
    """Return `: WHY`, and the reason of an override that is gone."""
    past = f"; gone: {one.past}" if one.past else ""
    return f"{f': {one.why}' if one.why else ''}{past}"


def places(by_environment: Mapping[str, ValueChange]) -> str:
    """Return `in production on pay-1, pay-2, in qa on pay-qa`."""
    return ", ".join(f"in {environment} on {some(one.hosts)}" for environment, one in by_environment.items())


def some(names: Sequence[str], shown: int = _SHOWN_HOSTS) -> str:
    """Return `web-1, web-2, web-3 and 5 more`."""
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more


def environment_lines(one: EnvironmentChanges) -> Iterator[str]:
    """Yield the lines about watches and other parts of one environment, nothing if there are none."""
    if one.what != "changed":
        yield f"{_SIGNS[one.what]} environment {one.environment}"
    gained, lost = (sum(len(watch.hosts) for watch in watches) for watches in (one.gained, one.lost))
    if gained or lost:
        yield f"{one.environment}: {gained} watch{_es(gained)} gained, {lost} lost"
        yield from _watch_lines("+", one.gained)
        yield from _watch_lines("-", one.lost)
    if one.records:
        yield f"{one.environment}: other parts"
        yield from map(record_line, one.records)


def _watch_lines(sign: str, watches: Iterable[WatchChange]) -> Iterator[str]:
    for one in watches:
        routes = "; ".join(map(str, one.notifies)) or "notifies nobody"
        yield f"  {sign} {one.id} on {some(one.hosts)}: {routes} ({one.origin})"


def record_line(one: RecordChange) -> str:
    """Return `  ~ pool aws: workers a -> a, b`."""
    values = ", ".join(f"{field} {old or 'none'} -> {new or 'none'}" for field, old, new in one.values)
    name = f" {one.name}" if one.name else f" of {some(one.hosts)}" if one.hosts else ""
    return f"  {_SIGNS[one.what]} {one.kind}{name}{f': {values}' if values else ''}"


def _es(number: int) -> str:
    return "" if number == 1 else "es"
