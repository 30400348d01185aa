"""How things of a plan are called in Sensu, and the labels that select entities."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from checkwright.registry.plan import Entry, Host, Plan
from sensu.quote import ADDRESS_LABEL, RESERVED_LABELS, label_key

#: The subscription of the agents that run what is not run on the machine itself.
CENTRAL = "central"
#: The same of a pool, before its name.
POOL = "pool."
PROJECT_LABEL = f"{RESERVED_LABELS}project"
ROLES_LABEL = f"{RESERVED_LABELS}roles"

#: The handler that an operator provides for each level of notification.
HANDLERS: Mapping[str, tuple[str, ...]] = {
    "page": ("page",),
    "office-hours": ("office-hours",),
    "ticket": ("ticket",),
    "nobody": (),
}
#: (type, name) of those handlers.
EXPECTED = frozenset(("Handler", name) for names in HANDLERS.values() for name in names)


def check_name(entry: Entry) -> str:
    """ROLE.WATCH, and the variant where an override split the watch's hosts."""
    return ".".join(part for part in (entry.role, entry.name, entry.variant) if part)


def hook_name(role: str, hook: str) -> str:
    """ROLE.HOOK: two roles may have a hook of one name."""
    return f"{role}.{hook}"


def runners(entry: Entry) -> str:
    """The subscription of the agents that run what does not run on the machine itself: central, or a pool's."""
    return f"{POOL}{entry.pool}" if entry.pool else CENTRAL


def is_proxied(entry: Entry) -> bool:
    """Whether a central agent runs it once for each entity, so that tokens are substituted twice."""
    return entry.where == "central" and entry.per == "host"


def agent_hosts(plan: Plan) -> frozenset[str]:
    """Names of the machines that run a Sensu agent: those on which anything of the plan runs."""
    return frozenset(host for entry in plan.entries if entry.where == "host" for host in entry.hosts)


def further_runners(plan: Plan, central: Collection[str] = ()) -> dict[str, frozenset[str]]:
    """{subscription of what runs on no machine of its own: machines with an agent that have it besides their roles'}.

    central: those that check centrally, which the plan does not say; a pool's workers it does.
    """
    known = {CENTRAL: central} | {f"{POOL}{pool.name}": pool.workers for pool in plan.pools}
    with_agent = agent_hosts(plan)
    names = sorted({runners(entry) for entry in plan.entries if entry.where == "central"})
    return {name: with_agent.intersection(known.get(name, ())) for name in names}


def entity_labels(plan: Plan, host: Host) -> dict[str, str]:
    """Labels of the entity that stands for a host, whether it has an agent or not."""
    labels = {label_key(key): value for key, value in host.labels.items()}
    labels[PROJECT_LABEL] = plan.project
    if host.address:
        labels[ADDRESS_LABEL] = host.address
    if host.roles:
        labels[ROLES_LABEL] = ",".join(sorted(host.roles))
    return dict(sorted(labels.items()))


def role_expression(role: str) -> str:
    """JavaScript that holds for the entities of a role; one without labels must not raise an error."""
    return f"(',' + (entity.labels || {{}}).{ROLES_LABEL} + ',').indexOf(',{role},') >= 0"


#: Characters of one expression: sensuctl reads no line of 64 KiB, and escapes count.
_LONGEST_EXPRESSION = 30_000


def hosts_expressions(hosts: tuple[str, ...], others: tuple[str, ...], role: str) -> tuple[str, ...]:
    """JavaScript expressions that all hold for the first hosts of a role and not for its others, in few words."""
    if len(hosts) <= len(others) and len(one := hosts_expression(hosts)) <= _LONGEST_EXPRESSION:
        return (one,)
    # What is left out can be said in several expressions, what is meant only in one.
    names = sorted(others)
    a_piece = max(1, _LONGEST_EXPRESSION // (max(map(len, names), default=0) + len("'', ")))
    pieces = (tuple(names[start : start + a_piece]) for start in range(0, len(names), a_piece))
    return (role_expression(role), *(hosts_expression(piece, wanted=False) for piece in pieces))


def hosts_expression(hosts: tuple[str, ...], *, wanted: bool = True) -> str:
    """JavaScript that holds for these entities, or for all others."""
    names = ", ".join(f"'{host}'" for host in sorted(hosts))
    return f"[{names}].indexOf(entity.name) {'>=' if wanted else '<'} 0"
