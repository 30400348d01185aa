"""Page of the differences between environments: each watch in each of them, compared with the values of its role."""

from __future__ import annotations

from collections.abc import Iterator

from checkwright.catalogue import frame, page_paths
from checkwright.catalogue.frame import Frame, link, text
from checkwright.catalogue.phrases import plural
from checkwright.parity.parity_model import KIND_WORDS, Cause, Cell, Column, Difference, Parity, Row


def page(parity: Parity, frame_: Frame) -> tuple[str, str]:
    """Return (path, text) of the page. Rows without any difference are folded."""
    different = [row for row in parity.rows if not all(map(_is_expected, row.cells))]
    same = [row for row in parity.rows if all(map(_is_expected, row.cells))]
    columns = ("Watch", *(column.environment for column in parity.columns))
    parts = [
        "<p>Each watch in each environment, compared with what its role says. A change of everything in an "
        "environment is one sentence here, and not in each row.</p>",
        "<h2>Whole environments</h2>",
        frame.bullets(_column(column, frame_) for column in parity.columns),
        f"<h2>{plural(len(different), 'watch differs', 'watches differ')}</h2>",
        frame.table(columns, (_row(row, parity, frame_) for row in different), "stack parity") if different else "",
    ]
    if same:
        title = f"{plural(len(same), 'watch is', 'watches are')} as the role says wherever the role is"
        rows = (_row(row, parity, frame_) for row in same)
        parts.append(f"<details><summary>{title}</summary>{frame.table(columns, rows, 'stack parity')}</details>")
    return page_paths.PARITY, frame_.page(page_paths.PARITY, "Differences between environments", (), "".join(parts))


def _is_expected(cell: Cell) -> bool:
    """Return True for the values of the role, and for a role that the environment declares to do without."""
    return cell.kind == "same" or (cell.kind == "lacking" and bool(cell.why))


def _column(column: Column, frame_: Frame) -> str:
    name = link("", page_paths.environment_path(column.environment), column.environment)
    wide = [
        f"{text(one.sentence())} ({plural(one.watches, 'watch', 'watches')}, {frame_.place(one.cause.origin)})"
        for one in column.wide
    ]
    lacks = [f"lacks the role {text(one.role)}: {text(one.why)}" for one in column.lacks]
    items = [*wide, *lacks]
    return f"<b>{name}</b>, {plural(column.hosts, 'host')}{f': {frame.bullets(items)}' if items else ''}"


def _row(row: Row, parity: Parity, frame_: Frame) -> str:
    cells = []
    for column, cell in zip(parity.columns, row.cells, strict=True):
        shown = "".join(_cell(cell, frame_))
        if cell.kind in ("same", "differs"):
            page = page_paths.watch_path(column.environment, row.role, row.watch)
            shown = f"{link('', page, KIND_WORDS[cell.kind])}{shown}"
        elif cell.kind != "off":
            shown = f"{text(KIND_WORDS[cell.kind])}{shown}"
        cells.append((column.environment, shown))
    return frame.row(f"{text(row.watch)}<p>of {text(row.role)}, {text(row.owner)}</p>", cells)


def _cell(cell: Cell, frame_: Frame) -> Iterator[str]:
    by_cause: dict[tuple[Cause, tuple[str, ...]], list[Difference]] = {}
    for one in cell.differences:
        by_cause.setdefault((one.cause, one.hosts), []).append(one)
    items = [
        f"{_on(hosts)}{'<br>'.join(text(str(one)) for one in differences)}{_why(cause, frame_)}"
        for (cause, hosts), differences in by_cause.items()
    ]
    items += [f"{_on(one.hosts)}switched off{_why(one.cause, frame_)}" for one in cell.off]
    if cell.why:
        items.append(f'<span class="why">{text(cell.why)}</span>')
    yield frame.bullets(items)


def _on(hosts: tuple[str, ...]) -> str:
    if not hosts:
        return ""
    more = f" and {len(hosts) - 3} more" if len(hosts) > 3 else ""
    return f"on {text(', '.join(hosts[:3]))}{more}: "


def _why(cause: Cause, frame_: Frame) -> str:
    return f'<span class="why">{text(cause.why)} ({frame.day(cause.until)}, {frame_.place(cause.origin)})</span>'
