"""Commands that Nagios runs for services, and the command that a machine runs for an entry."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.findings import Finding
from checkwright.registry.plan import Entry, Placeholder, Plan, Word, as_account
from nagios_cfg.intervals import CHECK_NRPE_SLACK
from nagios_cfg.names import Names, nrpe_command
from nagios_cfg.objects import Definition
from nagios_cfg.part_states import part_arguments
from nagios_cfg.quote import Unquotable, fill_shared, literal_words, nagios_line, with_environment
from nagios_cfg.rules.rendering_rules import CommandNotExpressible

_STALE = "stale"


class CheckCommands:
    """Commands of a plan's entries. Variants of a watch with the same command line share one command.

    `findings` (N015) are about entries whose command line Nagios cannot run.
    """

    def __init__(self, plan: Plan, names: Names) -> None:
        self.findings: list[Finding] = []
        #: Names of the commands of the plan's entries, in their order; "" for passive ones and those without hosts.
        self.names: list[str] = []
        stale = literal_words((f"{plan.site.plugins}/check_dummy", "3", "no result has come in for too long"))
        self.stale = names.internal(_STALE)
        self._definitions = [Definition("command", {"command_name": self.stale, "command_line": nagios_line(stale)})]
        self._plan = plan
        #: Command lines by what they are made of. Variants of a watch share most of them.
        self._lines: dict[tuple[object, ...], str] = {}
        shared: dict[tuple[str, str, str], str] = {}
        for entry in plan.entries:
            self.names.append("")
            if entry.transport == "passive":
                continue
            try:
                line = self._line(entry)
            except Unquotable as fault:
                message = f"{entry.id!r} cannot be run by Nagios: {fault}"
                self.findings.append(CommandNotExpressible.finding(entry.origin, message))
                continue
            if entry.hosts:
                key = (entry.role, entry.name, line)
                name = shared.get(key)
                if name is None:
                    name = shared[key] = names.command(entry)
                    settings = {"command_name": name, "command_line": line}
                    self._definitions.append(Definition("command", settings, entry.origin))
                self.names[-1] = name

    def definitions(self) -> Iterator[Definition]:
        """Yield the commands, first the one that reports an overdue passive result."""
        yield from self._definitions

    def _line(self, entry: Entry) -> str:
        if entry.transport == "nrpe":
            return nagios_line(nrpe_call(entry, self._plan))
        key = (entry.command, entry.env, entry.run_as, entry.role)
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = nagios_line(local_command(entry, self._plan))
        return f"{line}{part_arguments(entry.parts)}" if entry.parts else line


def local_command(entry: Entry, plan: Plan) -> tuple[Word, ...]:
    """Return the whole argv that runs on the entry's machine, with env(1) and sudo(8), however it is started."""
    command, env = as_account(entry)
    return with_environment(env, fill_shared(command, plan.environment, entry.role))


def nrpe_call(entry: Entry, plan: Plan) -> tuple[Word, ...]:
    """Return the argv that asks a machine's NRPE daemon to run an entry."""
    site = plan.site
    seconds = entry.deadline + CHECK_NRPE_SLACK
    options = ("-p", str(site.nrpe_port), "-t", f"{seconds}:UNKNOWN", "-c", nrpe_command(entry))
    address = (Placeholder("address"),)
    return (*literal_words((f"{site.plugins}/check_nrpe", "-H")), address, *literal_words(options))
