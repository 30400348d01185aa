"""Parts of agent.yml for each machine, so that its agent runs the checks of the plan.

These are parts: backend address, user and TLS belong to the person who installs the agents.
"""

from __future__ import annotations

from collections.abc import Collection

from checkwright.registry.plan import Plan
from sensu.dump import to_yaml
from sensu.names import CENTRAL, agent_hosts, entity_labels, further_runners


def agent_files(plan: Plan, *, allow_list: str = "", central: Collection[str] = ()) -> dict[str, str]:
    """{path: text}: `hosts/HOST.agent.yml` for each machine with an agent, `central.agent.yml`, `pool.NAME.agent.yml`.

    `central` are those of these machines that also run what runs centrally; the plan does not say which they are, and
    any other with the part `central.agent.yml` is one too. So it is with workers of a pool that are no hosts of the
    plan. `allow_list` is the path of the agents' allow list. The texts have no `---`, so that they can follow settings
    of others in one file.
    """
    files = {}
    further = {"allow-list": allow_list} if allow_list else {}
    where = f"{plan.project}, {plan.environment}"
    with_agent = agent_hosts(plan)
    besides = further_runners(plan, central)
    for host in plan.hosts:
        if host.name in with_agent:
            part = {
                "name": host.name,
                "namespace": plan.environment,
                "subscriptions": sorted({*host.roles, *(name for name in besides if host.name in besides[name])}),
                "labels": entity_labels(plan, host),
                **further,
            }
            comment = f"Part of agent.yml on {host.name} ({where})."
            files[f"hosts/{host.name}.agent.yml"] = to_yaml(part, comment, start="")
    for name in besides:
        part = {"namespace": plan.environment, "subscriptions": [name], **further}
        machines = "machines that only check centrally" if name == CENTRAL else f"machines that only serve {name}"
        files[f"{name}.agent.yml"] = to_yaml(part, f"Part of agent.yml on {machines} ({where}).", start="")
    return dict(sorted(files.items()))
