"""Rules about names, hosts and their labels."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.model.base import did_you_mean
from checkwright.registry.model.hours import Hours
from checkwright.registry.plan import Origin
from checkwright.registry.rules.subject import Said, Subject

#: What Nagios strips from a label, or a shell reads in it.
_SHELL = "`~$&|'\"<>"


def names_twice(subject: Subject) -> Iterator[Said]:
    """R003"""
    registry = subject.registry
    for what, declared in (
        ("Team", [(team.name, team.origin) for team in registry.teams]),
        ("Role", [(role.name, role.origin) for role in registry.roles]),
        ("Environment", [(one.name, one.origin) for one in registry.environments]),
        ("Hours", [(hours.name, hours.origin) for hours in _hours(subject)]),
    ):
        first: dict[str, Origin] = {}
        for name, origin in declared:
            if first.setdefault(name, origin) is not origin:
                yield origin, f"{what} {name!r} is declared already at {registry.relative(first[name])}"


def hosts_twice(subject: Subject) -> Iterator[Said]:
    """R004"""
    first: dict[str, Origin] = {}
    for machine in subject.resolved.machines:
        if first.setdefault(machine.name, machine.origin) is not machine.origin:
            yield machine.origin, f"host {machine.name!r} is declared already at {first[machine.name]}"
    for role in subject.resolved.plan.roles:
        if role.virtual_host in first:
            message = f"host {role.virtual_host!r} has the name that stands for the role {role.name}"
            yield first[role.virtual_host], message


def unknown_roles(subject: Subject) -> Iterator[Said]:
    """R006"""
    known = {role.name for role in subject.registry.roles}
    for machine in subject.resolved.machines:
        for role in machine.roles:
            if role not in known:
                yield machine.origin, f"host {machine.name!r} has the unknown role {role!r}{did_you_mean(role, known)}"


def addresses(subject: Subject) -> Iterator[Said]:
    """R007"""
    for machine in subject.resolved.machines:
        if not machine.address:
            yield machine.origin, f"host {machine.name!r} has no address"


def unknown_parents(subject: Subject) -> Iterator[Said]:
    """R008"""
    known = {machine.name for machine in subject.resolved.machines}
    for machine in subject.resolved.machines:
        for parent in machine.parents:
            if parent not in known:
                yield (
                    machine.origin,
                    f"host {machine.name!r} has the unknown parent {parent!r}{did_you_mean(parent, known)}",
                )


def without_roles(subject: Subject) -> Iterator[Said]:
    """R026"""
    parents = {parent for machine in subject.resolved.machines for parent in machine.parents}
    for machine in subject.resolved.machines:
        # One through which others are reached is watched for their sake.
        if not machine.roles and machine.name not in parents:
            yield machine.origin, f"host {machine.name!r} has no roles"


def shell_text(subject: Subject) -> Iterator[Said]:
    """R009"""
    for machine in subject.resolved.machines:
        values = [("the address", machine.address)] if machine.address else []
        values += ((f"the label {name!r}", machine.labels[name]) for name in sorted(machine.labels))
        for what, value in values:
            bad = sorted({character for character in value if character in _SHELL or not character.isprintable()})
            if bad:
                shown = " ".join(character if character.isprintable() else repr(character) for character in bad)
                yield machine.origin, f"{what} of host {machine.name!r} is {value!r}, and a shell would read {shown}"


def _hours(subject: Subject) -> list[Hours]:
    found = [team.office_hours for team in subject.registry.teams]
    for role in subject.registry.roles:
        for watch in role.watches:
            found += watch.settings.get("quiet", ())
    for override in subject.environment.overrides:
        found += override.settings.get("quiet", ())
    return list(dict.fromkeys(found))
