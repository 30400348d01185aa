"""Rules about placeholders in watches, and about the labels from which they take values."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.core.check import Check
from checkwright.core.options import FromHost
from checkwright.registry.findings import Finding
from checkwright.registry.inventory import Machine
from checkwright.registry.model.watches import AnyWatch, Plugin
from checkwright.registry.plan import PLACEHOLDERS, Entry, Word
from checkwright.registry.resolving import placeholders
from checkwright.registry.rules.subject import RegistryRule, Subject, abbreviate


class UnknownPlaceholder(RegistryRule):
    """A watch contains a name in braces that is not a placeholder.

    Placeholders are `{host}`, `{address}`, `{environment}`, `{role}` and `{label.NAME}`. Braces around anything
    else, as in JSON, are left alone. Double braces stand for literal ones.

    Wrong:
        Watch(Http(url="http://{adress}/")),

    Right:
        Watch(Http(url="http://{address}/")),
    """

    id = "R010"
    hint = "write {{NAME}} in double braces for a literal {NAME}"

    def find(self, subject: Subject) -> Iterator[Finding]:
        known = ", ".join(f"{{{name}}}" for name in (*PLACEHOLDERS, "label.NAME"))
        unknown: dict[object, list[str]] = {}
        for entry, watch, check in subject.checks():
            source = watch if check is None else check
            if source not in unknown:
                unknown[source] = [name for word in _words(watch, check) for name in placeholders.unknown(word)]
            for name in unknown[source]:
                message = f"{entry.id} holds {{{name}}}, which is not a placeholder; they are {known}"
                yield self.finding(entry.origin, message)


class HostPlaceholderPerRole(RegistryRule):
    """A watch that runs once for its role uses a placeholder whose value differs by host.

    Wrong:
        Watch(TcpPort(host="{address}", port=443), per="role"),

    Right:
        Watch(TcpPort(host="{environment}.example.com", port=443), per="role"),
    """

    id = "R011"
    hint = 'remove it, or run the watch per="host"'

    def find(self, subject: Subject) -> Iterator[Finding]:
        for entry in subject.resolved.plan.entries:
            names = placeholders.names_in(entry.command) if entry.per == "role" else ()
            of_hosts = [name for name in names if placeholders.is_of_a_host(name)]
            if of_hosts:
                message = f"{entry.id} runs once for its role and holds {{{of_hosts[0]}}}, which differs by host"
                yield self.finding(entry.origin, message)


class MissingLabel(RegistryRule):
    """A watch uses a label that a host lacks, or whose value the option cannot have.

    Wrong:
        Watch(TcpPort(host="{address}", port=label("ssh", int))),
        Host("web-2", "10.0.0.12", roles=(web,), labels={"ssh": "twenty-two"}),

    Right:
        Watch(TcpPort(host="{address}", port=label("ssh", int))),
        Host("web-2", "10.0.0.12", roles=(web,), labels={"ssh": "22"}),
    """

    id = "R012"
    hint = "give the host this label, with a value that fits the option"

    def find(self, subject: Subject) -> Iterator[Finding]:
        machines = {machine.name: machine for machine in subject.resolved.machines}
        names_in: dict[tuple[Word, ...], tuple[str, ...]] = {}
        last: Check | None = None
        of_host: list[tuple[str, FromHost]] = []
        for entry, _, check in subject.entries():
            if entry.per == "role":
                continue
            names = names_in.get(entry.command)
            if names is None:
                names = names_in[entry.command] = placeholders.names_in(entry.command)
            if not names:  # an option that is a label is a placeholder as well
                continue
            covered = [machines[name] for name in entry.hosts]
            for name in names:
                label = name.removeprefix(placeholders.LABEL)
                if label == name:
                    continue
                lacking = [machine for machine in covered if not machine.labels.get(label)]
                if lacking:
                    hosts = abbreviate([machine.name for machine in lacking])
                    message = f"{entry.id} ({entry.origin}) needs the label {label!r}, which is missing on {hosts}"
                    yield self.finding(lacking[0].origin, message)
            if check is not last:
                last, of_host = check, list(_from_hosts(check))
            if check is not None and of_host:
                yield from self._unreadable(entry, check, of_host, covered)

    def _unreadable(
        self, entry: Entry, check: Check, of_host: list[tuple[str, FromHost]], covered: list[Machine]
    ) -> Iterator[Finding]:
        """Yield findings for labels that an option reads as a number, on hosts where they are none."""
        for name, one in of_host:
            for machine in covered:
                try:
                    check.options[name].parse(machine.labels.get(one.name, "0"))
                except ValueError as error:
                    source = f"the label {one.name!r} of host {machine.name!r}"
                    yield self.finding(machine.origin, f"{entry.id} takes its {name} from {source}: {error}")


def _from_hosts(check: Check | None) -> Iterator[tuple[str, FromHost]]:
    """Yield the values of options that are labels, with the option's name."""
    for name in check.options if check else ():
        value = getattr(check, name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, FromHost):
                yield name, one


def _words(watch: AnyWatch, check: Check | None) -> list[str | FromHost]:
    if isinstance(watch, Plugin):
        return list(watch.arguments)
    return check.arguments(placeholders.literal) if check else []
