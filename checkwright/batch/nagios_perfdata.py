"""Files of performance data that Nagios leaves: a line for each result of a service, in order.

`nagios_cfg.perfdata` writes the template of a line: moment, host, service, state, duration and the data, with tabs
between. The data come last, since a plugin may write tabs too.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from checkwright.batch.results import Result
from checkwright.batch.tasks import Task
from checkwright.registry.plan import Entry, Origin, Plan

#: Name of a file that Nagios has finished, with the second when it did.
_NAME = re.compile(r"service-perfdata\.([0-9]{1,12})")
_FIELDS = 6
#: Lines of one transaction, and bytes of a line; Nagios's own limit for output is lower.
_LINES, _LONGEST = 2_000, 1_000_000
_STATES = range(4)


class Services:
    """Services of some plans as tasks. One that no plan has gets a task of its own, so that its data go out too."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        self._first = plans[0]
        self._tasks = {
            (host, entry.name): Task(host=host, watch=entry.name, argv=(), env=(), entry=entry, plan=plan)
            for plan in plans
            for entry in plan.entries
            for host in entry.hosts
        }

    def __getitem__(self, key: tuple[str, str]) -> Task:
        found = self._tasks.get(key)
        if found is None:
            host, name = key
            entry = Entry(id=f":{name}", name=name, role="", command=(), owner="", origin=Origin("", 0), hosts=(host,))
            found = Task(host=host, watch=name, argv=(), env=(), entry=entry, plan=self._first)
            self._tasks[key] = found
        return found


def finished(folder: Path) -> list[Path]:
    """Return the files that Nagios has finished, the oldest first. Raises OSError."""
    found = [(int(match[1]), name) for name in os.listdir(folder) if (match := _NAME.fullmatch(name))]
    return [folder / name for _, name in sorted(found)]


def key_of(path: Path) -> str:
    """Return what identifies a file: its name and its inode. Raises OSError, also for no regular file."""
    found = os.lstat(path)
    if not stat.S_ISREG(found.st_mode):
        raise OSError(22, "it is not a regular file", str(path))
    return f"{path.name}:{found.st_ino}"


def read(path: Path, position: int, services: Services) -> Iterator[tuple[int, list[Result], int]]:
    """Yield parts of a file from a position on: the position after it, results, and the number of other lines.

    Raises OSError.
    """
    with open(path, "rb", opener=_open_at_once) as file:
        file.seek(position)
        while True:
            results: list[Result] = []
            bad = 0
            for _ in range(_LINES):
                line = file.readline(_LONGEST)
                if not line:
                    break
                result = _result(line, services)
                if result is None:
                    bad += 1
                else:
                    results.append(result)
            if file.tell() == position:
                return
            position = file.tell()
            yield position, results, bad


def _result(line: bytes, services: Services) -> Result | None:
    """Return the result of a line, None for one that Nagios did not write whole."""
    parts = line.rstrip(b"\n").decode("utf-8", "replace").split("\t", _FIELDS - 1)
    if len(parts) != _FIELDS or not line.endswith(b"\n"):
        return None
    moment, host, service, state, seconds, data = parts
    try:
        started, code, duration = int(moment), int(state), float(seconds)
    except ValueError:
        return None
    if code not in _STATES or not 0 <= started < 2**40 or not 0 <= duration < 2**40 or not host or not service:
        return None
    return Result(services[host, service], code, f"|{data}", float(started), duration)


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
