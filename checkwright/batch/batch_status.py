"""Status of a store's sinks, for people and for machines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from checkwright.batch import store_lock
from checkwright.batch.store import SinkStatus, statuses_in
from checkwright.core.text import clean
from checkwright.registry.model import durations

_COLUMNS = ("SINK", "WAITING", "OLDEST", "DELIVERED", "REFUSED", "DROPPED", "FAILURES", "PROBLEM")


def as_json(folder: Path) -> Iterator[str]:
    """Return the status of the store in a folder as a JSON document. Raises BadUsage."""
    statuses = statuses_in(folder)
    found = {
        "store": str(folder),
        "running": store_lock.holder(folder),
        "sinks": [asdict(one) for one in statuses],
    }
    yield json.dumps(found, indent=2, ensure_ascii=False)


def as_table(folder: Path) -> Iterator[str]:
    """Return the status of the store in a folder as lines of text. Raises BadUsage."""
    statuses = statuses_in(folder)
    holder = store_lock.holder(folder)
    yield f"{folder}: {f'in use by {holder}' if holder else 'no batch runs'}"
    if not statuses:
        return
    rows = [_COLUMNS, *(tuple(clean(cell) for cell in _row(one)) for one in statuses)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(one: SinkStatus) -> tuple[str, ...]:
    return (
        one.sink,
        str(one.waiting),
        durations.format_seconds(int(one.oldest)) if one.waiting else "",
        str(one.delivered),
        str(one.refused),
        str(one.dropped_full + one.dropped_old),
        str(one.failures),
        one.problem,
    )
