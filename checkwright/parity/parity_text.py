"""Parity as text: a sentence for each environment, a table of watches, and a line for each value of their own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from checkwright.parity.parity_model import KIND_WORDS, Cause, Cell, Column, Difference, Gap, Parity, Row

_SHOWN_HOSTS = 3


def heads(parity: Parity) -> Iterator[str]:
    """Yield the lines above the table: the overrides of each whole environment, and the roles that it lacks."""
    for column in parity.columns:
        yield f"{column.environment}: {column.hosts} host{'' if column.hosts == 1 else 's'}"
        for wide in column.wide:
            watches = f"{wide.watches} watch{'' if wide.watches == 1 else 'es'}"
            yield f"  {wide.sentence()} ({watches}, {wide.cause.origin})"
        for one in column.lacks:
            yield f"  lacks {one.role}: {one.why}"


def columns(parity: Parity) -> tuple[str, ...]:
    """Return the titles of the table."""
    return ("watch", *(column.environment for column in parity.columns))


def rows(parity: Parity, everything: bool = False) -> tuple[list[tuple[str, ...]], int]:
    """Return the rows of the table, and the number of rows left out: those that are the same in every environment."""
    shown = [row for row in parity.rows if everything or any(cell.kind != "same" for cell in row.cells)]
    return [(row.id, *map(cell_words, row.cells)) for row in shown], len(parity.rows) - len(shown)


def cell_words(cell: Cell) -> str:
    """Return a cell in a few words: `as the role says`, `2 own values`, `switched off on 1 host`."""
    if cell.kind != "differs":
        return KIND_WORDS[cell.kind]
    number = len(cell.differences)
    parts = [f"{number} own value{'' if number == 1 else 's'}"] if number else []
    if cell.off:
        hosts = sum(len(one.hosts) for one in cell.off)
        parts.append(f"switched off on {hosts} host{'' if hosts == 1 else 's'}")
    return ", ".join(parts)


def own_values(parity: Parity) -> Iterator[str]:
    """Yield one line for each reason that gives a watch own values in an environment, or switches it off."""
    for position, column in enumerate(parity.columns):
        for row in parity.rows:
            yield from _of_cell(row, column, row.cells[position])


def _of_cell(row: Row, column: Column, cell: Cell) -> Iterator[str]:
    place = f"{row.id} in {column.environment}"
    by_cause: dict[tuple[Cause, tuple[str, ...]], list[Difference]] = {}
    for one in cell.differences:
        by_cause.setdefault((one.cause, one.hosts), []).append(one)
    for (cause, hosts), differences in by_cause.items():
        yield f"{place}{_on(hosts)}: {', '.join(map(str, differences))}{_reason(cause)}"
    for off in cell.off:
        yield f"{place}{_on(off.hosts)}: switched off{_reason(off.cause)}"


def gap_lines(gaps: Iterable[Gap], reference: str) -> Iterator[str]:
    """Yield one line for each environment that lacks roles of the reference without a reason."""
    by_environment: dict[tuple[str, str], list[str]] = {}
    for gap in gaps:
        by_environment.setdefault((str(gap.origin), gap.environment), []).append(gap.role)
    for (place, environment), roles in by_environment.items():
        them, the = ("them", "the roles") if len(roles) > 1 else ("it", "the role")
        hint = f'add {them}, or give the reason with lacks=((ROLE, "why"),)'
        yield f"{place}: {environment} lacks {the} {', '.join(roles)}, and {reference} has {them} ({hint})"


def _reason(cause: Cause) -> str:
    end = f", until {cause.until}" if cause.until else ""
    return f"{f': {cause.why}' if cause.why else ''}{end} ({cause.origin})"


def _on(hosts: tuple[str, ...]) -> str:
    if not hosts:
        return ""
    more = f" and {len(hosts) - _SHOWN_HOSTS} more" if len(hosts) > _SHOWN_HOSTS else ""
    return f" on {', '.join(hosts[:_SHOWN_HOSTS])}{more}"
