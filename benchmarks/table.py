"""Tables for a terminal or a log, and the same as data."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypedDict


class TableData(TypedDict):
    """One table: its title, the names of its columns, and its cells as text."""

    title: str
    columns: list[str]
    rows: list[list[str]]


_recorders: list[list[TableData]] = []


@contextmanager
def recorded() -> Iterator[list[TableData]]:
    """Yield a list that gets the data of all tables that are made meanwhile."""
    found: list[TableData] = []
    _recorders.append(found)
    try:
        yield found
    finally:
        _recorders.remove(found)


def table(title: str, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows under a heading: the first column left-aligned, all others right-aligned."""
    for recorder in _recorders:
        recorder.append({"title": title, "columns": list(heading), "rows": [list(row) for row in rows]})
    widths = [max(len(row[column]) for row in (heading, *rows)) for column in range(len(heading))]
    lines = [title]
    for row in (heading, ["-" * width for width in widths], *rows):
        first, *others = zip(row, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
        lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join(lines)
