"""What sudo(8) is told of the machines' watches that run as another account: one literal command line each.

sudoers reads a command twice. Its grammar takes a backslash away from `,`, `:`, `=` and `#`; what is left is a
pattern of fnmatch(3), in which a backslash makes `*`, `?`, `[` and itself mean themselves. And it compares the
arguments as one text with blanks between them, so that a word with a blank in it could be given as two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from checkwright.registry.plan import Entry, Host, Plan
from nagios_cfg.cfgfile import one_line
from nagios_cfg.quote import Unquotable, argv_on, differs_by_host
from nagios_cfg.services import run_on_machine

#: How many words as_account puts before the command.
_PREFIX = 5

_ACCOUNT = re.compile(r"[a-z_][a-z0-9_-]*")
_PATH = re.compile(r"/[A-Za-z0-9_./+@%-]*")
_PATTERN = re.compile(r"([*?\[\]\\])")
_GRAMMAR = re.compile(r"\\(?![*?\[\]!])|[,:=#]")


def files(plan: Plan, heading: tuple[str, ...]) -> dict[str, str]:
    """Return {path: text}, below sudoers/: a file for each role, and for each host that needs its own.

    On a machine all are in one folder, so that each name says which of the two it is. sudo passes by a file whose name
    holds a dot: it has a `+` in its place. Raises Unquotable.
    """
    hosts = {host.name: host for host in plan.hosts}
    texts: dict[str, dict[str, None]] = {}
    for entry in plan.entries:
        about = f"# {one_line(f'{entry.id}: {entry.summary or entry.plugin}')}\n"
        about += f"# declared at {one_line(str(entry.origin))}\n"
        for path, line in lines(entry, plan, hosts):
            texts.setdefault(path, {})[about + line] = None
    top = "".join(f"# {line}\n" for line in heading)
    return {path: top + "\n" + "\n\n".join(blocks) + "\n" for path, blocks in sorted(texts.items())}


def lines(entry: Entry, plan: Plan, hosts: dict[str, Host]) -> Iterator[tuple[str, str]]:
    """Yield the lines that an entry needs, each with the file that it goes into. Raises Unquotable."""
    if not entry.run_as:
        return
    command = run_on_machine(entry, plan)[_PREFIX:]
    if differs_by_host(command):
        for name in entry.hosts:
            yield f"hosts/{_file('host', name)}", line(plan.site.account, entry.run_as, argv_on(hosts[name], command))
    else:
        words = ["".join(map(str, word)) for word in command]
        yield f"roles/{_file('role', entry.role)}", line(plan.site.account, entry.run_as, words)


def line(account: str, run_as: str, argv: Sequence[str]) -> str:
    """Return what allows `account` to run exactly these words as `run_as`. Raises Unquotable."""
    for name in (account, run_as):
        if not _ACCOUNT.fullmatch(name):
            raise Unquotable(f"{name!r} is no name of an account")
    path, *arguments = argv
    if not _PATH.fullmatch(path):
        raise Unquotable(f"the path {path!r} holds what sudoers could read as a pattern")
    for word in arguments:
        _refuse(word)
    if arguments == ['""']:
        raise Unquotable('its one argument is "", by which sudoers means that there are none')
    # Without arguments sudoers would allow any.
    said = " ".join(map(_escaped, arguments)) or '""'
    return f"{account} ALL=({run_as}) NOPASSWD: {path} {said}"


def _file(what: str, name: str) -> str:
    return f"checkwright-{what}-{name.replace('.', '+')}"


def _refuse(word: str) -> None:
    if not word:
        raise Unquotable("an argument is empty, and sudo compares arguments as one text, in which it would be none")
    if not word.isprintable() or any(char.isspace() for char in word):
        raise Unquotable(
            f"the argument {word!r} holds a blank or a control character, and sudo compares arguments as one text, "
            "in which it would be two"
        )
    if word.startswith("^"):
        raise Unquotable(f"the argument {word!r} begins with ^, which sudoers reads as a regular expression")


def _escaped(word: str) -> str:
    pattern = _PATTERN.sub(r"\\\1", word)
    return _GRAMMAR.sub(r"\\\g<0>", pattern)
