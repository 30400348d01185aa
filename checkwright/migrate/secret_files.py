"""Secrets in imported command lines: moved to files that the plugin reads, so that no written file holds them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from checkwright.core.conversion import NotConvertible
from checkwright.migrate.draft import Program
from checkwright.registry.resolving import placeholders
from checkwright.registry.rules.written_secrets import find_in_words, is_secret_variable

#: Default folder of Site(secrets=...).
_FOLDER = "/etc/checkwright/secrets"
_HTTP = {"-a": "authorization", "-b": "proxy-authorization", "-k": "header", "-u": "url", "-P": "post"}
_SQL = {"-p": "password"}
#: Plugins that read options from a file (--extra-opts of the Monitoring Plugins), and the long names of their options
#: that may hold a secret.
_READERS: dict[str, dict[str, str]] = {
    "check_http": _HTTP,
    "check_curl": _HTTP,
    "check_mysql": _SQL,
    "check_mysql_query": _SQL,
    "check_pgsql": _SQL,
    "check_radius": _SQL,
    "check_ldap": {"-P": "pass"},
    "check_ldaps": {"-P": "pass"},
    "check_smtp": {"-P": "authpass"},
    "check_nt": {"-s": "secret"},
    "check_snmp": {"-C": "community", "-A": "authpasswd", "-X": "privpasswd"},
}


@dataclass(frozen=True, slots=True)
class SecretFile:
    """File that the user writes: its path, and its lines without the secrets."""

    path: str
    lines: tuple[str, ...]


@dataclass
class SecretFiles:
    """The files of one import. Equal secrets of one plugin share a file."""

    files: list[SecretFile] = field(default_factory=list)
    _known: dict[tuple[str, ...], SecretFile] = field(default_factory=dict)

    def moved(self, program: Program) -> tuple[Program, SecretFile | None]:
        """Return the program without secrets in its words, and the file with them, None where it has no secret.

        Raises NotConvertible for a program that reads no such file.
        """
        words = [program.path, *program.arguments]
        found = list(find_in_words(["".join(map(_shown, placeholders.word(word))) for word in words]))
        if not found:
            return program, None
        name = program.path.rpartition("/")[2]
        options: list[tuple[str, str]] = []
        moved: set[int] = set()
        for secret in found:
            option, value, first = _option(words, secret.first, secret.last, _READERS.get(name, {}))
            if not option or any(not isinstance(part, str) for part in placeholders.word(value)) or "\n" in value:
                raise NotConvertible(
                    f"{secret.what} is a secret, which the project must not hold: give it to the plugin in a file, and"
                    " import again"
                )
            options.append((option, "".join(map(str, placeholders.word(value)))))
            moved.update(range(first, secret.last + 1))
        file = self._file(name, options)
        kept = [word for position, word in enumerate(words) if position and position not in moved]
        return Program(program.path, (f"--extra-opts=@{file.path}", *kept)), file

    def _file(self, plugin: str, options: Iterable[tuple[str, str]]) -> SecretFile:
        key = (plugin, *(text for option in options for text in option))
        if key not in self._known:
            number = 1 + sum(known[0] == plugin for known in self._known)
            path = f"{_FOLDER}/{plugin}{f'-{number}' if number > 1 else ''}.ini"
            lines = (f"[{plugin}]", *(f"{option}=..." for option, _ in options))
            self._known[key] = SecretFile(path, lines)
            self.files.append(self._known[key])
        return self._known[key]


def refuse_in_environment(variables: Iterable[tuple[str, str]]) -> None:
    """Raise NotConvertible for a variable with a secret: the project would hold it, and so would generated files."""
    for name, value in variables:
        if is_secret_variable(name, value):
            raise NotConvertible(
                f"the variable {name} is a secret, which the project must not hold: set it for the agent, and take it"
                " out of the check"
            )


def note(file: SecretFile) -> str:
    """Return a sentence about a secret that was moved."""
    return f"its secret is not in the project: the plugin reads it from {file.path} on the machine that runs it"


def _option(words: list[str], first: int, last: int, names: dict[str, str]) -> tuple[str, str, int]:
    """Return the long name of the option, its value, and the position of its first word; ("", "", 0) if unknown."""
    if not first:
        return "", "", 0
    word, before = words[first], words[first - 1]
    if word[:2] == "--":
        name, equals, value = word[2:].partition("=")
        if name not in names.values():
            return "", "", 0
        return name, value if equals else words[last], first
    if word[:2] in names:
        return names[word[:2]], word[2:] or words[last], first
    if before in names:
        return names[before], word, first - 1
    if before[:2] == "--" and before[2:] in names.values():
        return before[2:], word, first - 1
    return "", "", 0


def _shown(part: object) -> str:
    return part if isinstance(part, str) else "{}"
