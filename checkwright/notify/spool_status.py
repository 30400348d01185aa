"""State of the spool, as a plugin prints it, and the queues that are not empty."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from pathlib import Path

from checkwright.core.text import format_seconds
from checkwright.notify.spool import Queue, moment_of

#: Seconds that a notification may wait: a service that restarts takes less.
_SLOW = 300


def waiting_queues(folder: Path, without: Collection[str], log: Callable[[str], None]) -> list[Queue]:
    """Return the queues with records, without those of some channels. Raises OSError."""
    found = []
    for below in sorted(path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()):
        if below.name not in without and (queue := Queue(folder, below.name, log)).files():
            found.append(queue)
    return found


def status(folder: Path) -> tuple[int, str]:
    """Return exit code and status line: WARNING for a notification that waits for more than five minutes."""
    try:
        queues = waiting_queues(folder, (), lambda _: None)
    except OSError as error:
        return 3, f"NOTIFY UNKNOWN: cannot read the spool {folder}: {error.strerror}"
    files = [path for queue in queues for path in queue.files()]
    if not files:
        return 0, "NOTIFY OK: no notification waits | waiting=0;;;0;"
    age = max(0.0, time.time() - min(map(moment_of, files)))
    names = ", ".join(queue.channel for queue in queues)
    line = f"{len(files)} notifications wait for {names}, the oldest for {format_seconds(round(age))}"
    late = age > _SLOW
    return int(late), f"NOTIFY {'WARNING' if late else 'OK'}: {line} | waiting={len(files)};;;0;"
