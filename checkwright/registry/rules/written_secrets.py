"""Search for secrets that are written as text: in the value of an option, and in the words of a command."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

#: Names of fields whose value is a secret, as in `?access_token=...` and `{"password": "..."}`.
_FIELD = (
    r"(?:[\w.-]*[_.-])?(?:pass|passwd|password|passphrase|pwd|secret|token|apikey|api[_-]key|access[_-]?key"
    r"|private[_-]?key|client[_-]?secret|credentials?|auth|sig|signature|session[_-]?id)"
)
_URL_LOGIN = re.compile(r"//[^\s/?#@:]*:[^\s/?#@]+@")
_QUERY = re.compile(rf"[?&;]({_FIELD})=([^&#\s]+)", re.IGNORECASE)
_HEADER = re.compile(
    r"\s*(authorization|proxy-authorization|cookie|x-[\w-]*(?:key|token|secret|auth|password)[\w-]*|api-?key)\s*:\s*(\S.*)",
    re.IGNORECASE | re.DOTALL,
)
_JSON = re.compile(rf"""["']({_FIELD})["']\s*:\s*["']?[^"'\s,}}]""", re.IGNORECASE)
_FORM = re.compile(rf"(?:^|&)({_FIELD})=([^&\s]+)", re.IGNORECASE)
_SENT = re.compile(r"(?:^|\\[rn]|\s)(auth|pass|password|login|user)\s+\S+", re.IGNORECASE)

#: Options of foreign plugins that hold a secret, by the beginning of the plugin's name. `-p` is a password for SQL and
#: a port for check_tcp, so it is judged for each plugin.
_PLUGIN_FLAGS: dict[str, tuple[str, ...]] = {
    "check_http": ("-a", "--authorization", "-b", "--proxy-authorization"),
    "check_curl": ("-a", "--authorization", "-b", "--proxy-authorization"),
    "check_mysql": ("-p", "--password"),
    "check_pgsql": ("-p", "--password"),
    "check_postgres": ("--dbpass",),
    "check_mssql": ("-p", "-P", "--password"),
    "check_dbi": ("-p", "--password"),
    "check_oracle": ("-p", "--password"),
    "check_mongo": ("-p", "-P", "--password", "--pass"),
    "check_redis": ("-p", "--password", "-x"),
    "check_ldap": ("-P", "--pass"),
    "check_radius": ("-p", "--password"),
    "check_imap": ("-p", "--password"),
    "check_pop": ("-p", "--password"),
    "check_smtp": ("-P", "--authpass"),
    "check_disk_smb": ("-p", "--password"),
    "check_snmp": ("-C", "--community", "-A", "--authpasswd", "-X", "--privpasswd"),
    "check_ifoperstatus": ("-C", "--community", "-A", "-X"),
    "check_ifstatus": ("-C", "--community", "-A", "-X"),
    "check_nt": ("-s", "--secret"),
}
#: Options that hold a secret, whichever program has them.
_ALWAYS = ("--password", "--passwd", "--passphrase", "--secret", "--token", "--api-key", "--apikey", "--community")
#: Names of variables whose value is a secret: `PGPASSWORD`, `API_TOKEN`.
_VARIABLE = re.compile(r"\w*(?:pass|passwd|password|passphrase|pwd|secret|token|api_?key)", re.IGNORECASE)
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.+)", re.DOTALL)


class SecretWord(NamedTuple):
    """Secret in the words of a command.

    flag, value: the option that holds it, ("", "") for a secret in a word without a flag. first, last: positions of
    its words. what: a name for it, such as `the login of --url`.
    """

    what: str
    first: int
    last: int
    flag: str = ""
    value: str = ""


def secret_in(text: str, option: str = "") -> str:
    """Return a name for the secret in a text, such as `the login`, "" for none."""
    if "://" in text or text.startswith("/"):
        if _URL_LOGIN.search(text):
            return "the login"
        if (found := _QUERY.search(text)) and not _is_place(found[2]):
            return f"the parameter {found[1]}"
    if (found := _HEADER.fullmatch(text)) and not _is_place(found[2]):
        return f"the header {found[1].title()}"
    if text.lstrip()[:1] in ("{", "[") and (found := _JSON.search(text)):
        return f"the field {found[1]}"
    if option == "body" and (found := _FORM.search(text)) and not _is_place(found[2]):
        return f"the field {found[1]}"
    if option == "send" and (found := _SENT.search(text)):
        return f"the command {found[1]}"
    return ""


def _is_place(value: str) -> bool:
    """Return whether a value only names a place or a placeholder: `{address}`, `/etc/secret`, `$USER3$`."""
    return (value.startswith("{") and value.endswith("}")) or bool(re.fullmatch(r"\$\w+\$?", value))


def is_secret_variable(name: str, value: str) -> bool:
    """Return whether an environment variable holds a secret, and not the place of one."""
    return bool(value and _VARIABLE.fullmatch(name)) and not value.startswith("/") and not _is_place(value)


def find_in_words(words: Sequence[str]) -> Iterator[SecretWord]:
    """Yield the secrets in the words of a command. A placeholder in a word is `{...}`."""
    program = next((name for word in words if (name := word.rpartition("/")[2]).startswith("check_")), "")
    known = [flags for name, flags in _PLUGIN_FLAGS.items() if program.startswith(name)]
    flags = {flag for one in known for flag in one} | set(_ALWAYS)
    for position, word in enumerate(words):
        inner = word.partition("=")[2] if word.startswith("--") else word[2:] if word.startswith("-") else ""
        if what := secret_in(word) or secret_in(inner):
            yield SecretWord(f"{what} of {_shown(word)}", position, position)
            continue
        if (found := _ASSIGNMENT.fullmatch(word)) and is_secret_variable(*found.groups()):
            yield SecretWord(f"the variable {found[1]}", position, position)
            continue
        flag, value, last = _flag_and_value(words, position, flags)
        if flag and value and not _is_place(value):
            yield SecretWord(f"the value of {flag} of {program or words[0]}", position, last, flag, value)


def _flag_and_value(words: Sequence[str], position: int, flags: set[str]) -> tuple[str, str, int]:
    """Return a secret's flag, its value, and the position of the value's word; ("", "", 0) for another word."""
    word = words[position]
    following = words[position + 1] if position + 1 < len(words) else ""
    if word.startswith("--"):
        flag, equals, value = word.partition("=")
        if flag not in flags:
            return "", "", 0
        return (flag, value, position) if equals else (flag, following, position + 1)
    flag = word[:2]
    if not word.startswith("-") or flag not in flags:
        return "", "", 0
    return (flag, word[2:], position) if word[2:] else (flag, following, position + 1)


def _shown(word: str) -> str:
    """Return the beginning of a word that holds a secret: no more than its flag, scheme or name."""
    if word.startswith("-") and not word.startswith("--"):
        return word[:2]
    return next((word[: word.index(end)] for end in ("=", ":", "{") if end in word), "an argument")[:40]
