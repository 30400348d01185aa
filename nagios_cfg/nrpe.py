"""Files for NRPE's include folder: whole command lines, so that only a command's name crosses the wire.

NRPE has no host macros. So a command that contains a value of the host goes into that host's file.
"""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.findings import Finding
from checkwright.registry.plan import Entry, Host, Plan
from nagios_cfg.cfgfile import one_line
from nagios_cfg.check_commands import local_command
from nagios_cfg.intervals import NRPE_SLACK
from nagios_cfg.names import nrpe_command
from nagios_cfg.nrpe_marker import marker
from nagios_cfg.quote import Unquotable, differs_by_host, nrpe_line, nrpe_line_by_host
from nagios_cfg.rules.rendering_rules import CommandNotExpressible


def files(plan: Plan, heading: tuple[str, ...]) -> tuple[dict[str, str], list[Finding]]:
    """Return {path: text} and findings (N015) about commands that NRPE cannot run.

    The files are one for each role, one for each host with commands of its own, and one with the timeout.
    """
    hosts = {host.name: host for host in plan.hosts}
    findings: list[Finding] = []
    texts: dict[str, list[str]] = {}
    commands: dict[str, list[str]] = {}
    deadline = 0
    for entry in plan.entries:
        if entry.transport != "nrpe":
            continue
        try:
            found = [*_lines(entry, plan, hosts)]
        except Unquotable as fault:
            message = f"{entry.id!r} cannot be run by NRPE: {fault}"
            findings.append(CommandNotExpressible.finding(entry.origin, message))
            continue
        if entry.hosts:
            deadline = max(deadline, entry.deadline)
            comment = _comment(entry)
            for path, line in found:
                texts.setdefault(path, []).append(comment + line)
                commands.setdefault(path, []).append(line)
    if not texts:
        return {}, findings
    for path, defined in commands.items():
        texts[path].append(f"# Version of this file, for checkctl nagios agents\n{marker(path, defined)}")
    texts["checkwright.cfg"] = [f"command_timeout={deadline + NRPE_SLACK}"]
    top = "".join(f"# {line}\n" for line in heading)
    return {path: top + "\n" + "\n\n".join(blocks) + "\n" for path, blocks in sorted(texts.items())}, findings


def _lines(entry: Entry, plan: Plan, hosts: dict[str, Host]) -> Iterator[tuple[str, str]]:
    """Yield (path, line) for each line that an entry needs. Raises Unquotable."""
    name = nrpe_command(entry)
    command = local_command(entry, plan)
    if differs_by_host(command):
        line_on = nrpe_line_by_host(name, command)
        for host in entry.hosts:
            yield f"hosts/{host}.cfg", line_on(hosts[host])
    else:
        yield f"roles/{entry.role}.cfg", nrpe_line(name, ["".join(map(str, word)) for word in command])


def _comment(entry: Entry) -> str:
    comment = f"# {one_line(f'{entry.id}: {entry.summary or entry.plugin}')}\n"
    comment += "".join(f"# Why: {one_line(why)}\n" for why in entry.why)
    return comment + f"# declared at {one_line(str(entry.origin))}\n"
