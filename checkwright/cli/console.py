"""What checkctl prints: tables and colours on a terminal, plain lines elsewhere, notes on stderr."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import click

from checkwright.core.text import clean
from checkwright.registry.findings import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rich.console import Console

STYLES = {"OK": "green", "WARNING": "yellow", "CRITICAL": "red", "UNKNOWN": "magenta"}


def on_terminal() -> bool:
    return sys.stdout.isatty()


def out() -> Console:
    """rich's console on stdout, which never reads markup or emoji in what others wrote."""
    from rich.console import Console  # in the functions: it takes as long to load as all else that a batch run needs

    return Console(markup=False, emoji=False, highlight=False)


def say(text: str = "") -> None:
    """A line of the answer."""
    click.echo(text)


def note(text: str) -> None:
    """A line about the work, which is not the answer."""
    click.echo(text, err=True)


def plain(line: str) -> str:
    """A line that others wrote, with its indentation and without what would steer a terminal."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in line)


def as_json(value: object) -> None:
    """The answer for a machine."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Rows of text: a table on a terminal, columns of blanks elsewhere."""
    shown = [[clean(cell) for cell in row] for row in rows]
    if on_terminal():
        from rich.table import Table
        from rich.text import Text

        made = Table(*columns, header_style="bold", box=None, pad_edge=False)
        for row in shown:
            made.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
        out().print(made)
        return
    widths = [max(len(row[number]) for row in [columns, *shown]) for number in range(len(columns))]
    for row in [[column.upper() for column in columns], *shown]:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def findings(found: Iterable[Finding]) -> None:
    """Findings, one line each, on stderr."""
    listed = tuple(found)
    if not listed:
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True, markup=False, emoji=False, highlight=False, soft_wrap=True)
    for finding in listed:
        console.print(Text(str(finding), style="red" if finding.severity == "error" else "yellow"))


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show on a terminal that something takes its time."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.text import Text

    console = Console(stderr=True)
    with console.status(Text(what)):
        yield


as_json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for a machine.")
