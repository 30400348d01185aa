"""Files for NRPE's include folder: the whole command lines, so that nothing crosses the wire but a name.

NRPE knows nothing of hosts, so that a command in which a host's own value stands goes into that host's file.
"""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.registry.plan import Entry, Host, Plan
from nagios_cfg.cfgfile import one_line
from nagios_cfg.names import nrpe_command
from nagios_cfg.nrpe_marker import marker
from nagios_cfg.quote import differs_by_host, nrpe_line, nrpe_line_by_host
from nagios_cfg.services import NRPE_SLACK, run_on_machine


def files(plan: Plan, heading: tuple[str, ...]) -> dict[str, str]:
    """Return {path: text}: a file for each role, for each host that needs its own, and one with the timeout.

    Raises Unquotable.
    """
    asked = [entry for entry in plan.entries if entry.transport == "nrpe" and entry.hosts]
    if not asked:
        return {}
    hosts = {host.name: host for host in plan.hosts}
    timeout = max(entry.deadline for entry in asked) + NRPE_SLACK
    texts: dict[str, list[str]] = {}
    commands: dict[str, list[str]] = {}
    for entry in asked:
        about = _about(entry)
        for path, line in lines(entry, plan, hosts):
            texts.setdefault(path, []).append(about + line)
            commands.setdefault(path, []).append(line)
    for path, defined in commands.items():
        texts[path].append(f"# checkctl nagios agents asks which file this is\n{marker(path, defined)}")
    texts["checkwright.cfg"] = [f"command_timeout={timeout}"]
    top = "".join(f"# {line}\n" for line in heading)
    return {path: top + "\n" + "\n\n".join(blocks) + "\n" for path, blocks in sorted(texts.items())}


def lines(entry: Entry, plan: Plan, hosts: dict[str, Host]) -> Iterator[tuple[str, str]]:
    """Yield the lines that an entry needs, each with the file that it goes into. Raises Unquotable."""
    name = nrpe_command(entry)
    command = run_on_machine(entry, plan)
    if differs_by_host(command):
        line_of = nrpe_line_by_host(name, command)
        for host in entry.hosts:
            yield f"hosts/{host}.cfg", line_of(hosts[host])
    else:
        yield f"roles/{entry.role}.cfg", nrpe_line(name, ["".join(map(str, word)) for word in command])


def _about(entry: Entry) -> str:
    about = f"# {one_line(f'{entry.id}: {entry.summary or entry.plugin}')}\n"
    about += "".join(f"# Why: {one_line(why)}\n" for why in entry.why)
    return about + f"# declared at {one_line(str(entry.origin))}\n"
