"""What a registry says of Sensu's handlers and hooks, as a plan holds it."""

from __future__ import annotations

from checkwright.registry import plan
from checkwright.registry.model import Environment, Role
from checkwright.registry.registry import Registry


def hooks(registry: Registry, role: Role) -> tuple[plan.Hook, ...]:
    """The hooks of a role."""
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


def after(role: Role, watch: str) -> tuple[str, ...]:
    """Names of the role's hooks that run after a watch of this name."""
    return tuple(sorted(hook.name for hook in role.hooks if hook.covers(watch)))


def routes(registry: Registry, environment: Environment) -> plan.Routes | None:
    """Whom an environment's Sensu tells, None when it does not say."""
    said = environment.sensu
    if said is None:
        return None
    levels = {"page": said.page, "office_hours": said.office_hours, "ticket": said.ticket, "metrics": said.metrics}
    return plan.Routes(
        **{level: tuple(one if isinstance(one, str) else one.name for one in told) for level, told in levels.items()},
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
            for handler in sorted(said.handlers(), key=lambda handler: handler.name)
        ),
        repeat=said.repeat,
        time_zone=said.time_zone,
        flapping=said.flapping,
        origin=registry.relative(said.origin),
    )
