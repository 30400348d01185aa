"""Macros of a command: a value that is the same everywhere is inserted, a value of the host becomes a placeholder."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from checkwright.core.conversion import NotConvertible
from checkwright.core.shell_words import Malformed, RequiresShell, argv
from checkwright.migrate.draft import Program
from checkwright.migrate.nagios.shell_script import script as shell_script
from checkwright.registry.plan import Placeholder
from checkwright.registry.resolving import placeholders
from nagios_cfg.reader import LiveHost, LiveService
from nagios_cfg.reader.macros import expand

_ARGUMENT = re.compile(r"ARG(\d{1,2})")
_USER = re.compile(r"USER(\d{1,3})")
_PATH = re.compile(r"/[A-Za-z0-9_./+-]*")
#: Values that are one word in any shell, so that a placeholder can replace them in any quotes.
_PLAIN = re.compile(r"[A-Za-z0-9_@%+:,./-]+")
#: Macros of Nagios that have a value only at run time, or that belong to another object. Anything else is text.
_RUNTIME = re.compile(
    r"(HOST|SERVICE|CONTACT|NOTIFICATION|LAST|LONG|SHORT|TOTAL|MAX|ADMIN|_CONTACT)[A-Z0-9_]*(:.*)?"
    r"|(DATE|TIME|TIMET|PROCESSSTARTTIME|EVENTSTARTTIME|(IS|NEXT)VALIDTIME|[A-Z]+FILE|[A-Z]+PATH)(:.*)?"
)
_FIRST = 0xF0000
_LABELS = {"HOSTALIAS": "alias", "HOSTDISPLAYNAME": "display_name"}
_SHELL = "/bin/sh"
#: Nagios starts no shell for these, and the plugin gets them as they are.
_PLAIN_TO_NAGIOS = "#~{["


@dataclass(frozen=True, slots=True)
class ResolvedCommand:
    """Command with the labels that the host needs for it. shell: the reason why it needs a shell, or "".

    missing: macros of variables that are not set; their text stays in the command.
    """

    program: Program
    labels: Mapping[str, str] = field(default_factory=dict)
    shell: str = ""
    missing: tuple[str, ...] = ()


class Macros:
    """Macros of one configuration. shown: numbers of $USERn$ that are not secrets."""

    def __init__(self, commands: Mapping[str, str], users: Mapping[int, str], shown: frozenset[int], stripped: str):
        self._commands = commands
        self._users = users
        self._shown = shown
        self._strip = str.maketrans("", "", stripped)

    def resolve(self, service: LiveService | None, host: LiveHost) -> ResolvedCommand:
        """Return the command that Nagios runs for a service, or for the host itself. Raises NotConvertible."""
        command = (service or host).settings.get("check_command", "")
        if not command:
            raise NotConvertible("it has no check_command")
        name, *raw = re.split(r"(?<!\\)!", command)
        line = self._commands.get(name.strip())
        if line is None:
            raise NotConvertible(f"the command {name!r} is not defined")
        own = _Own(host, service, self._strip)
        arguments = [self._expanded(one.replace("\\!", "!"), own, None) for one in raw]
        return _split(self._expanded(line, own, arguments), own)

    def line(self, line: str, host: LiveHost) -> ResolvedCommand:
        """Return the command that NRPE runs on a host. It has no macros but $ARGn$. Raises NotConvertible."""
        if re.search(r"\$ARG\d+\$", line):
            raise NotConvertible("its arguments are sent by the server")
        if "$" in line.replace("$$", ""):
            raise NotConvertible("it has a single $, which NRPE interprets in its own way")
        return _split(line.replace("$$", "$"), _Own(host, None, self._strip))

    def _expanded(self, text: str, own: _Own, arguments: list[str] | None) -> str:
        return expand(text, lambda name: self._value(name, own, arguments))

    def _value(self, name: str, own: _Own, arguments: list[str] | None) -> str | None:
        if (found := _ARGUMENT.fullmatch(name)) and 1 <= int(found[1]) <= 32:
            number = int(found[1]) - 1
            return arguments[number] if arguments is not None and number < len(arguments) else ""
        if found := _USER.fullmatch(name):
            return self._user(int(found[1]))
        value = own.value(name)
        if value is None and _RUNTIME.fullmatch(name):
            raise NotConvertible(f"${name}$ has a value only while Nagios runs")
        return value

    def _user(self, number: int) -> str:
        if number not in self._users:
            if number == 1:
                return "/usr/lib/nagios/plugins"
            raise NotConvertible(f"$USER{number}$ is not defined")
        value = self._users[number]
        if number in self._shown or _PATH.fullmatch(value):
            return value
        raise NotConvertible(
            f"$USER{number}$ may be a secret and is not copied"
            f" (--show-user {number} if it is none; otherwise put it into a file that the plugin reads, and import"
            " again)"
        )


class _Own:
    """Values of one host and its service, and the characters that mark the host's values."""

    def __init__(self, host: LiveHost, service: LiveService | None, strip: dict[int, int | None]) -> None:
        self.host = host
        self._service = service
        self._strip = strip
        self.marks: dict[str, tuple[str, str]] = {}
        #: Variables that neither defines; their macros stay in the text.
        self.missing: set[str] = set()

    def value(self, name: str) -> str | None:
        """Return text or the mark of a placeholder; None for anything else."""
        if name == "HOSTADDRESS":
            return self._mark("address", self.host.address)
        if name == "HOSTNAME":
            return self._mark("host", self.host.name)
        if name in _LABELS:
            directive = _LABELS[name]
            return self._mark(f"label.{directive}", self.host.settings.get(directive, self.host.name))
        if name == "SERVICEDESC":
            return self._service.name if self._service else None
        if name.startswith("_HOST"):
            value = self._variable(name, self.host.settings, name[5:])
            return None if value is None else self._mark(f"label.{label_name(name[5:])}", value)
        if name.startswith("_SERVICE") and self._service:
            return self._variable(name, self._service.settings, name[8:])
        return None

    def _variable(self, macro: str, settings: Mapping[str, str], name: str) -> str | None:
        value = settings.get(f"_{name}")
        if value is None:
            self.missing.add(macro)
            return None
        return value.translate(self._strip)

    def _mark(self, placeholder: str, value: str) -> str:
        if not _PLAIN.fullmatch(value):
            return value
        mark = chr(_FIRST + len(self.marks))
        for known, (name, _) in self.marks.items():
            if name == placeholder:
                return known
        self.marks[mark] = (placeholder, value)
        return mark


