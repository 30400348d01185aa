"""Rules about names, hosts and their labels."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.findings import Finding
from checkwright.registry.model.base import did_you_mean
from checkwright.registry.model.hours import Hours
from checkwright.registry.plan import Origin
from checkwright.registry.rules.subject import RegistryRule, Subject

#: Characters that Nagios strips from a label or that have a meaning in a shell.
_SHELL = "`~$&|'\"<>"


class DuplicateName(RegistryRule):
    """Two teams, roles, environments or hours have the same name.

    Overrides, reports and generated files refer to declarations by name.

    Wrong:
        shop = Role("shop", owner=storefront)
        pages = Role("shop", owner=storefront)

    Right:
        shop = Role("shop", owner=storefront)
        pages = Role("pages", owner=storefront)
    """

    id = "R003"
    hint = "rename one of them"

    def find(self, subject: Subject) -> Iterator[Finding]:
        registry = subject.registry
        for kind, declared in (
            ("Team", [(team.name, team.origin) for team in registry.teams]),
            ("Role", [(role.name, role.origin) for role in registry.roles]),
            ("Environment", [(one.name, one.origin) for one in registry.environments]),
            ("Hours", [(hours.name, hours.origin) for hours in hours_of(subject)]),
        ):
            first: dict[str, Origin] = {}
            for name, origin in declared:
                if first.setdefault(name, origin) is not origin:
                    message = f"{kind} {name!r} is already declared at {registry.relative(first[name])}"
                    yield self.finding(origin, message)


class DuplicateHost(RegistryRule):
    """Two hosts of one environment have the same name.

    A role with `per="role"` watches adds a host of its own, named ROLE.ENVIRONMENT. That name counts too.

    Wrong:
        Host("web-2", "10.0.0.12", roles=(web,)),
        Host("web-2", "10.0.0.13", roles=(web,)),

    Right:
        Host("web-2", "10.0.0.12", roles=(web,)),
        Host("web-3", "10.0.0.13", roles=(web,)),
    """

    id = "R004"
    hint = "rename one of them"

    def find(self, subject: Subject) -> Iterator[Finding]:
        first: dict[str, Origin] = {}
        for machine in subject.resolved.machines:
            if first.setdefault(machine.name, machine.origin) is not machine.origin:
                message = f"host {machine.name!r} is already declared at {first[machine.name]}"
                yield self.finding(machine.origin, message)
        for role in subject.resolved.plan.roles:
            if role.virtual_host in first:
                message = f"host {role.virtual_host!r} has the name of the host that represents the role {role.name}"
                yield self.finding(first[role.virtual_host], message)


class UnknownRole(RegistryRule):
    """A host in an inventory has a role that the fleet does not declare.

    Wrong:
        hosts:
          - {name: web-2, address: 10.0.0.12, roles: [wbe]}

    Right:
        hosts:
          - {name: web-2, address: 10.0.0.12, roles: [web]}
    """

    id = "R006"
    hint = "declare it in the fleet, or correct the name"
    language = "yaml"

    def find(self, subject: Subject) -> Iterator[Finding]:
        known = {role.name for role in subject.registry.roles}
        for machine in subject.resolved.machines:
            for role in machine.roles:
                if role not in known:
                    message = f"host {machine.name!r} has the unknown role {role!r}{did_you_mean(role, known)}"
                    yield self.finding(machine.origin, message)


class HostWithoutAddress(RegistryRule):
    """A host has no address.

    Nagios needs one to ping the host and to reach its NRPE daemon.

    Wrong:
        Host("web-2", roles=(web,)),

    Right:
        Host("web-2", "10.0.0.12", roles=(web,)),
    """

    id = "R007"
    hint = "give it an IP address or a DNS name"

    def find(self, subject: Subject) -> Iterator[Finding]:
        for machine in subject.resolved.machines:
            if not machine.address:
                yield self.finding(machine.origin, f"host {machine.name!r} has no address")


class AddressLikeOption(RegistryRule):
    """An address begins with a hyphen, so a program would read it as one of its options.

    Nagios and Sensu give addresses to programs such as ping.

    Wrong:
        Host("web-2", "-f10.0.0.12", roles=(web,)),

    Right:
        Host("web-2", "10.0.0.12", roles=(web,)),
    """

    id = "R076"
    hint = "give it an IP address or a DNS name"

    def find(self, subject: Subject) -> Iterator[Finding]:
        for machine in subject.resolved.machines:
            if machine.address.startswith("-"):
                message = f"the address of host {machine.name!r} is {machine.address!r}, which begins with a hyphen"
                yield self.finding(machine.origin, message)


class UnknownParent(RegistryRule):
    """A host names a parent that its environment does not have.

    Wrong:
        Host("web-2", "10.0.0.12", roles=(web,), parents=("switch-1",)),

    Right:
        Host("switch-1", "10.0.0.1"),
        Host("web-2", "10.0.0.12", roles=(web,), parents=("switch-1",)),
    """

    id = "R008"
    hint = "declare it, or correct the name"

    def find(self, subject: Subject) -> Iterator[Finding]:
        known = {machine.name for machine in subject.resolved.machines}
        for machine in subject.resolved.machines:
            for parent in machine.parents:
                if parent not in known:
                    guess = did_you_mean(parent, known)
                    message = f"host {machine.name!r} has the unknown parent {parent!r}{guess}"
                    yield self.finding(machine.origin, message)


class ShellCharacters(RegistryRule):
    """An address or a label contains characters that a shell interprets.

    Nagios and Sensu put both into commands.

    Wrong:
        Host("web-2", "10.0.0.12", roles=(web,), labels={"port": "8080; reboot | true"}),

    Right:
        Host("web-2", "10.0.0.12", roles=(web,), labels={"port": "8080"}),
    """

    id = "R009"
    hint = "write it without these characters"

    def find(self, subject: Subject) -> Iterator[Finding]:
        for machine in subject.resolved.machines:
            values = [("the address", machine.address)] if machine.address else []
            values += ((f"the label {name!r}", machine.labels[name]) for name in sorted(machine.labels))
            for what, value in values:
                bad = sorted({character for character in value if character in _SHELL or not character.isprintable()})
                if bad:
                    listed = " ".join(character if character.isprintable() else repr(character) for character in bad)
                    message = f"{what} of host {machine.name!r} is {value!r}: a shell would interpret {listed}"
                    yield self.finding(machine.origin, message)


class HostWithoutRoles(RegistryRule):
    """A host has no roles, so nothing is watched on it and nobody is notified about it.

    A host that is another host's parent needs no roles.

    Wrong:
        Host("web-2", "10.0.0.12"),

    Right:
        Host("web-2", "10.0.0.12", roles=(web,)),
    """

    id = "R026"
    severity = "warning"
    hint = "give it roles, or remove it"

    def find(self, subject: Subject) -> Iterator[Finding]:
        parents = {parent for machine in subject.resolved.machines for parent in machine.parents}
        owned = {check.name for check in subject.resolved.plan.host_checks if check.owner}
        notifying = {host.name for host in subject.resolved.plan.hosts if host.check in owned}
        for machine in subject.resolved.machines:
            if not machine.roles and machine.name not in parents | notifying:
                yield self.finding(machine.origin, f"host {machine.name!r} has no roles")


def hours_of(subject: Subject) -> list[Hours]:
    """Return all hours of the teams, people, watches and overrides of an environment, each once."""
    found = [team.office_hours for team in subject.registry.teams]
    found += (one.hours for team in subject.registry.teams for one in team.contacts if one.hours)
    for role in subject.registry.roles:
        for watch in role.watches:
            found += watch.settings.get("quiet", ())
    for override in subject.environment.overrides:
        found += override.settings.get("quiet", ())
    return list(dict.fromkeys(found))
