"""Roles of a check and their machines, for one namespace."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checkwright.core.conversion import NotConvertible
from checkwright.migrate.sensu.check_watch import name_of
from sensu.names import CENTRAL
from sensu.reading import entity_expressions
from sensu.reading.check_definitions import Check
from sensu.reading.machines import Machine

#: Subscription of Core's standalone checks.
STANDALONE = "standalone"


@dataclass(frozen=True, slots=True)
class Place:
    """Role with the machines that have it because of a check. `of` is its origin: no other origin gets its name."""

    role: str
    machines: tuple[str, ...]
    of: tuple[str, str]
    central: bool = False
    per_role: bool = False


def places(check: Check, machines: Mapping[str, Machine]) -> tuple[Place, ...]:
    """Return the roles of a check. Raises NotConvertible when there is none, or it cannot be determined."""
    if check.entity:
        return (_of_machine(check.entity, central=True),)
    if check.expressions:
        return (_proxies(check, machines),)
    if check.standalone:
        agents = tuple(sorted(name for name, machine in machines.items() if not machine.is_proxy))
        return (Place(STANDALONE, agents, (STANDALONE, "")),)
    if not check.subscriptions:
        raise NotConvertible("it has no subscription, so no agent runs it")
    return tuple(_of_subscription(one, machines, check.in_turns) for one in check.subscriptions)


def _role_of(subscription: str) -> str:
    """Return the role of a subscription. The subscription of central agents is not a role of machines."""
    name = name_of(subscription)
    return f"{name}-machines" if name == CENTRAL else name


def _of_subscription(subscription: str, machines: Mapping[str, Machine], in_turns: bool) -> Place:
    kind, colon, name = subscription.partition(":")
    if colon and kind in ("entity", "client"):
        return _of_machine(name, central=False)
    of = ("subscription", subscription)
    if in_turns:  # the machines that run it are central agents, not members of a role
        return Place(_role_of(subscription), (), of, central=True, per_role=True)
    found = sorted(name for name, machine in machines.items() if subscription in machine.subscriptions)
    return Place(_role_of(subscription), tuple(found), of)


def _of_machine(name: str, *, central: bool) -> Place:
    """Return the role of a single machine or other entity."""
    if name_of(name) != name:
        raise NotConvertible(f"the name {name!r} has other characters than letters, digits and _ . -")
    return Place(_role_of(name), (name,), ("machine", name), central=central)


def _proxies(check: Check, machines: Mapping[str, Machine]) -> Place:
    try:
        for one in check.expressions:
            list(entity_expressions.comparisons(one))
        found = tuple(
            sorted(
                machine.name
                for machine in machines.values()
                if all(
                    entity_expressions.holds(one, machine.name, machine.entity_class, dict(machine.labels))
                    for one in check.expressions
                )
            )
        )
    except NotConvertible as unclear:
        raise NotConvertible(f"the expression {str(unclear)!r} does more than compare a name, class or label") from None
    if not found:
        raise NotConvertible("no entity matches its proxy_requests: dump the entities too")
    return Place(f"{name_of(check.name)}-targets", found, ("targets", check.name), central=True)
