"""A result that somebody else ran, as the event that a Sensu agent's API takes: the check as `render` would have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checkwright.registry.plan import Entry, Plan
from sensu.names import HANDLERS, check_name
from sensu.render import GRACE, annotations_of, labels_of, ttl_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Result of one run of an entry on a host.

    executed: seconds since 1970. seconds: how long it took. values: label and number of each metric.
    lasting: the next result comes after the entry's interval, so that Sensu may notice when it does not.
    """

    host: str
    status: int
    output: str
    executed: int
    seconds: float
    values: tuple[tuple[str, float], ...] = ()
    lasting: bool = True


def event(plan: Plan, entry: Entry, found: Measured) -> dict[str, Any]:
    """The event, of values that JSON knows.

    It names the host: an agent of that name takes it as its own, any other as a proxy entity's. An agent extracts no
    metrics from what its API is given, so they are in the event.
    """
    team = next((team for team in plan.teams if team.name == entry.owner), None)
    timeout = entry.deadline + GRACE
    check: dict[str, Any] = {
        "metadata": {
            "name": check_name(entry),
            "labels": labels_of(plan, entry),
            "annotations": annotations_of(entry, team),
        },
        "status": found.status,
        "output": found.output,
        "executed": found.executed,
        "issued": found.executed,
        "duration": found.seconds,
        "interval": entry.interval,
        "timeout": timeout,
        "handlers": list(HANDLERS[entry.notify]),
    }
    if found.lasting:
        check["ttl"] = ttl_of(plan, entry)
    made: dict[str, Any] = {
        "timestamp": found.executed,
        "entity": {"entity_class": "proxy", "metadata": {"name": found.host}},
        "check": check,
    }
    if found.values:
        points = [{"name": name, "value": value, "timestamp": found.executed} for name, value in found.values]
        made["metrics"] = {"points": points}
    return made