def label_name(variable: str) -> str:
    """Return the label for a custom variable: `_SNMP_PORT` is `snmp_port`."""
    name = re.sub(r"[^a-z0-9_.-]", "_", variable.lower())
    return name if re.match(r"[a-z0-9_]", name) else f"_{name}"


def _split(text: str, own: _Own) -> ResolvedCommand:
    marks = "".join(own.marks)
    why = ""
    if not text.strip():
        raise NotConvertible("the command line is empty")
    try:
        words = argv(text, plain=_PLAIN_TO_NAGIOS)
    except Malformed as broken:
        # Not the whole line: it may hold a password.
        raise NotConvertible(f"{broken}, in a call of {_shown(text.split()[0], own)}") from None
    except RequiresShell as needs:
        why = str(needs)
        try:
            script, used = shell_script(text, marks)
        except RequiresShell as still:
            raise NotConvertible(str(still)) from None
        words = [_SHELL, "-c", script, *(("sh", *used) if used else ())]
    if not words[0].startswith("/"):
        raise NotConvertible(f"{_shown(words[0], own)!r} is not an absolute path, so the program depends on PATH")
    if any(mark in words[0] for mark in marks):
        raise NotConvertible("the program differs from host to host")
    labels: dict[str, str] = {}

    def take(mark: str) -> str:
        name, value = own.marks[mark]
        if name.startswith(placeholders.LABEL):
            labels[name.removeprefix(placeholders.LABEL)] = value
        return f"{{{name}}}"

    arguments = tuple(_word(word, own, take) for word in words[1:])
    if any(not char.isprintable() for word in words for char in word if char not in marks):
        raise NotConvertible("it has a character that cannot be printed")
    return ResolvedCommand(Program(words[0], arguments), labels, why, tuple(sorted(own.missing)))


def _word(word: str, own: _Own, take: Callable[[str], str]) -> str:
    """Return a word with placeholders instead of marks that the registry parses back to the same parts."""
    parts = [part for part in re.split(f"([{''.join(own.marks)}])", word) if part] if own.marks else [word]
    text = "".join(f"{{{own.marks[part][0]}}}" if part in own.marks else placeholders.literal(part) for part in parts)
    meant = tuple(Placeholder(own.marks[part][0]) if part in own.marks else part for part in parts) or ("",)
    if placeholders.word(text) == meant:
        for part in parts:
            if part in own.marks:
                take(part)
        return text
    return placeholders.literal("".join(own.marks[part][1] if part in own.marks else part for part in parts))


def _shown(text: str, own: _Own) -> str:
    return "".join(f"{{{own.marks[char][0]}}}" if char in own.marks else char for char in text)
