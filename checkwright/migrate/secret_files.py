"""Secrets in imported command lines: moved to files that the plugin reads, so that no written file holds them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from checkwright.core.conversion import NotConvertible
from checkwright.migrate.draft import Program
from checkwright.registry.plan import Placeholder
from checkwright.registry.resolving import placeholders
from checkwright.registry.rules.written_secrets import SecretWord, find_in_words, is_secret_label, is_secret_variable

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

    def moved(self, program: Program, labels: Mapping[str, str] | None = None) -> tuple[Program, SecretFile | None]:
        """Return the program without secrets in its words, and the file with them, None if it has no secret.

        labels: values of the placeholders {label.NAME}. Those that are secrets move to the file as well.
        Raises NotConvertible for a program that reads no such file.
        """
        words = [program.path, *program.arguments]
        of_labels = list(_in_labels(words, labels or {}))
        for secret in of_labels:
            words[secret.first] = _with_values(words[secret.first], labels or {})
        in_words = list(find_in_words(["".join(map(_shown, placeholders.word(word))) for word in words]))
        covered = {position for secret in in_words for position in range(secret.first, secret.last + 1)}
        found = in_words + [secret for secret in of_labels if secret.first not in covered]
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


def without_secrets(labels: Mapping[str, str]) -> dict[str, str]:
    """Return the labels that a project may hold."""
    return {name: value for name, value in labels.items() if not is_secret_label(name, value)}


def note(file: SecretFile) -> str:
    """Return a sentence about a secret that was moved."""
    return f"its secret is not in the project: the plugin reads it from {file.path} on the machine that runs it"


def _in_labels(words: list[str], labels: Mapping[str, str]) -> Iterator[SecretWord]:
    """Yield the words with a label that is a secret."""
    for position, word in enumerate(words):
        for part in placeholders.word(word):
            name, value = _label(part, labels)
            if is_secret_label(name, value):
                yield SecretWord(f"the label {name}", position, position)
                break


def _with_values(word: str, labels: Mapping[str, str]) -> str:
    """Return the word with the values of labels instead of their placeholders."""
    text = ""
    for part in placeholders.word(word):
        name, value = _label(part, labels)
        if name:
            text += placeholders.literal(value)
        else:
            text += placeholders.literal(part) if isinstance(part, str) else f"{{{part.name}}}"
    return text


def _label(part: str | Placeholder, labels: Mapping[str, str]) -> tuple[str, str]:
    """Return the name and the value of the label that a part names, ("", "") for any other part."""
    if isinstance(part, str) or not part.name.startswith(placeholders.LABEL):
        return "", ""
    name = part.name.removeprefix(placeholders.LABEL)
    return (name, labels[name]) if name in labels else ("", "")


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
