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
#: The same of programs that hooks and plugins call, by the beginning of their names. `-p` of MySQL has its value in the
#: same word; the next word is a database.
_PROGRAM_FLAGS: dict[str, tuple[str, ...]] = {
    "curl": ("-u", "--user", "-U", "--proxy-user"),
    "wget": ("--http-password", "--ftp-password", "--proxy-password"),
    "snmp": ("-c", "-A", "-X"),
    "redis-cli": ("-a", "--pass"),
    "sshpass": ("-p",),
    "ldap": ("-w",),
    "ipmitool": ("-P",),
    "mysql": ("-p",),
    "mariadb": ("-p",),
}
_ATTACHED = ("mysql", "mariadb")
#: Options that hold a secret only where they have a user and a password.
_LOGINS = ("-u", "--user", "-U", "--proxy-user")
#: Long options of any program, such as `--db-password` and `--apiKey`.
_LONG = re.compile(
    r"--(?!no-)(?:[a-z\d_-]*[_-])?(?:pass|passwd|password|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key"
    r"|community)",
    re.IGNORECASE,
)
#: Options whose value is a command line.
_COMMAND_FLAGS = ("-c", "-C", "-lc", "--command")
_SETTING = re.compile(r"(?:^|[\s;])(password|passwd|pwd)\s*=\s*([^\s;]+)", re.IGNORECASE)
#: Short options before another one in one word, as in `-vCpublic`.
_VERBOSE = re.compile(r"^-v+(?=[^v])")
#: Addresses whose path is the right to use them.
_WEBHOOK = re.compile(
    r"//(?:hooks\.slack\.com/(?:services|workflows)|(?:[\w-]+\.)?discord(?:app)?\.com/api/webhooks"
    r"|[\w-]+\.webhook\.office\.com/webhookb2|api\.telegram\.org/bot)[/\w]",
    re.IGNORECASE,
)
#: Options that hold a secret, whichever program has them.
_ALWAYS = ("--password", "--passwd", "--passphrase", "--secret", "--token", "--api-key", "--apikey", "--community")
#: Names of variables whose value is a secret: `PGPASSWORD`, `API_TOKEN`.
_VARIABLE = re.compile(r"\w*(?:pass|passwd|password|passphrase|pwd|secret|token|api_?key)", re.IGNORECASE)
#: Names of labels whose value is a secret.
_LABEL = re.compile(
    r"(?:.*[_.-])?(?:pass|passwd|password|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|community)",
    re.IGNORECASE,
)
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
        if _WEBHOOK.search(text):
            return "the webhook"
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


def is_secret_label(name: str, value: str) -> bool:
    """Return whether a label of a host holds a secret, and not the place of one."""
    named = bool(value and _LABEL.fullmatch(name)) and not value.startswith("/") and not _is_place(value)
    return named or bool(secret_in(value))


def find_in_words(words: Sequence[str]) -> Iterator[SecretWord]:
    """Yield the secrets in the words of a command. A placeholder in a word is `{...}`."""
    names = [word.rpartition("/")[2] for word in words]
    called = next((name for name in names[:3] if name.startswith(tuple(_PROGRAM_FLAGS))), "")
    program = next((name for name in names if name.startswith("check_")), called)
    known = [
        flags for name, flags in {**_PLUGIN_FLAGS, **_PROGRAM_FLAGS}.items() if program and program.startswith(name)
    ]
    flags = {flag for one in known for flag in one} | set(_ALWAYS)
    for position, word in enumerate(words):
        inner = word.partition("=")[2] if word.startswith("--") else word[2:] if word.startswith("-") else ""
        if what := secret_in(word) or secret_in(inner):
            yield SecretWord(f"{what} of {_shown(word)}", position, position)
            continue
        if (found := _ASSIGNMENT.fullmatch(word)) and is_secret_variable(*found.groups()):
            yield SecretWord(f"the variable {found[1]}", position, position)
            continue
        if (found := _SETTING.search(word)) and not _is_place(found[2]):
            yield SecretWord(f"the field {found[1]}", position, position)
            continue
        if position and words[position - 1] in _COMMAND_FLAGS and " " in word:
            if inside := next(find_in_words(word.replace("'", " ").replace('"', " ").split()), None):
                yield SecretWord(inside.what, position, position)
                continue
            if found := _HEADER.search(word.replace("'", " ").replace('"', " ")):
                yield SecretWord(f"the header {found[1].title()}", position, position)
                continue
        flag, value, last = _flag_and_value(words, position, flags)
        if flag in _LOGINS and program.startswith("curl") and ":" not in value:
            continue
        if last > position and program.startswith(_ATTACHED):
            continue
        if value.startswith("/") and program and program == called:
            continue  # a file
        if flag and value and not _is_place(value):
            yield SecretWord(f"the value of {flag} of {program or words[0]}", position, last, flag, value)


def _flag_and_value(words: Sequence[str], position: int, flags: set[str]) -> tuple[str, str, int]:
    """Return a secret's flag, its value, and the position of the value's word; ("", "", 0) for another word."""
    word = words[position]
    following = words[position + 1] if position + 1 < len(words) else ""
    if word.startswith("--"):
        flag, equals, value = word.partition("=")
        shortened = len(flag) > 5 and any(one.startswith(flag) for one in flags)  # as getopt takes it
        if flag not in flags and not shortened:
            given = value if equals else following
            if not _LONG.fullmatch(flag) or given[:1] in ("/", "@", "-"):
                return "", "", 0
        return (flag, value, position) if equals else (flag, following, position + 1)
    word = _VERBOSE.sub("-", word)
    flag = word[:2]
    if not word.startswith("-") or flag not in flags:
        return "", "", 0
    return (flag, word[2:], position) if word[2:] else (flag, following, position + 1)


def _shown(word: str) -> str:
    """Return the beginning of a word that holds a secret: no more than its flag, scheme or name."""
    if word.startswith("-") and not word.startswith("--"):
        return word[:2]
    return next((word[: word.index(end)] for end in ("=", ":", "{") if end in word), "an argument")[:40]
