"""Commands of NRPE from the nrpe.cfg of machines, and the query of a service for one of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from checkwright.migrate.draft import Program
from checkwright.migrate.plugin_options import Differs, Options
from checkwright.registry.plan import SUDO, Origin
from nagios_cfg.quote import Unquotable
from nagios_cfg.reader.config_text import CannotRead, find_config_files, read_text
from nagios_cfg.sudoers import sudoers_line

_COMMAND = re.compile(r"\s*command\[([^\]]+)\]\s*=\s*(.*?)\s*")
_INCLUDE = re.compile(r"\s*include(_dir|_file)?\s*=\s*(.*?)\s*")
_PREFIX = re.compile(r"^[ \t]*command_prefix[ \t]*=[ \t]*(\S.*?)[ \t\r]*$", re.MULTILINE)
_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]*")
_BARE_SUDO = re.compile(r"sudo(?=[ \t])")
_USER = re.compile(r"^[ \t]*nrpe_user[ \t]*=[ \t]*(\S+)[ \t\r]*$", re.MULTILINE)
PORT = 5666


@dataclass(frozen=True, slots=True)
class Query:
    """Query to NRPE: name of the command ("" for the version) and port."""

    name: str
    port: int


class Agents:
    """Commands of NRPE files: of the file for a host by name or pattern, otherwise of those for all hosts."""

    def __init__(self, files: Sequence[tuple[str, Path]]) -> None:
        """files: pairs of a pattern of host names and an nrpe.cfg. Raises CannotRead."""
        self._files = [(pattern, _prefixed(path)) for pattern, path in files]
        users = {user[1] for _, path in files if (user := _USER.search(read_text(path)))}
        #: Account that runs the commands, "" if the files do not name one or disagree.
        self.account = users.pop() if len(users) == 1 and all(map(_ACCOUNT.fullmatch, users)) else ""

    def __bool__(self) -> bool:
        return bool(self._files)

    def line(self, host: str, name: str) -> str | None:
        """Return the command line of a command on a host, or None if no file has it."""
        for pattern, commands in self._files:
            if fnmatchcase(host, pattern) and name in commands:
                return _BARE_SUDO.sub(SUDO, commands[name], count=1) if commands[name][:4] == "sudo" else commands[name]
        return None


def parse(program: Program) -> Query | str:
    """Return the query of a check_nrpe command, or the reason why it cannot be converted, as a clause."""
    try:
        options = Options(
            program.arguments,
            "H:c:p:t:u",
            {"host=": "H", "command=": "c", "port=": "p", "timeout=": "t", "unknown-timeout": "u"},
        )
        port = options.one("p", str(PORT))
        if options.one("H") not in ("{address}", "{host}"):
            return "it queries another machine than its host"
        return Query(options.one("c"), int(port)) if port.isdecimal() else f"the port {port!r} differs by host"
    except Differs as difference:
        return str(difference)


def without_sudo(program: Program) -> tuple[Program, str]:
    """Return the program behind sudo and its account where run_as can express it, otherwise the program and ""."""
    words = list(program.arguments)
    account = "root"
    while words and (option := words[0]) in ("-n", "-u", "--"):
        del words[0]
        if option == "-u" and words:
            account = words.pop(0)
        if option == "--":
            break
    if program.path.rpartition("/")[2] != "sudo" or not words or not _ACCOUNT.fullmatch(account):
        return program, ""
    try:
        sudoers_line("x", account, words)  # otherwise the existing sudo stays
    except Unquotable:
        return program, ""
    return Program(words[0], tuple(words[1:])), account


def _prefixed(path: Path) -> Mapping[str, str]:
    """Return the commands of a file, each with the command_prefix of the file."""
    prefix = _PREFIX.search(read_text(path))
    commands = _commands(path, ())
    return {name: f"{prefix[1]} {line}" for name, line in commands.items()} if prefix else commands


def _commands(path: Path, within: tuple[Path, ...], included_by: Origin | None = None) -> Mapping[str, str]:
    if path in within:
        raise CannotRead(f"{path} includes itself", included_by)
    found: dict[str, str] = {}
    for number, line in enumerate(read_text(path, included_by).split("\n"), start=1):
        here = Origin(str(path), number)
        if match := _COMMAND.fullmatch(line):
            found[match[1]] = match[2]
        elif match := _INCLUDE.fullmatch(line):
            place = Path(match[2])
            for file in find_config_files(place, here) if match[1] == "_dir" else [place]:
                found |= _commands(file, (*within, path), here)
    return found
