"""Stale events in a Sensu: results of checks that are deleted, or that a machine no longer has.

Sensu keeps the event of a deleted check, and with a ttl it becomes a warning that repeats forever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checkwright.registry.plan import Plan
from sensu import sensuctl_files
from sensu.agent_entities import is_gone
from sensu.compare import Command, Comparison, deletion, part_of
from sensu.host_checks import host_checks
from sensu.host_routing import HostRouting
from sensu.names import PROJECT_LABEL, check_name

Event = Mapping[str, Any]


def expected_events(plan: Plan) -> frozenset[tuple[str, str]]:
    """Return (entity, check) of each event that the checks of a plan make."""
    found = {(host, check_name(entry)) for entry in plan.entries for host in entry.hosts}
    found |= {(host, check.name) for check in host_checks(plan, HostRouting(plan)) for host in check.hosts}
    return frozenset(found)


def compare_events(plan: Plan, text: str) -> Comparison:
    """Return the stale events in the output of `sensuctl event list` or a dump of core/v2.Event, and their deletion.

    Only events of the plan's namespace whose check or entity has the project's label count. For a machine that is
    gone its entity is deleted, with all of its events. Raises `sensuctl_files.Unreadable`.
    """
    expected = expected_events(plan)
    lines: set[str] = set()
    commands: set[Command] = set()
    for event in _events(text):
        entity, check = part_of(event, "entity"), part_of(event, "check")
        host, name = _name(entity), _name(check)
        if part_of(entity, "metadata").get("namespace") != plan.environment or not host or not name:
            continue
        title = f"- Event {plan.environment}/{host}/{name}"
        if _is_of(plan, entity) and is_gone(plan, host):
            lines.add(f"{title}: the machine is not in the registry")
            commands.add(deletion("Entity", plan.environment, host))
        elif _is_of(plan, check) and (host, name) not in expected:
            lines.add(f"{title}: {host} does not have this check")
            commands.add(_deletion(plan.environment, host, name))
    return Comparison(tuple(sorted(lines)), tuple(sorted(commands)))


def _events(text: str) -> Iterator[Event]:
    for document in sensuctl_files.read(text, lenient=True):
        if isinstance(document, sensuctl_files.Unreadable):
            raise document
        for one in document.data if isinstance(document.data, list) else [document.data]:
            if isinstance(one, dict):
                spec = one.get("spec")
                yield spec if one.get("type") == "Event" and isinstance(spec, dict) else one


def _name(part: Event) -> str:
    return str(part_of(part, "metadata").get("name") or "")


def _is_of(plan: Plan, part: Event) -> bool:
    return part_of(part_of(part, "metadata"), "labels").get(PROJECT_LABEL) == plan.project


def _deletion(namespace: str, entity: str, check: str) -> Command:
    return ("sensuctl", "event", "delete", "--namespace", namespace, "--skip-confirm", "--", entity, check)
