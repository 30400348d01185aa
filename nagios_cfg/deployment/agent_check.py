"""Whether machines have the NRPE files that object files ask for: each file says by a command of its own which it is.

Object files name commands of NRPE; a machine that lacks its new file answers "not defined", and every service
that names the command is UNKNOWN. So machines are asked before the server's files are handed over. What they are
asked is the command `roles/ROLE` or `hosts/HOST`, and what they answer is a digest of that file's commands.
"""

from __future__ import annotations

import hashlib
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from nagios_cfg.cfgfile import Unreadable
from nagios_cfg.deployment.watched_objects import definitions, inventory

_DIGITS = 12
_AT_ONCE = 32
#: Seconds beyond check_nrpe's own timeout.
_GRACE = 5
_LINE = re.compile(r"command\[(?P<name>[^\]]+)\]=(?P<rest>.*)")
_ADDRESS = re.compile(r"[A-Za-z0-9_:][A-Za-z0-9_.:%-]*")

Has = Literal["the same", "another", "none", "no answer"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a machine needs: its address, the port of its NRPE, and {file: digest}."""

    host: str
    address: str
    port: int
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a machine's NRPE has in the place of a file; `said` is what it answered."""

    host: str
    file: str
    has: Has
    said: str = ""


def marker(path: str, lines: list[str]) -> str:
    """The line by which a file for NRPE, `roles/ROLE.cfg` or `hosts/HOST.cfg` with these commands, says which it is."""
    return f"command[{_question(path)}]=/bin/echo {_digest(lines)}"


def needed(objects: Mapping[str, str], nrpe: Mapping[str, str]) -> tuple[Asked, ...]:
    """Which files each machine needs, by built object files and NRPE files: {path: text}. Raises Unreadable."""
    found = definitions(objects)
    watched = inventory(found)
    digests = {path: _of_file(text) for path, text in nrpe.items()}
    named = {path: {match["name"] for match in _commands(text)} for path, text in nrpe.items()}
    roles = {name: path for path, names in named.items() if path.startswith("roles/") for name in names}
    calls = {one.name: _call(one.settings["command_line"], objects) for one in found if one.kind == "command"}
    files: dict[str, dict[str, str]] = {}
    ports: dict[str, int] = {}
    for (host, _), settings in watched.services.items():
        name, port = calls.get(settings.get("check_command", ""), ("", 0))
        own = f"hosts/{host}.cfg"
        path = own if name in named.get(own, ()) else roles.get(name)
        if path:
            files.setdefault(host, {})[path] = digests[path]
            ports[host] = port
    addresses = {name: host.get("address", "") for name, host in watched.hosts.items()}
    return tuple(
        Asked(host, addresses.get(host, ""), ports[host], dict(sorted(of_host.items())))
        for host, of_host in sorted(files.items())
    )


def ask(machines: tuple[Asked, ...], check_nrpe: str, seconds: int = 10) -> tuple[Answer, ...]:
    """Ask all machines, some at a time; one that does not answer the first question is not asked another."""

    def of_machine(machine: Asked) -> list[Answer]:
        answers: list[Answer] = []
        for file, digest in machine.files.items():
            answers.append(_ask(machine, file, digest, check_nrpe, seconds))
            if answers[-1].has == "no answer":
                break
        return answers

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(answer for answers in pool.map(of_machine, machines) for answer in answers)


def _ask(machine: Asked, file: str, digest: str, check_nrpe: str, seconds: int) -> Answer:
    question = _question(file)
    if not _ADDRESS.fullmatch(machine.address):
        return Answer(machine.host, file, "no answer", f"{machine.address!r} is no address")
    argv = [check_nrpe, "-H", machine.address, "-p", str(machine.port), "-t", str(seconds), "-c", question]
    try:
        ran = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds + _GRACE, check=False, errors="replace"
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Answer(machine.host, file, "no answer", str(error))
    said = " ".join(ran.stdout.split()) or " ".join(ran.stderr.split())
    if said == digest:
        return Answer(machine.host, file, "the same", said)
    if ran.returncode == 0:
        return Answer(machine.host, file, "another", said)
    return Answer(machine.host, file, "none" if "not defined" in said else "no answer", said)


def _question(path: str) -> str:
    # No name in the registry holds a slash, so that no watch has this one.
    return path.removesuffix(".cfg")


def _of_file(text: str) -> str:
    return _digest([match[0] for match in _commands(text) if "/" not in match["name"]])


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(sorted(lines)).encode("utf-8", "surrogateescape")).hexdigest()[:_DIGITS]


def _commands(text: str) -> Iterator[re.Match[str]]:
    return (match for line in text.split("\n") if (match := _LINE.fullmatch(line)))


def _call(command_line: str, objects: Mapping[str, str]) -> tuple[str, int]:
    """The name that a command asks NRPE for, and the port; ("", 0) for a command that asks none. Raises Unreadable."""
    try:
        words = shlex.split(command_line.replace("$$", "$"))
        if not words[0].endswith("/check_nrpe") or "-c" not in words:
            return "", 0
        return words[words.index("-c") + 1], int(words[words.index("-p") + 1])
    except (ValueError, IndexError):
        lines = (line for text in objects.values() for line in enumerate(text.split("\n"), start=1))
        number = next((number for number, line in lines if line.rstrip().endswith(command_line)), 1)
        raise Unreadable(number, f"this is no command as checkctl builds it: {command_line!r}") from None
