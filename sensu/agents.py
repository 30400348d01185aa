"""What belongs into each machine's agent.yml, so that its agent runs what the plan says.

These are parts: backend address, user and TLS belong to whoever installs the agents.
"""

from __future__ import annotations

from checks.registry.plan import Plan
from sensu.dump import to_yaml
from sensu.names import CENTRAL, agent_hosts, entity_labels


def agent_files(plan: Plan, *, allow_list: str = "") -> dict[str, str]:
    """{path: text}: `hosts/HOST.agent.yml` for each machine with an agent, and `central.agent.yml`.

    The plan does not say which machines the central agents are; any with that part is one. `allow_list` is where the
    agents find theirs.
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
    if any(entry.where == "central" for entry in plan.entries):
        part = {"namespace": plan.environment, "subscriptions": [CENTRAL], **further}
        files["central.agent.yml"] = to_yaml(part, f"Part of agent.yml on the machines that check centrally ({where}).")
    return dict(sorted(files.items()))
