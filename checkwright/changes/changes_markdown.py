"""Changes of a fleet as GitHub Markdown, for the comment of a pull request or the summary of a job.

Everything from the fleet is data: a name, a reason or a path is shown as code, so that it becomes no markup, no link,
no mention and no end of a table's cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from checkwright.changes.changes_model import (
    EnvironmentChanges,
    FleetChanges,
    NotifiedChange,
    RecordChange,
    ValueChange,
    WatchChange,
)
from checkwright.changes.changes_text import (
    NOTIFIED_COLUMNS,
    Folded,
    folded,
    notified,
    notified_row,
    recipients,
    some,
)
from checkwright.changes.code_spans import code
from checkwright.changes.shared_changes import SharedChange, split_shared

T = TypeVar("T")

#: First line, so that a bot finds its own comment.
MARKER = "<!-- checkctl -->"
#: Longest body of a comment on GitHub. Bytes are counted, so that it holds however GitHub counts characters.
LONGEST = 65_536
#: Rows of each table, tried in turn until the text is too long.
_ROWS = (0, 5, 20, 50, 200, 1_000, 1_000_000)
#: Characters of one value.
_VALUE = 200
_HOSTS = 5
_WHAT = {"added": "new", "removed": "gone", "changed": "changed"}


def markdown(changes: FleetChanges) -> str:
    """Return the Markdown of all changes, at most LONGEST bytes. Long tables end with the number of rows left out."""
    fitting = f"{MARKER}\n### checkctl changes\n\nToo much changes to list it here: run `checkctl changes`.\n"
    for rows in _ROWS:
        text = "\n".join([MARKER, *_sections(changes, rows)]) + "\n"
        if len(text.encode("utf-8", "surrogateescape")) > LONGEST:
            break
        fitting = text
    return fitting


def _sections(changes: FleetChanges, rows: int) -> Iterator[str]:
    yield "### checkctl changes"
    yield ""
    yield _summary(changes)
    for section in (_notified, _values, _watches, _records):
        lines = list(section(changes, rows))
        if lines:
            yield from ("", *lines)


def _summary(changes: FleetChanges) -> str:
    between = f" between {_code(changes.before)} and {_code(changes.after)}" if changes.before else ""
    if not changes:
        return f"Nothing changes{between}."
    parts = []
    shared, others = split_shared(changes)
    values = len(shared) + sum(len(found) for found in folded(others).values())
    if values:
        parts.append(f"{values} changed value{_s(values)}")
    for word, of in (("gained", _gained), ("lost", _lost)):
        number = sum(len(watch.hosts) for one in changes.environments for watch in of(one))
        if number:
            parts.append(f"{number} watch{'' if number == 1 else 'es'} {word}")
    records = sum(len(one.records) for one in changes.environments)
    if records:
        parts.append(f"{records} other part{_s(records)}")
    night = sum(row.more + row.stricter for _, row in notified(changes) if row.route.night)
    pages = f" {night} watch{'' if night == 1 else 'es'} may page more at night." if night else ""
    return f"{', '.join(parts) or 'Other notifications'}{between}.{pages}"


def _notified(changes: FleetChanges, rows: int) -> Iterator[str]:
    found = notified(changes)
    if not found:
        return
    yield "#### Who is notified"
    yield ""
    yield "Watches on hosts: new and gone ones, and ones whose thresholds became stricter or looser."
    yield ""
    yield from _table(NOTIFIED_COLUMNS, found, _notified_cells, rows)


def _notified_cells(pair: tuple[str, NotifiedChange]) -> list[str]:
    row = notified_row(*pair)
    return [*map(_code, row[:4]), *row[4:]]


def _values(changes: FleetChanges, rows: int) -> Iterator[str]:
    shared, others = split_shared(changes)
    lines: list[SharedChange | tuple[Folded, list[Folded]]] = [*shared]
    for values in folded(others).values():
        lines += ((pair, values if position == 0 else []) for position, pair in enumerate(values))
    if not lines:
        return
    yield "#### Thresholds and settings"
    yield ""
    columns = ("watch", "value", "old → new", "effect", "where", "reason, place", "alerts go to")
    yield from _table(columns, lines, _value_cells, rows)


def _shared_cells(one: SharedChange) -> list[str]:
    values = "; ".join(f"{_code(old)} → {_code(new)} ({number})" for old, new, number in one.values[:_HOSTS])
    effects = ", ".join(one.effects)
    return [f"{one.watches} watches", _code(one.name), values, effects, _code(one.environment), _reasons(one), ""]


def _reasons(one: ValueChange | SharedChange) -> str:
    return "; ".join([*([_code(one.why)] if one.why else []), *([f"gone: {_code(one.past)}"] if one.past else [])])


def _value_cells(line: SharedChange | tuple[Folded, list[Folded]]) -> list[str]:
    """Return a row. The first one of a watch has its name and its recipients too."""
    if isinstance(line, SharedChange):
        return _shared_cells(line)
    (one, by_environment), of_watch = line
    where = "; ".join(
        f"{_code(environment)}: {_code(some(change.hosts, _HOSTS))}" for environment, change in by_environment.items()
    )
    return [
        _code(one.id) if of_watch else "",
        _code(one.name),
        f"{_code(one.old)} → {_code(one.new)}",
        one.effect,
        where,
        "; ".join(filter(None, (_reasons(one), _code(str(one.origin))))),
        _code(recipients(of_watch)) if of_watch else "",
    ]


def _watches(changes: FleetChanges, rows: int) -> Iterator[str]:
    for title, of in (("Watches gained", _gained), ("Watches lost", _lost)):
        found = [(one.environment, watch) for one in changes.environments for watch in of(one)]
        if found:
            columns = ("environment", "watch", "hosts", "alerts go to", "place")
            yield from _folded(title, columns, found, _watch_cells, rows)


def _watch_cells(pair: tuple[str, WatchChange]) -> list[str]:
    environment, watch = pair
    return [
        _code(environment),
        _code(watch.id),
        f"{len(watch.hosts)}: {_code(some(watch.hosts, _HOSTS))}",
        _code("; ".join(map(str, watch.notifies)) or "nobody"),
        _code(str(watch.origin)),
    ]


def _gained(one: EnvironmentChanges) -> Sequence[WatchChange]:
    return one.gained


def _lost(one: EnvironmentChanges) -> Sequence[WatchChange]:
    return one.lost


def _records(changes: FleetChanges, rows: int) -> Iterator[str]:
    found = [
        (one.environment, RecordChange("environment", "", one.what))
        for one in changes.environments
        if one.what != "changed"
    ]
    found += [(one.environment, record) for one in changes.environments for record in one.records]
    if found:
        columns = ("environment", "part", "name", "", "values")
        yield from _folded("Machines, teams and other parts", columns, found, _record_cells, rows)


def _record_cells(pair: tuple[str, RecordChange]) -> list[str]:
    environment, one = pair
    name = one.name or some(one.hosts, _HOSTS)
    return [_code(environment), one.kind, _code(name) if name else "", _WHAT[one.what], _of(one)]


def _of(record: RecordChange) -> str:
    return "; ".join(f"{_code(field)}: {_code(old)} → {_code(new)}" for field, old, new in record.values[:_HOSTS])


def _folded(
    title: str, columns: Sequence[str], found: Sequence[T], cells: Callable[[T], list[str]], rows: int
) -> Iterator[str]:
    yield f"<details><summary>{title}: {len(found)} row{_s(len(found))}</summary>"
    yield ""
    yield from _table(columns, found, cells, rows)
    yield ""
    yield "</details>"


def _table(columns: Sequence[str], found: Sequence[T], cells: Callable[[T], list[str]], rows: int) -> Iterator[str]:
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for one in found[:rows]:
        yield f"| {' | '.join(cells(one))} |"
    if len(found) > rows:
        yield ""
        left = len(found) - rows
        yield f"{left} more row{_s(left)}: run `checkctl changes` to list all."


def _code(text: str) -> str:
    return code(text, _VALUE)


def _s(number: int) -> str:
    return "" if number == 1 else "s"
