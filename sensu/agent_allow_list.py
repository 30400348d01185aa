"""Allow list of an agent: it permits the checks and hooks of the plan and nothing else.

An agent compares the command after its tokens are substituted. Values are in variables, so a command is the same
on every machine, and the list names each one whole.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import Any

from checkwright.registry.plan import Plan
from sensu.dump import to_yaml
from sensu.handlers import HookConfig
from sensu.names import check_name, further_runners, is_proxied, runners
from sensu.resources import CheckConfig, Resource

#: Path of the list in the agent's configuration; its reader needs this suffix.
PLACE = "/etc/sensu/checkwright-allow-list.yaml"

_LITERAL_BRACES = re.compile(r'\{\{ "(\{\{+)" \}\}')


def allow_lists(plan: Plan, resources: Iterable[Resource], *, central: Collection[str] = ()) -> dict[str, str]:
    """{path: text}: `hosts/HOST.allow-list.yaml` for each machine with an agent, `central` and `pool.NAME` likewise.

    `central` are the machines with an agent that also run what runs centrally.
    """
    besides = further_runners(plan, central)
    resources = tuple(resources)
    checks = {one.name: one for one in resources if isinstance(one, CheckConfig)}
    hooks = {one.name: one for one in resources if isinstance(one, HookConfig)}
    commands: dict[str, set[str]] = {}
    for entry in plan.entries:
        check = checks[check_name(entry)]
        wanted = {_plain(check.command, 2 if is_proxied(entry) else 1)}
        wanted |= {_plain(hooks[name].command, 1) for item in check.check_hooks for name in item.hooks}
        names = [f"hosts/{host}" for host in entry.hosts]
        if entry.where == "central":
            names = [runners(entry), *(f"hosts/{host}" for host in besides[runners(entry)])]
        for name in names:
            commands.setdefault(name, set()).update(wanted)
    where = f"{plan.project}, {plan.environment}"
    return {
        f"{name}.allow-list.yaml": to_yaml(
            [_item(command) for command in sorted(commands[name])],
            f"What {name.removeprefix('hosts/')} may run ({where}).",
        )
        for name in sorted(commands)
    }


def _plain(command: str, passes: int) -> str:
    """The command as it is after that many substitutions."""
    for _ in range(passes):
        command = _LITERAL_BRACES.sub(r"\1", command)
    return command


def _item(command: str) -> dict[str, Any]:
    """The command as a whole: an agent would run what stands in `exec` with any part of `args`, none included."""
    # An agent with an item without args does not start, and an empty one changes nothing.
    return {"exec": command, "args": [""], "enable_env": True}
