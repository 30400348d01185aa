"""Silences of Sensu for hosts and watches of a plan."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from checkwright.registry.plan import Plan
from sensu.host_checks import host_checks
from sensu.host_routing import HostRouting
from sensu.names import agent_hosts, check_name

#: Check of the state of a machine with an agent.
KEEPALIVE = "keepalive"
_ALL = "*"


@dataclass(frozen=True, slots=True, order=True)
class Silence:
    """Subscription and check that a silence covers, "" for all."""

    subscription: str
    check: str

    @property
    def name(self) -> str:
        """Name that Sensu requires: `entity:web-1:web.disk`, `*:web.disk`, `entity:web-1:*`."""
        return f"{self.subscription or _ALL}:{self.check or _ALL}"

    def spec(self, namespace: str, *, why: str, creator: str, begin: int, expire: int, resolve: bool) -> dict[str, Any]:
        """Return the resource as the API takes it.

        begin: seconds since 1970, 0 for now. expire: seconds from then, -1 for no end. resolve: end with recovery.
        """
        return {
            "metadata": {"name": self.name, "namespace": namespace},
            "subscription": self.subscription,
            "check": self.check,
            "reason": why,
            "creator": creator,
            "begin": begin,
            "expire": expire,
            "expire_on_resolve": resolve,
        }


def silences(plan: Plan, hosts: Collection[str], watches: Iterable[tuple[str, str]]) -> tuple[Silence, ...]:
    """Return the silences of whole hosts and of single watches as (host, watch), sorted.

    A check that is selected on all its hosts has one silence. Raises KeyError for a watch that the plan does not have.
    """
    return tuple(sorted({*(Silence(f"entity:{host}", "") for host in hosts), *_of_watches(plan, watches)}))


def single_silences(plan: Plan, hosts: Collection[str], watches: Iterable[tuple[str, str]]) -> tuple[Silence, ...]:
    """Return one silence for each check of each host, sorted; the state of a whole host is one of its checks.

    The first recovery of any check under a silence that ends with the recovery ends all of it, so such a silence must
    cover one check of one host. Raises KeyError for a watch that the plan does not have.
    """
    names = _check_names(plan)
    found = {Silence(f"entity:{host}", names[host, watch]) for host, watch in watches}
    found |= {Silence(f"entity:{host}", check) for (host, _), check in names.items() if host in hosts}
    found |= {Silence(f"entity:{host}", KEEPALIVE) for host in agent_hosts(plan).intersection(hosts)}
    for check in host_checks(plan, HostRouting(plan)):
        found |= {Silence(f"entity:{host}", check.name) for host in check.hosts if host in hosts}
    return tuple(sorted(found))


def covers(name: str, hosts: Collection[str], names: Collection[str]) -> bool:
    """Return whether a silence is one of these names, or concerns one of these hosts alone."""
    prefix, _, rest = name.partition(":")
    return name in names or (prefix == "entity" and rest.partition(":")[0] in hosts)


def _check_names(plan: Plan) -> Mapping[tuple[str, str], str]:
    """Return {(host, watch): check}."""
    return {(host, entry.name): check_name(entry) for entry in plan.entries for host in entry.hosts}


def _of_watches(plan: Plan, watches: Iterable[tuple[str, str]]) -> Iterator[Silence]:
    checks = _check_names(plan)
    by_check: dict[str, set[str]] = {}
    for one in watches:
        by_check.setdefault(checks[one], set()).add(one[0])
    everywhere = {check_name(entry): frozenset(entry.hosts) for entry in plan.entries}
    for check, hosts in by_check.items():
        if hosts == everywhere[check]:
            yield Silence("", check)
        else:
            yield from (Silence(f"entity:{host}", check) for host in hosts)
