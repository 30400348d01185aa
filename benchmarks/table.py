"""Tables for a terminal or a log."""

from collections.abc import Sequence


def table(title: str, heading: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return rows under a heading: the first column left-aligned, all others right-aligned."""
    widths = [max(len(row[column]) for row in (heading, *rows)) for column in range(len(heading))]
    lines = [title]
    for row in (heading, ["-" * width for width in widths], *rows):
        first, *others = zip(row, widths, strict=True)
        cells = [first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)]
        lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join(lines)
