"""Names of a plan's parts in Sensu, and the labels that select entities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from checkwright.registry.plan import Entry, Host, Plan, SensuAgents
from sensu.quote import ADDRESS_LABEL, RESERVED_LABELS, label_key

#: Subscription of the agents that run central checks.
CENTRAL = "central"
#: Prefix of the subscription of a pool's agents.
POOL = "pool."
PROJECT_LABEL = f"{RESERVED_LABELS}project"
ROLES_LABEL = f"{RESERVED_LABELS}roles"

#: Handlers that an operator provides for each level of notification.
HANDLERS: Mapping[str, tuple[str, ...]] = {
    "page": ("page",),
    "office-hours": ("office-hours",),
    "ticket": ("ticket",),
    "nobody": (),
}
#: (type, name) of these handlers.
EXPECTED = frozenset(("Handler", name) for names in HANDLERS.values() for name in names)


def check_name(entry: Entry) -> str:
    """Return ROLE.WATCH, with the variant appended if an override split the watch's hosts."""
    return ".".join(part for part in (entry.role, entry.name, entry.variant) if part)


def hook_name(role: str, hook: str) -> str:
    """Return ROLE.HOOK, because two roles may have a hook of the same name."""
    return f"{role}.{hook}"


def runners(entry: Entry) -> str:
    """Return the subscription of the agents that run a central check: central, or a pool's."""
    return f"{POOL}{entry.pool}" if entry.pool else CENTRAL


def is_proxied(entry: Entry) -> bool:
    """Return True if central agents run the entry once for each entity, with tokens that Sensu substitutes twice."""
    return entry.where == "central" and entry.per == "host"


def agent_hosts(plan: Plan) -> frozenset[str]:
    """Return the names of the plan's machines with a Sensu agent: those that run entries, their own or central ones."""
    own = {host for entry in plan.entries if entry.where == "host" for host in entry.hosts}
    return frozenset(own.union(*serving(plan).values()))


def serving(plan: Plan) -> dict[str, tuple[str, ...]]:
    """Return {central or pool subscription that entries need: machines of the plan that have it}."""
    workers = {f"{POOL}{pool.name}": pool.workers for pool in plan.pools}
    workers[CENTRAL] = plan.sensu_agents.central if plan.sensu_agents else ()
    known = {host.name for host in plan.hosts if not host.virtual}
    names = sorted({runners(entry) for entry in plan.entries if entry.where == "central"})
    return {name: tuple(sorted(known.intersection(workers.get(name, ())))) for name in names}


def with_central(plan: Plan, hosts: Iterable[str]) -> Plan:
    """Return the plan with further machines that run central checks."""
    agents = plan.sensu_agents or SensuAgents()
    return replace(plan, sensu_agents=replace(agents, central=tuple(sorted({*agents.central, *hosts}))))


def entity_labels(plan: Plan, host: Host) -> dict[str, str]:
    """Return the labels of a host's entity, with or without an agent."""
    labels = {label_key(key): value for key, value in host.labels.items()}
    labels[PROJECT_LABEL] = plan.project
    if host.address:
        labels[ADDRESS_LABEL] = host.address
    if host.roles:
        labels[ROLES_LABEL] = ",".join(sorted(host.roles))
    return dict(sorted(labels.items()))


def role_expression(role: str) -> str:
    """Return JavaScript that is true for the entities of a role. It raises no error for one without labels."""
    return f"(',' + (entity.labels || {{}}).{ROLES_LABEL} + ',').indexOf(',{role},') >= 0"


#: Longest expression in characters. sensuctl reads no line of 64 KiB, and escapes count.
_LONGEST_EXPRESSION = 30_000


def hosts_expressions(hosts: tuple[str, ...], others: tuple[str, ...], role: str) -> tuple[str, ...]:
    """Return short JavaScript expressions that are all true for `hosts` of a role and not for its `others`."""
    if len(hosts) <= len(others) and len(one := hosts_expression(hosts)) <= _LONGEST_EXPRESSION:
        return (one,)
    # Several expressions can exclude hosts, but only a single one can include them.
    names = sorted(others)
    size = max(1, _LONGEST_EXPRESSION // (max(map(len, names), default=0) + len("'', ")))
    pieces = (tuple(names[start : start + size]) for start in range(0, len(names), size))
    return (role_expression(role), *(hosts_expression(piece, included=False) for piece in pieces))


def hosts_expression(hosts: tuple[str, ...], *, included: bool = True) -> str:
    """Return JavaScript that is true for these entities, or for all others."""
    names = ", ".join(f"'{host}'" for host in sorted(hosts))
    return f"[{names}].indexOf(entity.name) {'>=' if included else '<'} 0"
