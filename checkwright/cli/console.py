"""Output of checkctl: tables and colours on a terminal, plain lines elsewhere.

Results and findings go to standard output. Remarks about the run go to standard error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import click

from checkwright.core.text import clean
from checkwright.registry.findings import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from rich.console import Console

#: Colours of states.
STYLES = {"OK": "green", "WARNING": "yellow", "CRITICAL": "red", "UNKNOWN": "magenta"}

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON for a machine.")


def is_terminal() -> bool:
    return sys.stdout.isatty()


def rich_console(*, err: bool = False) -> Console:
    """Return rich's console. It interprets no markup and no emoji in the text of others."""
    from rich.console import Console  # slow to import: half of a short run

    return Console(stderr=err, markup=False, emoji=False, highlight=False)


def echo(text: str = "") -> None:
    """Print a line of the result."""
    click.echo(text)


def note(text: str) -> None:
    """Print a remark about the run on standard error."""
    click.echo(text, err=True)


def escape(line: str) -> str:
    """Return a line with its indentation, and with escapes for characters that would control a terminal."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in line)


def print_json(value: object) -> None:
    """Print a result as JSON."""
    click.echo(json_text(value))


def json_text(value: object) -> str:
    """Return a result as JSON. Text of others may hold halves of surrogate pairs, which no encoding has."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    return "".join(ascii(one)[1:-1] if "\ud800" <= one <= "\udfff" else one for one in text)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows of text: a table on a terminal, aligned columns elsewhere."""
    cells = [[clean(cell) for cell in row] for row in rows]
    if is_terminal():
        from rich.table import Table
        from rich.text import Text

        table = Table(*columns, header_style="bold", box=None, pad_edge=False)
        for row in cells:
            table.add_row(*(Text(cell, style=STYLES.get(cell, "")) for cell in row))
        rich_console().print(table)
        return
    for line in aligned(columns, cells):
        echo(line)


def aligned(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Yield the lines of a table with aligned columns, the titles first."""
    cells = [[clean(cell) for cell in row] for row in rows]
    widths = [max(len(row[number]) for row in [columns, *cells]) for number in range(len(columns))]
    for row in [[column.upper() for column in columns], *cells]:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def print_findings(findings: Iterable[Finding], *, err: bool = False) -> None:
    """Print findings, one line each, on standard output; with `err` on standard error."""
    lines = [(str(finding), "red" if finding.severity == "error" else "yellow") for finding in findings]
    if not lines:
        return
    from rich.text import Text

    console = rich_console(err=err)
    for line, style in lines:
        console.print(Text(line, style=style), soft_wrap=True)


@contextmanager
def status(text: str) -> Iterator[Callable[[str], None]]:
    """Show on a terminal that something takes time: `with status("verifying") as show:`.

    The function that it gives shows another text.
    """
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status(Text(text)) as shown:
        yield lambda another: shown.update(Text(another))
