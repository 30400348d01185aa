"""Events for the API of a Sensu agent, from results of checks that the agent did not run itself.

An event has the fields that the agent's own event of the same check would have.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from checkwright.registry.plan import Entry, Plan
from sensu.names import check_name
from sensu.quote import Unquotable
from sensu.render import GRACE, annotations_of, check_config, labels_of, ttl_of
from sensu.resources import Invalid
from sensu.routing import handlers_of, metric_tags, pipelines_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Result of one run of an entry on a host.

    executed: seconds since 1970. seconds: duration of the run. values: label and number of each metric.
    lasting: True if the next result comes after the entry's interval, so that Sensu can report a missing one.
    """

    host: str
    status: int
    output: str
    executed: int
    seconds: float
    values: tuple[tuple[str, float], ...] = ()
    lasting: bool = True


class Events:
    """Events of one plan. Fields that all results of an entry share are computed once."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._checks: dict[tuple[str, str], dict[str, Any]] = {}

    def event(self, entry: Entry, found: Measured) -> dict[str, Any]:
        """Return the event as JSON values.

        It names the host: an agent with this name uses its own entity, any other agent makes a proxy entity. An agent
        ignores the pipelines and the output of a posted check, so the event has pipelines and metrics itself.
        """
        check = self._check(entry) | {
            "status": found.status,
            "output": found.output,
            "executed": found.executed,
            "issued": found.executed,
            "duration": found.seconds,
        }
        if found.lasting:
            check["ttl"] = ttl_of(self.plan, entry)
        else:
            check.pop("ttl", None)
        made: dict[str, Any] = {
            "timestamp": found.executed,
            "entity": {"entity_class": "proxy", "metadata": {"name": found.host}},
            "check": check,
            "pipelines": [reference.plain() for reference in pipelines_of(self.plan, entry)],
        }
        handlers = list(self.plan.routes.metrics) if self.plan.routes else []
        if found.values or handlers:
            tags = [tag.plain() for tag in metric_tags(self.plan, entry)]
            made["metrics"] = {
                "handlers": handlers,
                "points": [
                    {"name": name, "value": value, "timestamp": found.executed, "tags": tags}
                    for name, value in found.values
                ],
            }
        return made

    def _check(self, entry: Entry) -> dict[str, Any]:
        key = (entry.id, entry.variant)
        if key not in self._checks:
            self._checks[key] = _check(self.plan, entry)
        return self._checks[key]


def _check(plan: Plan, entry: Entry) -> dict[str, Any]:
    """Return the fields of an entry's check without those of a result."""
    team = next((team for team in plan.teams if team.name == entry.owner), None)
    metadata = {
        "name": check_name(entry),
        "labels": labels_of(plan, entry),
        "annotations": annotations_of(plan, entry, team),
    }
    try:
        spec = check_config(plan, entry).spec()
    except (Invalid, Unquotable):  # a plan that Sensu cannot run may still have its results there
        spec = {
            "handlers": list(handlers_of(plan, entry)),
            "interval": entry.interval,
            "timeout": entry.deadline + GRACE,
        }
    spec.pop("secrets", None)  # Sensu leaves these out of events too
    return {"metadata": metadata, **spec}
