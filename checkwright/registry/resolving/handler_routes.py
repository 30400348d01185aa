"""Sensu's handlers, routes, hooks and agents of a registry, as a plan holds them."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

from checkwright.registry import plan
from checkwright.registry.model import Environment, Role
from checkwright.registry.registry import Registry


def hooks(registry: Registry, role: Role) -> tuple[plan.Hook, ...]:
    """Return the hooks of a role, sorted by name."""
    return tuple(
        plan.Hook(
            name=hook.name,
            command=hook.command,
            on=hook.on,
            timeout=hook.timeout,
            stdin=hook.stdin,
            origin=registry.relative(hook.origin),
        )
        for hook in sorted(role.hooks, key=lambda hook: hook.name)
    )


def hooks_after(role: Role, watch: str) -> tuple[str, ...]:
    """Return the names of the role's hooks that run after the watch of this name."""
    return tuple(sorted(hook.name for hook in role.hooks if hook.runs_after(watch)))


def routes(registry: Registry, environment: Environment) -> plan.Routes | None:
    """Return the handlers of each level in an environment's Sensu, None if it declares no routes."""
    declared = environment.sensu
    if declared is None:
        return None
    levels = {
        "page": declared.page,
        "office_hours": declared.office_hours,
        "ticket": declared.ticket,
        "metrics": declared.metrics,
    }
    return plan.Routes(
        **{
            level: tuple(one if isinstance(one, str) else one.name for one in handlers)
            for level, handlers in levels.items()
        },
        handlers=tuple(
            plan.Handler(
                name=handler.name,
                command=handler.command,
                assets=handler.assets,
                env=handler.env,
                secrets=handler.secrets,
                filters=handler.filters,
                timeout=handler.timeout,
                origin=registry.relative(handler.origin),
            )
            for handler in sorted(declared.handlers(), key=lambda handler: handler.name)
        ),
        repeat=declared.repeat,
        time_zone=declared.time_zone,
        flapping=declared.flapping,
        origin=registry.relative(declared.origin),
    )


def sensu_agents(registry: Registry, environment: Environment, hosts: Iterable[str]) -> plan.SensuAgents | None:
    """Return the settings of an environment's Sensu agents, None if it declares none.

    Patterns of autoscaled machines become the names of those of `hosts` that match.
    """
    declared = environment.sensu_agents
    if declared is None:
        return None
    return plan.SensuAgents(
        central=tuple(sorted(set(declared.central))),
        autoscaled=tuple(
            sorted(host for host in hosts if any(fnmatchcase(host, pattern) for pattern in declared.autoscaled))
        ),
        keepalive=declared.keepalive,
        warning=declared.warning,
        critical=declared.critical,
        origin=registry.relative(declared.origin),
    )
