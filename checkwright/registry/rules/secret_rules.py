"""Rule about secrets that are written into the registry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checkwright.core.check import Check
from checkwright.registry.findings import Finding
from checkwright.registry.plan import Word
from checkwright.registry.rules.subject import RegistryRule, Subject

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
_HINT = "write Secret(file=...) or Secret(env=...) in an option that takes one"


class WrittenSecret(RegistryRule):
    """A watch holds a password, a token or another secret as text.

    It would be in the generated files, which everybody on the monitoring server may read, and in the list of processes.

    Wrong:
        Watch(Http(url="https://{address}/", headers=("Authorization: Bearer hunter2",))),

    Right:
        Watch(Http(url="https://{address}/", token=Secret(file="/etc/checkwright/secrets/web"))),
    """

    id = "R053"
    hint = _HINT

    def find(self, subject: Subject) -> Iterator[Finding]:
        seen: dict[tuple[Word, ...], list[tuple[str, str]]] = {}
        for entry, _, check in subject.entries():
            if entry.command not in seen:
                seen[entry.command] = list(_in_plugin(entry.command) if check is None else _in_check(check))
            for where, place in seen[entry.command]:
                message = f"{entry.id} has a secret in {where}: everybody who reads the generated files would see it"
                yield self.finding(entry.origin, message, hint=place)


def _in_check(check: Check) -> Iterator[tuple[str, str]]:
    """Yield the place of each secret in a check's options, and the option that takes it instead."""
    for name, option in check.options.items():
        if name not in check.explicit:
            continue
        value = getattr(check, name)
        for one in value if isinstance(value, tuple) else (value,):
            if isinstance(one, str) and (what := _secret_in(one, name)):
                flag = option.flags[-1] if option.flags and not option.rest else name
                yield f"{what} of {flag}", _place_for(check, what)
        if option.rest and isinstance(value, tuple):
            yield from _in_words([str(one) for one in value])


def _place_for(check: Check, what: str) -> str:
    """Return where the secret belongs: the options of this check that take a Secret."""
    takers = [name for name, option in check.options.items() if option.kind == "Secret"]
    if not takers:
        return f"{check.title()} takes no secret: give its service a page or an account that needs none"
    fitting = {
        "the login": ("auth",),
        "the header Authorization": ("token", "auth", "secret_headers"),
    }.get(what, ("secret_headers",) if what.startswith("the header") else ())
    named = [name for name in fitting if name in takers] or takers
    values = [f"{name}=(Secret(file=...),)" if name.endswith("s") else f"{name}=Secret(file=...)" for name in named]
    return f"write {' or '.join(values)}"


def _secret_in(text: str, option: str = "") -> str:
    """Return a name for the secret in a text, such as `the login`, "" for none."""
    if "://" in text or text.startswith("//"):
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


def _in_plugin(command: Sequence[Word]) -> Iterator[tuple[str, str]]:
    texts = ["".join(part if isinstance(part, str) else "{}" for part in word) for word in command]
    yield from _in_words(texts)


def _in_words(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the place of each secret in the words of a command, and what to write instead."""
    hint = "let the plugin read it from a file, for example by --extra-opts=@/etc/checkwright/secrets.ini"
    program = next((word.rpartition("/")[2] for word in words if word.rpartition("/")[2].startswith("check_")), "")
    known = [flags for name, flags in _PLUGIN_FLAGS.items() if program.startswith(name)]
    flags = {flag for one in known for flag in one} | set(_ALWAYS)
    for position, word in enumerate(words):
        if what := _secret_in(word):
            yield f"{what} of {_shown(word)}", hint
            continue
        flag, value = _flag_and_value(words, position, flags)
        if flag and value and not _is_place(value) and value != "{}":
            yield f"the value of {flag} of {program or words[0]}", hint


def _flag_and_value(words: Sequence[str], position: int, flags: set[str]) -> tuple[str, str]:
    word = words[position]
    if word.startswith("--"):
        flag, equals, value = word.partition("=")
        if flag not in flags:
            return "", ""
        return flag, value if equals else _next(words, position)
    flag = word[:2]
    if not word.startswith("-") or flag not in flags:
        return "", ""
    return flag, word[2:] or _next(words, position)


def _next(words: Sequence[str], position: int) -> str:
    return words[position + 1] if position + 1 < len(words) else ""


def _shown(word: str) -> str:
    """Return the beginning of a word that holds a secret: no more than its flag, scheme or name."""
    return next((word[: word.index(end)] for end in (":", "=", "{") if end in word), "an argument")[:40]
