"""Host checks: pings of the machines without an agent, which send no keepalives.

Central agents run them with the command that Nagios uses for its hosts. Machines with the same roles and recipients
share a check, and a label on their entities selects them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checkwright.registry.plan import Host, Placeholder, Plan
from sensu import tokens
from sensu.conditions import ATTEMPTS
from sensu.handlers import to
from sensu.host_routing import HostRouting, Recipients
from sensu.names import CENTRAL, POOL, agent_hosts, runners
from sensu.quote import RESERVED_LABELS, Quoted, argv
from sensu.resources import CheckConfig, ProxyRequests

#: Label of a proxy entity with the name of its host check.
HOST_CHECK_LABEL = f"{RESERVED_LABELS}host_check"
#: Seconds between two pings, and the number of lost ones after which a machine counts as down.
INTERVAL, ATTEMPTS_UNTIL_DOWN = 60, 3

_TIMEOUT = 12
#: Substitutions of tokens in a proxy request.
_PASSES = 2
_PING_LIMITS = ("-w", "5000,100%", "-c", "5000,100%", "-p", "1")


@dataclass(frozen=True, slots=True)
class HostCheck:
    """Ping of some machines: its name, the subscription of the agents that run it, and the recipients."""

    name: str
    subscription: str
    recipients: Recipients
    hosts: tuple[str, ...]


def host_checks(plan: Plan, routing: HostRouting) -> tuple[HostCheck, ...]:
    """Return the host checks of a plan, sorted by name. Machines that notify nobody have none."""
    with_agent = agent_hosts(plan)
    subscriptions: dict[str, set[str]] = {}
    for entry in plan.entries:
        for name in entry.hosts if entry.where == "central" else ():
            subscriptions.setdefault(name, set()).add(runners(entry))
    groups: dict[tuple[str, Recipients], list[str]] = {}
    for host in plan.hosts:
        if not host.address or host.name in with_agent or host.name not in subscriptions:
            continue
        recipients = routing.of_host(host.name)
        if recipients.teams:
            key = (_subscription(host, subscriptions[host.name]), recipients)
            groups.setdefault(key, []).append(host.name)
    found: list[HostCheck] = []
    by_roles: dict[tuple[str, ...], int] = {}
    for (subscription, recipients), hosts in sorted(groups.items(), key=lambda one: (-len(one[1]), sorted(one[1]))):
        number = by_roles[recipients.roles] = by_roles.get(recipients.roles, 0) + 1
        name = ".".join(("host-up", *recipients.roles, *([str(number)] if number > 1 else [])))
        found.append(HostCheck(name, subscription, recipients, tuple(sorted(hosts))))
    return tuple(sorted(found, key=lambda check: check.name))


def rendered(plan: Plan, routing: HostRouting, check: HostCheck) -> CheckConfig:
    """Return the resource of a host check."""
    command = host_check_command(plan)
    return CheckConfig(
        name=check.name,
        namespace=plan.environment,
        labels=_literal(routing.labels(check.recipients)),
        annotations=_literal({ATTEMPTS: str(ATTEMPTS_UNTIL_DOWN)} | routing.annotations(check.recipients)),
        command=command.command,
        env_vars=command.env_vars,
        interval=INTERVAL,
        timeout=_TIMEOUT,
        subscriptions=(check.subscription,),
        round_robin=True,
        proxy_requests=ProxyRequests(
            entity_attributes=(f"(entity.labels || {{}}).{HOST_CHECK_LABEL} === '{check.name}'",)
        ),
        handlers=() if plan.routes else routing.handler_names(check.recipients),
        pipelines=tuple(to("Pipeline", route.name) for route in routing.routes(check.recipients)),
    )


def host_check_command(plan: Plan) -> Quoted:
    """Return the command of all host checks of a plan."""
    words = ((f"{plan.site.plugins}/check_ping",), ("-H",), (Placeholder("address"),))
    return argv((*words, *((word,) for word in _PING_LIMITS)), known={}, passes=_PASSES)


def host_check_labels(checks: tuple[HostCheck, ...]) -> Mapping[str, dict[str, str]]:
    """Return {host: labels} of the entities that host checks select."""
    return {host: {HOST_CHECK_LABEL: check.name} for check in checks for host in check.hosts}


def _literal(values: Mapping[str, str]) -> dict[str, str]:
    return {key: tokens.literal(value, _PASSES) for key, value in sorted(values.items())}


def _subscription(host: Host, subscriptions: set[str]) -> str:
    """Return the agents that ping a machine: those of its pool, or of one of its checks."""
    own = f"{POOL}{host.pool}" if host.pool else CENTRAL
    return own if own in subscriptions else min(subscriptions)
