"""Host checks of an environment: the values that apply to each machine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from checkwright.registry import plan
from checkwright.registry.inventory import Machine
from checkwright.registry.model import Environment, HostCheck, Role, Team
from checkwright.registry.registry import Registry
from checkwright.registry.resolving.overrides import matching_hosts
from checkwright.registry.resolving.placeholders import word

_NAMES = {"every": "interval"}


def owners(environment: Environment, roles: Iterable[Role]) -> tuple[Team, ...]:
    """Return the teams that host checks notify."""
    stated = [*(role.host_check for role in roles if role.host_check), *environment.host_checks]
    return tuple(check.settings["owner"] for check in stated if "owner" in check.settings)


def host_checks(
    registry: Registry, environment: Environment, roles: Iterable[Role], machines: Iterable[Machine]
) -> tuple[tuple[plan.HostCheck, ...], dict[str, str]]:
    """Return the host checks that differ from the default, and the name of the one of each host that has one."""
    of_role = {role.name: role.host_check for role in roles if role.host_check}
    everything = tuple(machines)
    names = frozenset(machine.name for machine in everything)
    matches = [
        (check, frozenset().union(*(matching_hosts(pattern, names) for pattern in check.hosts)))
        for check in environment.host_checks
    ]
    known: dict[tuple[HostCheck, ...], plan.HostCheck] = {}
    found: dict[str, str] = {}
    for machine in everything:
        first = next((of_role[role] for role in sorted(set(machine.roles)) if role in of_role), None)
        applying = tuple(
            check
            for check, hosts in matches
            if (check.role is None or check.role.name in machine.roles) and (not check.hosts or machine.name in hosts)
        )
        stated = (*((first,) if first else ()), *applying)
        if stated:
            if stated not in known:
                known[stated] = _merged(stated, f"state-{len(known) + 1}", registry)
            found[machine.name] = known[stated].name
    return tuple(known.values()), found


def _merged(stated: tuple[HostCheck, ...], name: str, registry: Registry) -> plan.HostCheck:
    values: dict[str, Any] = {}
    for check in stated:
        values |= {_NAMES.get(key, key): value for key, value in check.settings.items()}
    runs = values.pop("runs", None)
    owner = values.pop("owner", None)
    made = plan.HostCheck(
        name=name,
        why=tuple(dict.fromkeys(check.why for check in stated if check.why)),
        origin=registry.relative(stated[-1].origin),
        **values,
    )
    return replace(made, **_runs(runs), owner=owner.name if owner else "")


def _runs(runs: tuple[str, ...] | None) -> Mapping[str, Any]:
    if runs is None:
        return {}
    if runs[0].startswith("/"):
        return {"runs": "plugin", "command": ((runs[0],), *map(word, runs[1:]))}
    return {"runs": runs[0], "port": int(runs[1]) if len(runs) > 1 else 0}
