"""Rendering of a plan as definitions for Sensu Core 1.x: checks for the server or for each client, and clients.

Equal plans give equal definitions in the same order. Sensu Core has no namespaces, so each environment needs a server
of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from checkwright.registry.findings import Finding, FindingsError
from checkwright.registry.plan import Entry, Host, Plan, Role, Team, as_account, without_business_services
from sensu.core1 import notification, plan_rules
from sensu.core1.definitions import Check, Client, Filter, Handler, Invalid
from sensu.core1.plan_rules import RefusedCoreDefinition, UnquotableCoreCommand
from sensu.core1.quote import command, label_key
from sensu.names import agent_hosts, check_name, is_proxied, runners
from sensu.quote import Unquotable
from sensu.render import GRACE, MISSED_ROUNDS, covers_all

#: Prefix of the subscriptions whose clients run checks in turns.
TURNS = "roundrobin:"


@dataclass(frozen=True, slots=True)
class Definitions:
    """Definitions of an environment.

    `checks`, `handlers` and `filters` belong to the server, `standalone` (by host) to the client's machine.
    `clients` run an agent. `proxies` have none and are created through the API.
    """

    checks: tuple[Check, ...]
    standalone: dict[str, tuple[Check, ...]]
    clients: tuple[Client, ...]
    proxies: tuple[Client, ...]
    handlers: tuple[Handler, ...] = ()
    filters: tuple[Filter, ...] = ()


def check(plan: Plan) -> tuple[Finding, ...]:
    """Return what Sensu Core cannot express of a plan. `render` accepts a plan without findings."""
    return _build(plan)[1]


def render(plan: Plan, *, standalone: bool = False) -> Definitions:
    """Return the plan's definitions. Raises `FindingsError` with the findings of `check`.

    With `standalone` the machines schedule their own checks, and the server only the central ones.
    """
    made, findings = _build(plan)
    if findings:
        raise FindingsError(findings)
    clients, proxies = _clients(plan)
    server = (tuple(notification.handlers(plan)), tuple(notification.filters(plan)))
    if not standalone:
        return Definitions(tuple(one for _, one in made), {}, clients, proxies, *server)
    own: dict[str, list[Check]] = {}
    central = []
    for entry, one in made:
        if entry.where == "central":
            central.append(one)
            continue
        for host in entry.hosts:
            own.setdefault(host, []).append(replace(one, subscribers=(), standalone=True))
    return Definitions(tuple(central), {host: tuple(own[host]) for host in sorted(own)}, clients, proxies, *server)


def _build(plan: Plan) -> tuple[list[tuple[Entry, Check]], tuple[Finding, ...]]:
    plan = without_business_services(plan)
    if findings := tuple(plan_rules.findings(plan)):
        return [], findings
    made: list[tuple[Entry, Check]] = []
    refused: list[Finding] = []
    teams = {team.name: team for team in plan.teams}
    roles = {role.name: role for role in plan.roles}
    try:
        tuple(notification.handlers(plan))
        tuple(notification.filters(plan))
    except (Unquotable, Invalid) as error:
        # plan_rules finds those of a single handler, with its origin.
        refused.append(RefusedCoreDefinition.finding(plan.routes.origin if plan.routes else None, str(error)))
    for entry in sorted(plan.entries, key=check_name):
        try:
            made.append((entry, _check(plan, entry, roles.get(entry.role), teams.get(entry.owner))))
        except Unquotable as error:
            refused.append(UnquotableCoreCommand.finding(entry.origin, f"{entry.id}: {error}"))
        except Invalid as error:
            refused.append(RefusedCoreDefinition.finding(entry.origin, str(error)))
    return made, tuple(refused)


def _check(plan: Plan, entry: Entry, role: Role | None, team: Team | None) -> Check:
    role_hosts = role.hosts if role else ()
    low, high = plan.routes.flapping if plan.routes else (0, 0)
    timeout = entry.deadline + GRACE
    words, env = as_account(entry)
    return Check(
        name=check_name(entry),
        command=command(words, env=env, known={"environment": plan.environment, "role": entry.role}),
        interval=entry.interval,
        timeout=timeout,
        subscribers=_subscribers(entry, role_hosts),
        source=entry.hosts[0] if entry.per == "role" else "",
        proxied=_attributes(entry, role_hosts) if is_proxied(entry) else {},
        ttl=MISSED_ROUNDS * entry.interval + timeout if entry.where == "host" else 0,
        occurrences=entry.attempts,
        handlers=notification.handler_names(plan, entry) or None,
        refresh=notification.refresh(plan, entry) if entry.notify != "nobody" else 0,
        low_flap_threshold=low,
        high_flap_threshold=high,
        hooks=notification.hooks(entry, role),
        custom=_custom(plan, entry, team),
    )


def _subscribers(entry: Entry, role_hosts: tuple[str, ...]) -> tuple[str, ...]:
    if entry.where == "central":
        return (f"{TURNS}{runners(entry)}",)
    if covers_all(entry, role_hosts):
        return (entry.role,)
    return tuple(f"client:{host}" for host in sorted(entry.hosts))


def _attributes(entry: Entry, role_hosts: tuple[str, ...]) -> dict[str, str]:
    """Return Ruby that selects the clients of an entry. S201 guarantees that the names are safe."""
    if covers_all(entry, role_hosts):
        return {"subscriptions": f"eval: value.include?('{entry.role}')"}
    names = ", ".join(f"'{host}'" for host in sorted(entry.hosts))
    return {"name": f"eval: [{names}].include?(value)"}


def _custom(plan: Plan, entry: Entry, team: Team | None) -> dict[str, str]:
    fields = {
        "email": team.email if team else "",
        "environment": plan.environment,
        "origin": str(entry.origin),
        "owner": entry.owner,
        "pager": team.page if team else "",
        "project": plan.project,
        "quiet": ",".join(entry.quiet),
        "role": entry.role,
        **plan_rules.texts(plan, entry),
    }
    # Core drops characters outside ASCII from every string of a check. A question mark shows the gap.
    return {key: text.encode("ascii", "replace").decode() for key, text in sorted(fields.items()) if text}


def _clients(plan: Plan) -> tuple[tuple[Client, ...], tuple[Client, ...]]:
    """Return the clients of machines with an agent, and of those that only central machines check."""
    with_agent = agent_hosts(plan)
    central = {host for entry in plan.entries if is_proxied(entry) for host in entry.hosts} - with_agent
    hosts = sorted(plan.hosts, key=lambda host: host.name)
    return (
        tuple(_client(plan, host, keepalives=True) for host in hosts if host.name in with_agent),
        tuple(_client(plan, host, keepalives=False) for host in hosts if host.name in central),
    )


def _client(plan: Plan, host: Host, *, keepalives: bool) -> Client:
    return Client(
        name=host.name,
        address=host.address,
        subscriptions=tuple(sorted(host.roles)),
        labels={label_key(key): host.labels[key] for key in sorted(host.labels)},
        custom={"environment": plan.environment, "project": plan.project},
        keepalives=keepalives,
    )
