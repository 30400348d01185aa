"""Quoting of an argument list as the command of a Sensu Core check, for tokens and the shell.

Core replaces each `:::PATH|DEFAULT:::` by a value of the client and gives the result to `sh -c`. A check has no
variables of its own, so the command contains the token in single quotes. `value_error` rejects values that would
break out of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from checkwright.registry.plan import Placeholder, Word
from sensu.quote import HARMLESS, Unquotable, resolve, variable_error

#: Field of a generated client definition with the host's labels.
LABELS = "labels"
MARK = ":::"

_NOT_IN_A_KEY = re.compile(r"[^A-Za-z0-9_-]")
_COLONS = re.compile(r"(?<=::)(?=:)")
#: Keys whose value a client hides from the server.
_REDACTED = frozenset(
    (
        "password",
        "passwd",
        "pass",
        "api_key",
        "api_token",
        "access_key",
        "secret_key",
        "private_key",
        "secret",
        "routing_key",
        "access_token_read",
        "access_token_write",
        "access_token_path",
        "webhook_url",
        "nickserv_password",
        "channel_password",
        "community",
        "keystore_password",
        "truststore_password",
        "proxy_password",
        "access_key_id",
        "secret_access_key",
    )
)


def label_key(name: str) -> str:
    """Return the key of a host's label in a client definition. A token would read a dot as a path."""
    return _NOT_IN_A_KEY.sub("_", name)


def token(placeholder: str) -> str:
    """Return the token for a placeholder: {host}, {address} or {label.NAME}."""
    if placeholder == "host":
        return ":::name:::"
    if placeholder == "address":
        return ":::address:::"
    if placeholder.startswith("label."):
        return f":::{LABELS}.{label_key(placeholder.removeprefix('label.'))}:::"
    raise Unquotable(f"{{{placeholder}}} is not a placeholder of a host")


def command(words: Sequence[Word], *, env: Iterable[tuple[str, str]] = (), known: Mapping[str, str]) -> str:
    """Return the quoted command line after assignments of `env`, which is literal text.

    `known` are the placeholders with one value for all hosts. Raises `Unquotable`.
    """
    assignments = []
    for name, value in env:
        if why := variable_error(name):
            raise Unquotable(why)
        assignments.append(f"{name}={_literal(value)}")
    quoted = [_word(word, known) for word in words]
    if not quoted or not quoted[0].lstrip("'").startswith("/"):
        raise Unquotable(f"the executable is {quoted[0] if quoted else 'missing'}, not an absolute path")
    return " ".join((*assignments, *quoted))


def value_error(placeholder: str, value: str, *, twice: bool) -> str:
    """Return why a host's value cannot replace its token, as the end of a sentence. Returns "" for a usable one.

    `twice` is True for proxy requests: the server substitutes with what clients reported, and then the client does.
    """
    for text, what in (("'", "a single quote"), ("\n", "a line break"), ("\0", "a NUL character"), (MARK, MARK)):
        if text in value:
            return f"contains {what}, which could break out of the quotes around it"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "is not valid Unicode"
    if twice and not value.isascii():
        return "contains characters outside ASCII, which Sensu Core drops in the second substitution"
    if twice and placeholder.removeprefix("label.") in _REDACTED:
        return "has a name that clients hide from the server, so the command would contain REDACTED"
    return ""


def _word(word: Word, known: Mapping[str, str]) -> str:
    parts = resolve(word, known)
    if all(isinstance(part, str) for part in parts):
        return _literal("".join(str(part) for part in parts))
    return "".join(f"'{token(part.name)}'" if isinstance(part, Placeholder) else _in_quotes(part) for part in parts)


def _literal(text: str) -> str:
    return text if HARMLESS.match(text) and MARK not in text else _in_quotes(text)


def _in_quotes(text: str) -> str:
    """Return literal text in quotes. Quotes that close and reopen between colons keep `:::` from being a token."""
    if "\0" in text:
        raise Unquotable(f"{text!r} contains a NUL character, which no program accepts")
    if not text.isascii():
        raise Unquotable(f"{text!a} contains characters outside ASCII, which Sensu Core drops from every command")
    return "'" + _COLONS.sub("''", text.replace("'", "'\"'\"'")) + "'"
