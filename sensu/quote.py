"""An argument list as the command of a Sensu check, unchanged by templates and shell.

A Sensu command passes through Go's template language and then `sh -c`. Literal text is quoted
for both. A value that only the entity knows is never pasted into the command, where the
shell would read it: it comes by an environment variable, and the command says `"$CW_1"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from checkwright.registry.plan import Placeholder, Word
from sensu import tokens

#: Labels that every entity of ours carries; a project's own labels may not start like this.
RESERVED_LABELS = "cw_"
ADDRESS_LABEL = "cw_address"

VARIABLE = "CW_"

#: Words that no shell reads as anything but themselves.
HARMLESS = re.compile(r"[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*\Z")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
#: The agent puts a check's value of these in front of its own instead of replacing it.
_PREPENDED = ("PATH", "CPATH", "LD_LIBRARY_PATH")


class Unquotable(ValueError):
    """Text that cannot reach the program as it is; the message says which and why."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """`command` and `env_vars` of a CheckConfig."""

    command: str
    env_vars: tuple[str, ...]


def label_key(name: str) -> str:
    """The key of a host's label in Sensu: agents read their own labels in lower case."""
    return name.lower()


def token(placeholder: str) -> str:
    """The template that gives a placeholder's value: {host}, {address} or {label.NAME}."""
    if placeholder == "host":
        return "{{ .name }}"
    if placeholder == "address":
        return tokens.label(ADDRESS_LABEL)
    if placeholder.startswith("label."):
        return tokens.label(label_key(placeholder.removeprefix("label.")))
    raise Unquotable(f"{{{placeholder}}} is no placeholder of a host")


def argv(
    words: Sequence[Word],
    *,
    env: Iterable[tuple[str, str]] = (),
    known: Mapping[str, str],
    passes: int = 1,
    on_path: bool = False,
) -> Quoted:
    """Quote a whole command line.

    `env` holds further variables of literal text; `known` the placeholders whose value is the same for all
    hosts; `passes` says how often Sensu substitutes tokens (twice for a proxy request); `on_path` that the
    executable is a name found on PATH, as an asset's is, and no path. Raises `Unquotable`.
    """
    variables: dict[str, str] = {}
    quoted = [_word(resolve(word, known), variables) for word in words]
    if not quoted or not (on_path or quoted[0].lstrip("'").startswith("/")):
        raise Unquotable(f"the executable is {quoted[0] if quoted else 'missing'}, not an absolute path")
    env_vars = [f"{name}={token(placeholder)}" for placeholder, name in variables.items()]
    assignments, further = _environment(env)
    env_vars += (tokens.literal(variable, passes) for variable in further)
    command = tokens.literal(" ".join((*assignments, *quoted)), passes)
    return Quoted(command, tuple(env_vars))


def literal_argv(words: Sequence[str], *, env: Iterable[tuple[str, str]] = ()) -> Quoted:
    """Literal words and variables for what a shell reads, and no template yet. Raises `Unquotable`."""
    assignments, env_vars = _environment(env)
    return Quoted(" ".join((*assignments, *map(_literal, words))), tuple(env_vars))


def _environment(env: Iterable[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Assignments for the command line, of what env_vars cannot say, and env_vars."""
    assignments, env_vars = [], []
    for name, value in env:
        if why := variable_error(name):
            raise Unquotable(why)
        _check_text(value)
        if value and name not in _PREPENDED:
            env_vars.append(f"{name}={value}")
        else:
            assignments.append(f"{name}={_literal(value)}")
    return assignments, env_vars


def variable_error(name: str) -> str:
    """Why an environment variable cannot be called this, as a sentence; "" when it can."""
    if not _VARIABLE_NAME.match(name):
        return f'"{name}" is no name of an environment variable'
    if name.startswith(VARIABLE):
        return f"the environment variable {name} begins with {VARIABLE}, which is kept for placeholders"
    return ""


def _check_text(text: str) -> None:
    if "\0" in text:
        raise Unquotable(f"{text!r} has a NUL character, which no program can be given")
    if tokens.NO_VALUE in text:
        raise Unquotable(f'"{text}" has {tokens.NO_VALUE}, which Sensu takes for a token without a value')
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unquotable(f"{text!r} is not valid Unicode") from None


def resolve(word: Word, known: Mapping[str, str]) -> list[str | Placeholder]:
    """The word with known placeholders filled in and neighbouring text joined."""
    if len(word) == 1 and isinstance(word[0], str):
        return [word[0]]
    parts: list[str | Placeholder] = []
    for part in word:
        if isinstance(part, Placeholder) and part.name in known:
            part = known[part.name]
        if isinstance(part, str) and parts and isinstance(parts[-1], str):
            parts[-1] += part
        else:
            parts.append(part)
    return parts


def _word(parts: Sequence[str | Placeholder], variables: dict[str, str]) -> str:
    if not parts:
        return "''"
    if len(parts) == 1 and isinstance(parts[0], str):
        return _literal(parts[0])
    text = ""
    for part in parts:
        if isinstance(part, Placeholder):
            name = variables.setdefault(part.name, f"{VARIABLE}{len(variables) + 1}")
            text += f'"${name}"'
        elif part:
            text += _in_quotes(part)
    return text


def _literal(text: str) -> str:
    if HARMLESS.match(text):
        return text
    return _in_quotes(text)


def _in_quotes(text: str) -> str:
    _check_text(text)
    return "'" + text.replace("'", "'\"'\"'") + "'"
