"""Gaps of a project's monitoring: from its registry, its rules, and the snapshots of its sources."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from checkwright.coverage.coverage_model import Item, Section
from checkwright.coverage.known_services import checks_for_class
from checkwright.coverage.watched_ports import listening, unwatched_ports
from checkwright.inventory.facts_file import Facts, KnownMachine
from checkwright.parity.parity_model import Parity
from checkwright.registry.findings import Finding
from checkwright.registry.plan import Plan

#: Rules of lint whose findings are gaps: id of the rule, id and title of the section.
_RULES = (
    ("R026", "hosts", "Hosts without a role"),
    ("R020", "roles", "Roles without watches or hosts"),
    ("R034", "pages", "Pages to a team without a pager"),
    ("L004", "checks", "Checks of the project without a watch"),
)
_NO_SNAPSHOT = "no snapshot: pull an inventory with checkctl inventory pull"


@dataclass(frozen=True, slots=True)
class Environment:
    """A plan with the snapshots of its sources."""

    plan: Plan
    snapshots: tuple[Facts, ...] = ()

    @property
    def machines(self) -> tuple[KnownMachine, ...]:
        """All machines of all snapshots."""
        return tuple(machine for facts in self.snapshots for machine in facts.machines)


def sections(
    environments: Sequence[Environment],
    findings: Iterable[Finding],
    parity: Parity,
    reference: str,
    ignored_ports: frozenset[int] = frozenset(),
) -> list[Section]:
    """Return all sections but that of runbooks.

    findings: those of lint. reference: the environment whose roles the others should have, "" for none.
    """
    found = list(findings)
    by_rule = [Section(id, title, tuple(_of_rule(found, rule))) for rule, id, title in _RULES]
    hosts, *others = by_rule
    known = any(one.snapshots for one in environments)
    unread = "" if known else _NO_SNAPSHOT
    return [
        Section("unknown-machines", "Hosts of a source that are in no plan", _machines(environments), unread),
        Section("one-source", "Hosts that only one source has", _one_source(environments), unread),
        hosts,
        *others[:1],
        _lacking(parity, reference),
        *others[1:],
        _ports(environments, ignored_ports),
        Section("classes", "Puppet classes without a watch", _classes(environments), unread),
    ]


def _of_rule(findings: Iterable[Finding], rule: str) -> Iterator[Item]:
    for one in findings:
        if one.id == rule:
            yield Item("", one.message, place=str(one.origin) if one.origin else "")


def _lacking(parity: Parity, reference: str) -> Section:
    title = "Roles that an environment lacks"
    if not reference:
        return Section("lacking", title, unread="no environment to compare with: name one with --reference")
    items = (
        Item(gap.environment, f"{gap.environment} has no {gap.role}, and {reference} has it", place=str(gap.origin))
        for gap in parity.gaps(reference)
    )
    return Section("lacking", title, tuple(items))


def _machines(environments: Sequence[Environment]) -> tuple[Item, ...]:
    """Return the machines that are no hosts of their environment, or have no role there, and were not ignored."""
    found = []
    for one in environments:
        hosts = {host.name for host in one.plan.hosts if not host.virtual}
        addresses = {host.address for host in one.plan.hosts if not host.virtual and host.address}
        for facts in one.snapshots:
            absent = sorted(
                machine.name or machine.id
                for machine in facts.machines
                if not machine.ignored and machine.name not in hosts and machine.address not in addresses
            )
            if absent:
                are = "is" if len(absent) == 1 else "are"
                text = f"{_number(absent, 'host')} of {facts.source}, for {facts.file}, {are} in no plan"
                found.append(Item(one.plan.environment, text, hosts=tuple(absent)))
            reasons: dict[str, list[str]] = {}
            for machine in facts.machines:
                if machine.ignored:
                    reasons.setdefault(machine.ignored, []).append(machine.name or machine.id)
            for why, names in sorted(reasons.items()):
                text = f"{_number(names, 'host')} of {facts.file} ignored: {why}"
                found.append(Item(one.plan.environment, text, "note", tuple(sorted(names))))
    return tuple(found)


def _one_source(environments: Sequence[Environment]) -> tuple[Item, ...]:
    """Return the machines that one source of an environment knows and another one does not."""
    found = []
    for one in environments:
        for facts in one.snapshots:
            for other in one.snapshots:
                if facts is other:
                    continue
                names = {name for machine in other.machines for name in _names(machine)}
                only = sorted(machine.name or machine.id for machine in facts.machines if not names & _names(machine))
                if only:
                    text = f"{_number(only, 'host')} of {facts.source} that {other.source} does not have"
                    found.append(Item(one.plan.environment, text, hosts=tuple(only)))
    return tuple(found)


def _names(machine: KnownMachine) -> set[str]:
    return {machine.id, machine.key, machine.name, machine.address} - {""}


def _ports(environments: Sequence[Environment], ignored: frozenset[int]) -> Section:
    title = "Listening ports without a watch"
    if not any(listening(one.machines) for one in environments):
        reason = "no snapshot has ports: give PuppetDb(listening=...) the fact with them, and pull"
        return Section("ports", title, unread=reason)
    items = (item for one in environments for item in unwatched_ports(one.plan, one.machines, ignored))
    return Section("ports", title, tuple(items))


def _classes(environments: Sequence[Environment]) -> tuple[Item, ...]:
    found = []
    for one in environments:
        watched = {entry.check for entry in one.plan.entries}
        counts: dict[str, int] = {}
        for facts in one.snapshots:
            for title, number in (facts.classes or {}).items():
                counts[title] = counts.get(title, 0) + number
        for title, number in sorted(counts.items()):
            checks = checks_for_class(title)
            if checks and not watched & set(checks):
                text = f"{title} on {number} host{'' if number == 1 else 's'}"
                found.append(Item(one.plan.environment, text, "note", checks=checks))
    return tuple(found)


def _number(names: Sequence[str], noun: str) -> str:
    return f"{len(names)} {noun}{'' if len(names) == 1 else 's'}"


def as_of(environments: Iterable[Environment]) -> Mapping[str, str]:
    """Return the time of the facts of each snapshot, by its inventory."""
    return {facts.file: facts.as_of for one in environments for facts in one.snapshots}
