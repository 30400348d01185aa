"""Servicegroups: one for each owner, each family of checks, and the parts of each business service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from checkwright.registry.plan import Entry, Plan
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
        business = {entry.role: entry.parts for entry in plan.entries if entry.parts}
        sizes = Counter({name: sum(len(part.members) for part in parts) for name, parts in business.items()})
        #: Names of the business services of each watch.
        self._business: dict[str, list[str]] = {}
        for name in sorted(_small(sizes)):
            for id in sorted({id for part in business[name] for id in part.watches}):
                self._business.setdefault(id, []).append(name)
        self._declared = plan.service_groups
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

        for group in self._declared:
            texts = {"notes": group.notes, "notes_url": group.notes_url, "action_url": group.action_url}
            settings = {"servicegroup_name": group.name, "alias": group.alias or group.name}
            settings |= {directive: text for directive, text in texts.items() if text}
            yield Definition("servicegroup", settings, group.origin)
        for name in sorted({name for names in self._business.values() for name in names}):
            alias = f"Parts of the business service {name} in {environment}"
            yield Definition("servicegroup", {"servicegroup_name": self._names.business_group(name), "alias": alias})

    def setting(self, owners: tuple[str, ...], family: str = "", entry: Entry | None = None) -> dict[str, str]:
        """Return the `servicegroups` directive of a service, {} if none of its groups exists."""
        groups = [self._names.owner_group(owner) for owner in owners if owner in self._owners]
        if family in self._families:
            groups.append(self._names.family_group(family))
        if entry is not None:
            groups += (self._names.business_group(name) for name in self._business.get(entry.id, ()))
            groups += entry.groups
        return {"servicegroups": ",".join(groups)} if groups else {}


def _small(sizes: Counter[str]) -> frozenset[str]:
    return frozenset(name for name, size in sizes.items() if size <= GROUP_LIMIT)
