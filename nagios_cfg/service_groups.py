"""Servicegroups: one for each owner and one for each family of checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from checkwright.registry.plan import Plan
from nagios_cfg.names import Names
from nagios_cfg.objects import Definition

#: Largest group. Nagios inserts members one by one: at 40,000 its start takes seconds, at 200,000 minutes.
GROUP_LIMIT = 10_000


class ServiceGroups:
    """Servicegroups of a plan, without groups above GROUP_LIMIT services."""

    def __init__(self, plan: Plan, names: Names) -> None:
        self._names = names
        counts: Counter[tuple[str, str]] = Counter()
        for entry in plan.entries:
            counts[entry.owner, entry.family] += len(entry.hosts)
        owners: Counter[str] = Counter()
        families: Counter[str] = Counter()
        for (owner, family), services in counts.items():
            if services:
                owners[owner] += services
                if family:
                    families[family] += services
        self._owners = _small(owners)
        self._families = _small(families)

    def definitions(self) -> Iterator[Definition]:
        """Yield the groups. They list no members: each service names its groups."""
        environment = self._names.environment
        for owner in sorted(self._owners):
            alias = f"Services of team {owner} in {environment}"
            yield Definition("servicegroup", {"servicegroup_name": self._names.owner_group(owner), "alias": alias})
        for family in sorted(self._families):
            alias = f"Checks of the family {family} in {environment}"
            yield Definition("servicegroup", {"servicegroup_name": self._names.family_group(family), "alias": alias})

    def setting(self, owners: tuple[str, ...], family: str = "") -> dict[str, str]:
        """Return the `servicegroups` directive of a service with these owners, {} if none of its groups exists."""
        groups = [self._names.owner_group(owner) for owner in owners if owner in self._owners]
        if family in self._families:
            groups.append(self._names.family_group(family))
        return {"servicegroups": ",".join(groups)} if groups else {}


def _small(sizes: Counter[str]) -> frozenset[str]:
    return frozenset(name for name, size in sizes.items() if size <= GROUP_LIMIT)
