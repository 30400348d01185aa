"""Check whether the machines have the NRPE files that built object files need.

A service runs an NRPE command by name. On a machine without the new file NRPE answers "not defined" and the service
is UNKNOWN. So this asks the machines before the object files go live. It runs the marker command of each file, such as
`roles/ROLE` or `hosts/HOST`, and compares the digest in its output.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from nagios_cfg.cfgfile import Unreadable
from nagios_cfg.comparison.watched_objects import read_definitions, watched_objects
from nagios_cfg.nrpe_marker import command_names, file_digest, marker_command

_PARALLEL = 32
#: Seconds beyond check_nrpe's own timeout.
_GRACE = 5
_ADDRESS = re.compile(r"[A-Za-z0-9_:][A-Za-z0-9_.:%-]*")

State = Literal["current", "outdated", "missing", "no answer"]


@dataclass(frozen=True, slots=True)
class AgentQuery:
    """Files that one machine needs, as {file: digest}, and the address and port of its NRPE daemon."""

    host: str
    address: str
    port: int
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """State of one file on one machine. `output` is what check_nrpe printed, or the error that stopped it."""

    host: str
    file: str
    state: State
    output: str = ""


def agent_queries(objects: Mapping[str, str], nrpe: Mapping[str, str]) -> tuple[AgentQuery, ...]:
    """Return the NRPE files that each machine needs, from built object files and NRPE files given as {path: text}.

    Raises Unreadable.
    """
    definitions = read_definitions(objects)
    watched = watched_objects(definitions)
    digests = {path: file_digest(text) for path, text in nrpe.items()}
    commands = {path: command_names(text) for path, text in nrpe.items()}
    roles = {name: path for path, names in commands.items() if path.startswith("roles/") for name in names}
    calls = {
        one.name: _nrpe_call(one.settings["command_line"], objects) for one in definitions if one.kind == "command"
    }
    files: dict[str, dict[str, str]] = {}
    ports: dict[str, int] = {}
    for (host, _), settings in watched.services.items():
        name, port = calls.get(settings.get("check_command", ""), ("", 0))
        own = f"hosts/{host}.cfg"
        path = own if name in commands.get(own, ()) else roles.get(name)
        if path:
            files.setdefault(host, {})[path] = digests[path]
            ports[host] = port
    addresses = {name: host.get("address", "") for name, host in watched.hosts.items()}
    return tuple(
        AgentQuery(host, addresses.get(host, ""), ports[host], dict(sorted(of_host.items())))
        for host, of_host in sorted(files.items())
    )


def query_agents(queries: tuple[AgentQuery, ...], check_nrpe: str, seconds: int = 10) -> tuple[Answer, ...]:
    """Query all machines in parallel. After a first file without answer the machine's other files are skipped."""

    def query_machine(query: AgentQuery) -> list[Answer]:
        answers: list[Answer] = []
        for file, digest in query.files.items():
            answers.append(_query(query, file, digest, check_nrpe, seconds))
            if answers[-1].state == "no answer":
                break
        return answers

    with ThreadPoolExecutor(_PARALLEL) as pool:
        return tuple(answer for answers in pool.map(query_machine, queries) for answer in answers)


def _query(query: AgentQuery, file: str, digest: str, check_nrpe: str, seconds: int) -> Answer:
    if not _ADDRESS.fullmatch(query.address):
        return Answer(query.host, file, "no answer", f"{query.address!r} is not an address")
    command = marker_command(file)
    argv = [check_nrpe, "-H", query.address, "-p", str(query.port), "-t", str(seconds), "-c", command]
    try:
        result = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds + _GRACE, check=False, errors="replace"
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Answer(query.host, file, "no answer", str(error))
    output = " ".join(result.stdout.split()) or " ".join(result.stderr.split())
    if output == digest:
        return Answer(query.host, file, "current", output)
    if result.returncode == 0:
        return Answer(query.host, file, "outdated", output)
    return Answer(query.host, file, "missing" if "not defined" in output else "no answer", output)


def _nrpe_call(command_line: str, objects: Mapping[str, str]) -> tuple[str, int]:
    """Return the NRPE command and the port that a command line calls, ("", 0) for other commands. Raises Unreadable."""
    try:
        words = shlex.split(command_line.replace("$$", "$"))
        if not words[0].endswith("/check_nrpe") or "-c" not in words:
            return "", 0
        return words[words.index("-c") + 1], int(words[words.index("-p") + 1])
    except (ValueError, IndexError):
        lines = (line for text in objects.values() for line in enumerate(text.split("\n"), start=1))
        number = next((number for number, line in lines if line.rstrip().endswith(command_line)), 1)
        raise Unreadable(number, f"this command was not built by checkctl: {command_line!r}") from None
