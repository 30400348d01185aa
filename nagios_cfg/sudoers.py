"""Files for sudo(8): one literal command line for each watch that runs as another account.

sudoers reads a command twice. Its grammar removes a backslash before `,`, `:`, `=` and `#`. The rest is a pattern of
fnmatch(3), where a backslash escapes `*`, `?`, `[` and itself. sudo compares the arguments as one text, joined with
blanks. So an argument with a blank in it could also be two arguments, and is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checkwright.registry.findings import Finding
from checkwright.registry.plan import Entry, Host, Plan
from nagios_cfg.cfgfile import one_line
from nagios_cfg.check_commands import local_command
from nagios_cfg.quote import Unquotable, argv_on_host, differs_by_host
from nagios_cfg.rules.rendering_rules import SudoNotExpressible

#: Number of words that as_account puts before the command.
_PREFIX = 5

_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]*")
_PATH = re.compile(r"/[A-Za-z0-9_./+@%-]*")
_PATTERN = re.compile(r"([*?\[\]\\])")
_GRAMMAR = re.compile(r"\\(?![*?\[\]!])|[,:=#]")


def files(plan: Plan, heading: tuple[str, ...]) -> tuple[dict[str, str], list[Finding]]:
    """Return {path: text} and findings (N019) about commands that sudoers cannot allow exactly.

    The files are one for each role, and one for each host with commands of its own. A machine has all its files in
    one folder, so each file name shows whether it belongs to a role or a host. sudo ignores files with a dot in the
    name, so names have a `+` instead.
    """
    hosts = {host.name: host for host in plan.hosts}
    findings: list[Finding] = []
    texts: dict[str, dict[str, None]] = {}
    for entry in plan.entries:
        if not entry.run_as:
            continue
        try:
            found = [*_lines(entry, plan, hosts)]
        except Unquotable as fault:
            message = f"{entry.id!r} cannot be run as {entry.run_as}: {fault}"
            findings.append(SudoNotExpressible.finding(entry.origin, message))
            continue
        comment = f"# {one_line(f'{entry.id}: {entry.summary or entry.plugin}')}\n"
        comment += f"# declared at {one_line(str(entry.origin))}\n"
        for path, line in found:
            texts.setdefault(path, {})[comment + line] = None
    top = "".join(f"# {line}\n" for line in heading)
    return {path: top + "\n" + "\n\n".join(blocks) + "\n" for path, blocks in sorted(texts.items())}, findings


def sudoers_line(account: str, run_as: str, argv: Sequence[str]) -> str:
    """Return the line that allows `account` to run exactly this argv as `run_as`. Raises Unquotable."""
    for name in (account, run_as):
        if not _ACCOUNT.fullmatch(name):
            raise Unquotable(f"{name!r} is not a name of an account")
    path, *arguments = argv
    if not _PATH.fullmatch(path):
        raise Unquotable(f"the path {path!r} holds characters that sudoers could read as a pattern")
    for word in arguments:
        _check_argument(word)
    if arguments == ['""']:
        raise Unquotable('its only argument is "", which sudoers reads as no arguments')
    # A line without arguments allows any arguments; "" allows none.
    text = " ".join(map(_escaped, arguments)) or '""'
    return f"{account} ALL=({run_as}) NOPASSWD: {path} {text}"


def _lines(entry: Entry, plan: Plan, hosts: dict[str, Host]) -> Iterator[tuple[str, str]]:
    """Yield (path, line) for each line that an entry needs. Raises Unquotable."""
    command = local_command(entry, plan)[_PREFIX:]
    if differs_by_host(command):
        for name in entry.hosts:
            argv = argv_on_host(hosts[name], command)
            yield f"hosts/{_file_name('host', name)}", sudoers_line(plan.site.account, entry.run_as, argv)
    else:
        words = ["".join(map(str, word)) for word in command]
        yield f"roles/{_file_name('role', entry.role)}", sudoers_line(plan.site.account, entry.run_as, words)


def _file_name(kind: str, name: str) -> str:
    return f"checkwright-{kind}-{name.replace('.', '+')}"


def _check_argument(word: str) -> None:
    """Raise Unquotable for an argument that sudo could confuse with others."""
    if not word:
        raise Unquotable("an argument is empty, and sudo, which compares all arguments as one text, would not see it")
    if not word.isprintable() or any(char.isspace() for char in word):
        raise Unquotable(
            f"the argument {word!r} holds a blank or a control character, and sudo, which compares all arguments as "
            "one text, would take it for two"
        )
    if word.startswith("^"):
        raise Unquotable(f"the argument {word!r} begins with ^, which sudoers reads as a regular expression")


def _escaped(word: str) -> str:
    pattern = _PATTERN.sub(r"\\\1", word)
    return _GRAMMAR.sub(r"\\\g<0>", pattern)
