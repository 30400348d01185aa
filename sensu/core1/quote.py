"""An argument list as the command of a Sensu Core check, unchanged by tokens and shell.

Core replaces each `:::PATH|DEFAULT:::` by a value of the client and gives the result to `sh -c`. A check
has no environment of its own there, so a token stands in single quotes within the command, and
`value_error` says which values would leave them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from checkwright.registry.plan import Placeholder, Word
from sensu.quote import HARMLESS, Unquotable, resolve, variable_error

#: Where a client definition of ours keeps the host's labels.
LABELS = "labels"
MARK = ":::"

_NOT_IN_A_KEY = re.compile(r"[^A-Za-z0-9_-]")
_COLONS = re.compile(r"(?<=::)(?=:)")
#: Keys whose value a client hides before it tells the server about itself.
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
    """The key of a host's label in a client definition: a dot would be a step into it for a token."""
    return _NOT_IN_A_KEY.sub("_", name)


def token(placeholder: str) -> str:
    """The token that gives a placeholder's value: {host}, {address} or {label.NAME}."""
    if placeholder == "host":
        return ":::name:::"
    if placeholder == "address":
        return ":::address:::"
    if placeholder.startswith("label."):
        return f":::{LABELS}.{label_key(placeholder.removeprefix('label.'))}:::"
    raise Unquotable(f"{{{placeholder}}} is no placeholder of a host")


def command(words: Sequence[Word], *, env: Iterable[tuple[str, str]] = (), known: Mapping[str, str]) -> str:
    """Quote a whole command line behind assignments of `env`, which is literal text.

    `known` holds the placeholders whose value is the same for all hosts. Raises `Unquotable`.
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
    """Why a host's value cannot stand for its token, as the end of a sentence; "" when it can.

    `twice`: for a proxy request the server substitutes, from what clients told it, and then the client does.
    """
    for text, what in (("'", "a single quote"), ("\n", "a line break"), ("\0", "a NUL character"), (MARK, MARK)):
        if text in value:
            return f"has {what}, which could leave the quotes that it stands in"
    try:
        value.encode()
    except UnicodeEncodeError:
        return "is not valid Unicode"
    if twice and not value.isascii():
        return "has characters outside ASCII, which Sensu Core drops when it substitutes the second time"
    if twice and placeholder.removeprefix("label.") in _REDACTED:
        return "has a name whose values clients hide from the server, which would say REDACTED"
    return ""


def _word(word: Word, known: Mapping[str, str]) -> str:
    parts = resolve(word, known)
    if all(isinstance(part, str) for part in parts):
        return _literal("".join(str(part) for part in parts))
    return "".join(f"'{token(part.name)}'" if isinstance(part, Placeholder) else _in_quotes(part) for part in parts)


def _literal(text: str) -> str:
    return text if HARMLESS.match(text) and MARK not in text else _in_quotes(text)


def _in_quotes(text: str) -> str:
    """Literal text for the shell; quotes that close and open again keep three colons from being a token."""
    if "\0" in text:
        raise Unquotable(f"{text!r} has a NUL character, which no program can be given")
    if not text.isascii():
        raise Unquotable(f"{text!a} has characters outside ASCII, which Sensu Core drops from every command")
    return "'" + _COLONS.sub("''", text.replace("'", "'\"'\"'")) + "'"
