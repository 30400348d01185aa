"""Sessions that the documentation shows: each runs the real command on the example project."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from pictures.alert import alert
from pictures.run import BIN, in_terminal, silently
from pictures.session_svg import Frame, svg
from pictures.shop import ROOT, SHOP, check_words, checkout_service, copied, edit

COLUMNS = 88
_CHECKCTL = str(BIN / "checkctl")
#: Lines of a server's page that fit into a picture: its roles, its exceptions, and its first watches.
_EXPLAINED = 20


@dataclass(frozen=True)
class Session:
    """Picture of a session. title, description: for people who cannot see it. run: returns its text."""

    name: str
    title: str
    description: str
    run: Callable[[Path], Text]
    columns: int = COLUMNS
    frame: Frame = "terminal"

    @property
    def file_name(self) -> str:
        return f"session-{self.name}.svg"

    def picture(self) -> str:
        """Run the session and return its picture. Raises Unexpected."""
        with tempfile.TemporaryDirectory(prefix="pictures-") as folder:
            return svg(self.run(Path(folder)), self.columns, self.title, self.description, self.frame)


def _typed(command: str) -> Text:
    """Return a command as it looks after a prompt."""
    return Text.assemble(("$ ", "cyan"), (command, "bold"), "\n")


def _output(words: tuple[str, ...], folder: Path, expected: int = 0) -> Text:
    return Text.from_ansi(in_terminal(words, folder, COLUMNS, expected).rstrip("\n"))


def _check(folder: Path) -> Text:
    with checkout_service() as url:
        output = _output((*check_words(url), "-vv"), ROOT, expected=2)
    return _typed("check checkout --url http://127.0.0.1:8082/health --pool-warning 90 -vv") + output


def _explain(folder: Path) -> Text:
    command = "checkctl explain production pay-1"
    printed = silently((_CHECKCTL, "--project", str(SHOP), *command.split()[1:]), ROOT)
    return _typed(f"{command} | head -n {_EXPLAINED}") + Text("\n".join(printed.split("\n")[:_EXPLAINED]))


def _changes(folder: Path) -> Text:
    shop = copied(folder)
    edit(shop / "fleet/payments.py", "warn=75, crit=85", "warn=60, crit=65")
    return _typed("checkctl changes main") + _output((_CHECKCTL, "changes", "main"), shop)


def _lint(folder: Path) -> Text:
    shop = copied(folder)
    edit(shop / "fleet/payments.py", "warn=75, crit=85", "warn=85, crit=75")
    edit(shop / "fleet/environments.py", 'until="2027-01-31"', 'until="2026-01-31"')
    return _typed("checkctl lint") + _output((_CHECKCTL, "lint"), shop, expected=1)


SESSIONS = (
    Session(
        "check",
        "A check with a critical result",
        "Terminal: check checkout prints CRITICAL for the pool of database connections, then a line for each value.",
        _check,
    ),
    Session(
        "alert",
        "The alert on a phone",
        "Notification: checkout on pay-1 is CRITICAL, with the value, its threshold, the runbook and links.",
        alert,
        columns=56,
        frame="phone",
    ),
    Session(
        "explain",
        "checkctl explain: one server",
        "Terminal: roles, owner and runbook of a server, who is called at night, exceptions, and each watch with its "
        "thresholds.",
        _explain,
    ),
    Session(
        "changes",
        "checkctl changes: what a pull request changes",
        "Terminal: who is notified more or less, and the thresholds of a watch before and after.",
        _changes,
    ),
    Session(
        "lint",
        "checkctl lint: mistakes with file and line",
        "Terminal: an exception that has expired, and a warning beyond its critical value, with file, line and rule.",
        _lint,
    ),
)
