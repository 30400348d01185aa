"""What belongs into each machine's agent.yml, so that its agent runs what the plan says.

These are parts: backend address, user and TLS belong to whoever installs the agents.
"""

from __future__ import annotations

from checks.registry.plan import Plan
from sensu.dump import to_yaml
from sensu.names import CENTRAL, agent_hosts, entity_labels, runners


def agent_files(plan: Plan, *, allow_list: str = "") -> dict[str, str]:
    """{path: text}: `hosts/HOST.agent.yml` for each machine with an agent, `central.agent.yml`, `pool.NAME.agent.yml`.

    The plan does not say which machines the central agents are; any with that part is one. So it is with a pool's.
    `allow_list` is where the agents find theirs.
    """
    files = {}
    further = {"allow-list": allow_list} if allow_list else {}
    where = f"{plan.project}, {plan.environment}"
    with_agent = agent_hosts(plan)
    for host in plan.hosts:
        if host.name in with_agent:
            part = {
                "name": host.name,
                "namespace": plan.environment,
                "subscriptions": sorted(host.roles),
                "labels": entity_labels(plan, host),
                **further,
            }
            files[f"hosts/{host.name}.agent.yml"] = to_yaml(part, f"Part of agent.yml on {host.name} ({where}).")
    for name in {runners(entry) for entry in plan.entries if entry.where == "central"}:
        part = {"namespace": plan.environment, "subscriptions": [name], **further}
        machines = "the machines that check centrally" if name == CENTRAL else f"the machines of {name}"
        files[f"{name}.agent.yml"] = to_yaml(part, f"Part of agent.yml on {machines} ({where}).")
    return dict(sorted(files.items()))
