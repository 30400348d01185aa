"""Counts files in a folder, as tallies of one objective."""

import os
import time

from checkwright.core.errors import CannotTell
from checkwright.latency import counts_file
from checkwright.latency.burn import DAY, Tally, tally
from checkwright.sources import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

#: Days for which single slots are kept in memory; older files are kept as one tally each.
_SLOTS_FOR = 4 * DAY


class Objective:
    """Requests that an objective is about. endpoints: names or patterns. under: ms. role, environment: "" for all."""

    __slots__ = ("endpoints", "environment", "role", "under")

    def __init__(self, endpoints: "Sequence[str]", under: float, role: str = "", environment: str = "") -> None:
        self.endpoints = tuple(endpoints)
        self.under = under
        self.role = role
        self.environment = environment


class CountsFiles(Source):
    """Counts files of one machine, or of many in subfolders."""

    def now(self) -> float:
        """Return the time in seconds since the epoch."""
        return time.time()

    def tallies(
        self, folder: str, objective: Objective, since: float, known: "Mapping[str, Any] | None" = None
    ) -> "tuple[list[Tally], dict[str, Any], list[str]]":
        """Return the tallies since a moment, a memory that makes the next call read only changed files, and problems.

        known: the memory of an earlier call with the same objective. problems: sentences on files that cannot be read,
        such as one that is half copied; what an earlier call read of them still counts. Raises CannotTell for a folder
        that cannot be read, and where no file holds counts.
        """
        memory: dict[str, Any] = {}
        problems: list[str] = []
        for path, status in _files(folder):
            state = [status.st_mtime_ns, status.st_size, status.st_ino]
            earlier = (known or {}).get(path)
            if earlier is not None and earlier["state"] == state:
                memory[path] = earlier
                continue
            try:
                rows = _rows(path, objective, self.now())
            except counts_file.BadCounts as error:
                problems.append(str(error))
                if earlier is not None:
                    memory[path] = earlier
                continue
            except OSError as error:
                problems.append(f"cannot read {path}: {error.strerror}")
                if earlier is not None:
                    memory[path] = earlier
                continue
            memory[path] = {"state": state, "rows": rows}
        if not memory:
            nothing = f"{folder} has no counts files: let `check api_latency` write them there"
            raise CannotTell(problems[0] if problems else nothing)
        found = [Tally(*row) for one in memory.values() for row in one["rows"] if row[0] + row[1] > since]
        return found, memory, problems


def _files(folder: str) -> "Iterable[tuple[str, os.stat_result]]":
    def refuse(error: OSError) -> None:
        raise CannotTell(f"cannot look into {error.filename}: {error.strerror}")

    for place, _, names in os.walk(folder, onerror=refuse):
        for name in sorted(names):
            if name.endswith(counts_file.SUFFIX) and name[0] != ".":
                path = os.path.join(place, name)
                try:
                    yield path, os.stat(path)
                except FileNotFoundError:  # replaced since the folder was read
                    continue


def _rows(path: str, objective: Objective, now: float) -> "list[list[int]]":
    """Return [start, seconds, requests, bad] of each slot; one such row for all slots of an old file."""
    counts = counts_file.read(path)
    header = counts.headers[0]
    fits = objective.role in ("", header.role) and objective.environment in ("", header.environment)
    if header.measure != "server" or not fits:
        return []
    rows = []
    for start in sorted(counts.slots):
        one = tally(counts.slots[start], counts.step, objective.endpoints, objective.under)
        rows.append([one.start, one.seconds, one.requests, one.bad])
    if rows and rows[-1][0] + rows[-1][1] < now - _SLOTS_FOR:
        first, last = rows[0], rows[-1]
        seconds = last[0] + last[1] - first[0]
        rows = [[first[0], seconds, sum(row[2] for row in rows), sum(row[3] for row in rows)]]
    return rows
