"""Comparison of agents' entities in a dump of sensuctl with the machines of a plan."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.plan import Plan
from sensu.agent_files import subscriptions
from sensu.compare import (
    MANAGED_BY,
    Comparison,
    Fields,
    deletion,
    display,
    documents,
    is_agent,
    key_of,
    labels_of,
    part_of,
)
from sensu.names import CENTRAL, POOL, PROJECT_LABEL, agent_hosts, entity_labels, serving

_OF_AGENT = "sensu-agent"


def compare_agents(plan: Plan, text: str) -> Comparison:
    """Return the differences of the agents' entities in a dump: labels, subscriptions, and machines that are gone.

    A machine without an entity is no difference, because its agent may not be installed yet. Agents without the
    project's label are not of the plan, such as those that only run central checks. Raises
    `sensuctl_files.Unreadable`.
    """
    lines: list[str] = []
    gone: list[str] = []
    for document in documents(text):
        kind, namespace, name = key_of(document)
        if kind != "Entity" or namespace != plan.environment or not is_agent(document):
            continue
        if labels_of(document).get(PROJECT_LABEL) != plan.project:
            continue
        if is_gone(plan, name):
            lines.append(f"- Entity {namespace}/{name}: the machine is not in the registry")
            gone.append(name)
        elif name in agent_hosts(plan):
            lines.extend(f"~ Entity {namespace}/{name}: {change}" for change in _changes(plan, name, document))
    return Comparison(tuple(sorted(lines)), tuple(deletion("Entity", plan.environment, name) for name in sorted(gone)))


def is_gone(plan: Plan, name: str) -> bool:
    """Return True if no machine of a plan has this name, and no central or pool agent."""
    known = {host.name for host in plan.hosts}
    known.update(plan.sensu_agents.central if plan.sensu_agents else ())
    known.update(worker for pool in plan.pools for worker in pool.workers)
    return name not in known


def _changes(plan: Plan, name: str, document: Fields) -> Iterator[str]:
    host = next(host for host in plan.hosts if host.name == name)
    old, new = labels_of(document), {**entity_labels(plan, host), MANAGED_BY: _OF_AGENT}
    for key in sorted(old.keys() | new.keys()):
        if old.get(key) != new.get(key):
            yield f"metadata.labels.{key}: {display(old.get(key))} -> {display(new.get(key))}"
    found = part_of(document, "spec").get("subscriptions")
    before = {str(one) for one in found} if isinstance(found, list) else set()
    after = {*subscriptions(plan, name, host.roles, serving(plan)), f"entity:{name}"}
    # The plan need not know which machines run central checks.
    after |= {one for one in before if one == CENTRAL or one.startswith(POOL)}
    if before != after:
        yield f"spec.subscriptions: {display(sorted(before))} -> {display(sorted(after))}"
