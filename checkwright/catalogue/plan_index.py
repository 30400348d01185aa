"""Plans by host, role, check and team: the lookups of all pages, made once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from checkwright.catalogue.phrases import Recipients, subject
from checkwright.registry.plan import (
    Check,
    Entry,
    Host,
    HostCheck,
    Limit,
    Maintenance,
    Meaning,
    Off,
    Origin,
    Plan,
    Role,
    Setting,
    Team,
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Reason of an override with its last day ("" for none), its place, and the watches whose values it decided."""

    why: str
    until: str
    place: Origin
    watches: tuple[str, ...]


class PlanIndex:
    """Lookups in one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.hosts: dict[str, Host] = {host.name: host for host in plan.hosts}
        self.roles: dict[str, Role] = {role.name: role for role in plan.roles}
        self.host_checks: dict[str, HostCheck] = {check.name: check for check in plan.host_checks}
        self.checks: dict[str, Check] = {check.name: check for check in plan.checks}
        self.recipients = Recipients(plan)
        self.machines = tuple(host for host in plan.hosts if not host.virtual)
        self._entries: dict[str, list[int]] = {}
        for position, entry in enumerate(plan.entries):
            for name in entry.hosts:
                self._entries.setdefault(name, []).append(position)
        self._off: dict[str, list[int]] = {}
        for position, off in enumerate(plan.off):
            for name in off.hosts:
                self._off.setdefault(name, []).append(position)
        self.by_role: dict[str, list[Entry]] = {}
        for entry in plan.entries:
            self.by_role.setdefault(entry.role, []).append(entry)
        self._windows = self._windows_by_host()

    def key(self, host: str) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """Return the positions of a host's entries, switched off watches and maintenances. Hosts share their pages."""
        windows = tuple(self._windows.get(host, ()))
        return tuple(self._entries.get(host, ())), tuple(self._off.get(host, ())), windows

    def entries_of(self, host: str) -> tuple[Entry, ...]:
        """Return the entries of a host, sorted by id."""
        return tuple(self.plan.entries[position] for position in self._entries.get(host, ()))

    def off_of(self, host: str) -> tuple[Off, ...]:
        """Return the watches that are switched off on a host."""
        return tuple(self.plan.off[position] for position in self._off.get(host, ()))

    def windows_of(self, host: str) -> tuple[Maintenance, ...]:
        """Return the maintenances that concern a host or a watch on it, the soonest first."""
        return tuple(self.plan.maintenance[position] for position in self._windows.get(host, ()))

    def night_pagers(self, entries: Iterable[Entry]) -> dict[str, list[str]]:
        """Return the pagers that these entries may ring at night, each with the names of the watches."""
        found: dict[str, list[str]] = {}
        for entry in entries:
            notified = self.recipients.of(entry)
            if notified.at_night:
                found.setdefault(notified.who.removeprefix("pages "), []).append(entry.name)
        return found

    def special_first(self, roles: Iterable[str]) -> tuple[str, ...]:
        """Return roles with those of few hosts first: they say more about a host than the role of every machine."""
        return tuple(sorted(roles, key=lambda name: (len(self.roles[name].hosts) if name in self.roles else 0, name)))

    def watches_of(self, role: str) -> dict[str, list[Entry]]:
        """Return the entries of a role by the name of their watch, the largest group of hosts first."""
        found: dict[str, list[Entry]] = {}
        for entry in self.by_role.get(role, ()):
            found.setdefault(entry.name, []).append(entry)
        return found

    def _windows_by_host(self) -> dict[str, list[int]]:
        hosts_of = {(entry.id, entry.variant): entry.hosts for entry in self.plan.entries}
        found: dict[str, list[int]] = {}
        for position, window in enumerate(self.plan.maintenance):
            names = dict.fromkeys(window.hosts)
            for covered in window.entries:
                names |= dict.fromkeys(covered.hosts or hosts_of.get((covered.entry, covered.variant), ()))
            for name in names:
                found.setdefault(name, []).append(position)
        return found


def reasons(entries: Iterable[Entry]) -> tuple[Reason, ...]:
    """Return the overrides that decided values of these entries, in the order of the entries."""
    found: dict[tuple[str, str], tuple[Origin, list[str]]] = {}
    for entry in entries:
        values: tuple[Limit | Meaning | Setting, ...] = (*entry.limits, *entry.meanings, *entry.settings)
        for one in values:
            if one.level == "override":
                _, watches = found.setdefault((one.why, one.until), (one.origin, []))
                if entry.name not in watches:
                    watches.append(entry.name)
    return tuple(Reason(why, until, place, tuple(names)) for (why, until), (place, names) in found.items())


@dataclass(frozen=True, slots=True)
class Use:
    """Watch of a check in one environment."""

    index: PlanIndex
    entry: Entry


def uses(indexes: Iterable[PlanIndex], name: str) -> Iterator[Use]:
    """Yield the entries that run a check, or a plugin by its path."""
    for index in indexes:
        for entry in index.plan.entries:
            if subject(entry) == name:
                yield Use(index, entry)


def teams(indexes: Iterable[PlanIndex]) -> dict[str, Team]:
    """Return the teams of several plans, sorted by name."""
    found = {team.name: team for index in indexes for team in index.plan.teams}
    return {name: found[name] for name in sorted(found)}
