"""Allow lists of agents: each agent runs the checks and hooks of the plan, and no other commands.

An agent compares commands after their tokens are substituted. Values are in variables, so a command is the same on
every machine, and the list contains each command whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from checkwright.registry.plan import Plan
from sensu.dump import to_yaml
from sensu.handlers import HookConfig
from sensu.host_checks import host_checks
from sensu.host_routing import HostRouting
from sensu.names import check_name, is_proxied, runners, serving
from sensu.resources import CheckConfig, Resource

#: Path of the list on the machines. The agent accepts only some file extensions.
PLACE = "/etc/sensu/checkwright-allow-list.yaml"

_LITERAL_BRACES = re.compile(r'\{\{ "(\{\{+)" \}\}')


def allow_lists(plan: Plan, resources: Iterable[Resource]) -> dict[str, str]:
    """Return {path: text}: `hosts/HOST.allow-list.yaml` for each machine with an agent.

    `central.allow-list.yaml` and `pool.NAME.allow-list.yaml` are for machines outside the plan.
    """
    serves = serving(plan)
    resources = tuple(resources)
    checks = {one.name: one for one in resources if isinstance(one, CheckConfig)}
    hooks = {one.name: one for one in resources if isinstance(one, HookConfig)}
    commands: dict[str, dict[str, bool]] = {}

    def allow(check: CheckConfig, passes: int, subscription: str, hosts: Iterable[str]) -> None:
        # Whether a command needs variables of its check. A hook has none.
        allowed = {_plain(hooks[name].command, 1): False for item in check.check_hooks for name in item.hooks}
        command = _plain(check.command, passes)
        allowed[command] = bool(check.env_vars) or allowed.get(command, False)
        names = [f"hosts/{host}" for host in (serves[subscription] if subscription else hosts)]
        for name in [subscription, *names] if subscription else names:
            known = commands.setdefault(name, {})
            for one, has_variables in allowed.items():
                known[one] = has_variables or known.get(one, False)

    for entry in plan.entries:
        subscription = runners(entry) if entry.where == "central" else ""
        allow(checks[check_name(entry)], 2 if is_proxied(entry) else 1, subscription, entry.hosts)
    for one in host_checks(plan, HostRouting(plan)):
        allow(checks[one.name], 2, one.subscription, ())
    where = f"{plan.project}, {plan.environment}"
    return {
        f"{name}.allow-list.yaml": to_yaml(
            [_item(command, commands[name][command]) for command in sorted(commands[name])],
            f"Commands that {name.removeprefix('hosts/')} may run ({where}).",
        )
        for name in sorted(commands)
    }


def _plain(command: str, passes: int) -> str:
    """Return the command after that many substitutions."""
    for _ in range(passes):
        command = _LITERAL_BRACES.sub(r"\1", command)
    return command


def _item(command: str, has_variables: bool) -> dict[str, Any]:
    """Return the item for a whole command. An agent would run `exec` with any part of `args`, or without them.

    Without `enable_env` the agent drops the variables of the check, so that nobody can set LD_PRELOAD for the command.
    """
    # An agent does not start with an item without args. An empty one changes nothing.
    return {"exec": command, "args": [""], "enable_env": has_variables}
