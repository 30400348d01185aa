"""Quoting of an argument list as the command of a Sensu check, for templates and the shell.

A Sensu command passes through Go's template language and then `sh -c`. Literal text is quoted for both. A value of
the entity is never part of the command, where the shell would read it. It is the value of an environment variable,
and the command contains `"$CW_1"`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from checkwright.registry.plan import Placeholder, Word
from sensu import tokens

#: Prefix of the labels that checkwright sets on entities. A project's own labels must not begin with it.
RESERVED_LABELS = "cw_"
ADDRESS_LABEL = "cw_address"

VARIABLE = "CW_"

#: Words that a shell leaves unchanged without quotes.
HARMLESS = re.compile(r"[A-Za-z0-9_@%+:,./-][A-Za-z0-9_@%+=:,./-]*\Z")
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
#: Variables that an agent prepends to its own values instead of replacing them.
_PREPENDED = ("PATH", "CPATH", "LD_LIBRARY_PATH")


class Unquotable(ValueError):
    """Error for text that cannot reach the program unchanged. The message names the text and the reason."""


@dataclass(frozen=True, slots=True)
class Quoted:
    """`command` and `env_vars` of a CheckConfig."""

    command: str
    env_vars: tuple[str, ...]


def label_key(name: str) -> str:
    """Return the key of a host's label in Sensu. Agents read their own labels in lower case."""
    return name.lower()


def token(placeholder: str) -> str:
    """Return the token for a placeholder: {host}, {address} or {label.NAME}."""
    if placeholder == "host":
        return "{{ .name }}"
    if placeholder == "address":
        return tokens.label(ADDRESS_LABEL)
    if placeholder.startswith("label."):
        return tokens.label(label_key(placeholder.removeprefix("label.")))
    raise Unquotable(f"{{{placeholder}}} is not a placeholder of a host")


def argv(
    words: Sequence[Word],
    *,
    env: Iterable[tuple[str, str]] = (),
    known: Mapping[str, str],
    passes: int = 1,
    on_path: bool = False,
) -> Quoted:
    """Return the quoted command line.

    `env` are further variables with literal text. `known` are the placeholders with one value for all hosts. `passes`
    is the number of times that Sensu substitutes tokens (2 for a proxy request). With `on_path` the executable is a
    name on PATH, as an asset's is, instead of a path. Raises `Unquotable`.
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
    """Return literal words and variables quoted for the shell, not yet for templates. Raises `Unquotable`."""
    assignments, env_vars = _environment(env)
    return Quoted(" ".join((*assignments, *map(_literal, words))), tuple(env_vars))


def _environment(env: Iterable[tuple[str, str]]) -> tuple[list[str], list[str]]:
    """Return assignments for the command line, for values that env_vars cannot have, and env_vars."""
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
    """Return why a name is not valid for an environment variable, as a sentence. Returns "" for a valid one."""
    if not _VARIABLE_NAME.match(name):
        return f'"{name}" is not a valid name of an environment variable'
    if name.startswith(VARIABLE):
        return f"the environment variable {name} begins with {VARIABLE}, which is reserved for placeholders"
    return ""


def _check_text(text: str) -> None:
    if "\0" in text:
        raise Unquotable(f"{text!r} contains a NUL character, which no program accepts")
    if tokens.NO_VALUE in text:
        raise Unquotable(f'"{text}" contains {tokens.NO_VALUE}, Sensu\'s mark of a token without a value')
    try:
        text.encode()
    except UnicodeEncodeError:
        raise Unquotable(f"{text!r} is not valid Unicode") from None


def resolve(word: Word, known: Mapping[str, str]) -> list[str | Placeholder]:
    """Return the parts of a word with known placeholders filled in and adjacent text joined."""
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
