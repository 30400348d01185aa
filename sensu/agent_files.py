"""Parts of agent.yml for each machine: its identity, its subscriptions and labels, and its keepalives.

They are parts: backend address, user and TLS belong to the person who installs the agents.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checkwright.registry.catalogue_links import host_annotation
from checkwright.registry.plan import Plan, SensuAgents
from sensu.dump import to_yaml
from sensu.host_routing import HostRouting, Recipients
from sensu.names import CENTRAL, agent_hosts, entity_labels, serving


def agent_files(plan: Plan, *, allow_list: str = "") -> dict[str, str]:
    """Return {path: text}: `hosts/HOST.agent.yml` for each machine with an agent, and a file for other machines.

    `central.agent.yml` is for machines outside the plan that run central checks, and `pool.NAME.agent.yml` for those
    of a pool. `allow_list` is the path of the allow list on the machines. The texts have no `---`, so that they can
    follow other settings in one file.
    """
    files = {}
    further = {"allow-list": allow_list} if allow_list else {}
    where = f"{plan.project}, {plan.environment}"
    with_agent = agent_hosts(plan)
    serves = serving(plan)
    routing = HostRouting(plan)
    autoscaled = plan.sensu_agents.autoscaled if plan.sensu_agents else ()
    for host in plan.hosts:
        if host.name in with_agent:
            part = {
                "name": host.name,
                "namespace": plan.environment,
                "subscriptions": subscriptions(plan, host.name, host.roles, serves),
                "labels": entity_labels(plan, host),
                **({"annotations": page} if (page := host_annotation(plan, host.name)) else {}),
                # Without it an agent's file is read only until its entity exists.
                "agent-managed-entity": True,
                **({"deregister": True} if host.name in autoscaled else {}),
                **_keepalives(plan, routing, routing.of_host(host.name), page),
                **further,
            }
            comment = f"Part of agent.yml on {host.name} ({where})."
            files[f"hosts/{host.name}.agent.yml"] = to_yaml(part, comment, start="")
    for name in serves:
        part = {
            "namespace": plan.environment,
            "subscriptions": [name],
            "agent-managed-entity": True,
            **_keepalives(plan, routing, routing.of_runner(name), {}),
            **further,
        }
        machines = "machines that only run central checks" if name == CENTRAL else f"machines that only serve {name}"
        files[f"{name}.agent.yml"] = to_yaml(part, f"Part of agent.yml on {machines} ({where}).", start="")
    return dict(sorted(files.items()))


def subscriptions(plan: Plan, host: str, roles: tuple[str, ...], serves: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the subscriptions of a machine: its roles, and `central` or pools that it serves."""
    return sorted({*roles, *(name for name, hosts in serves.items() if host in hosts)})


def _keepalives(plan: Plan, routing: HostRouting, recipients: Recipients, page: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings of a machine's keepalives. Their events carry the labels and annotations.

    page: the annotation with the machine's page in the catalogue.
    """
    agents = plan.sensu_agents or SensuAgents()
    settings: dict[str, Any] = {
        "keepalive-interval": agents.keepalive,
        "keepalive-warning-timeout": agents.warning,
        "keepalive-critical-timeout": agents.critical,
        "keepalive-check-labels": routing.labels(recipients),
        "keepalive-check-annotations": {**routing.annotations(recipients), **page},
    }
    if pipelines := [f"core/v2.Pipeline.{route.name}" for route in routing.routes(recipients)]:
        settings["keepalive-pipelines"] = pipelines
    elif handlers := routing.handler_names(recipients) if plan.routes is None else ():
        settings["keepalive-handlers"] = list(handlers)
    return settings
