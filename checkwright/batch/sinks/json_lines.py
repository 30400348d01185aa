"""`json-lines:FILE`, or `json-lines` for stdout: each result as one line of JSON, appended."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from checkwright.batch.latest import LatestResults
from checkwright.batch.results import Result, parts_of, values_of
from checkwright.batch.sink import Context, QueueSink, Receipt, ViewSink
from checkwright.core.errors import BadUsage


def make(place: str, context: Context) -> QueueSink | ViewSink:
    """Return the sink for a place. Raises BadUsage."""
    if not place or place == "-":
        return Printed()
    if not place.startswith("/"):
        raise BadUsage(f"json-lines needs the full path of a file, not {place!r}; without one it prints")
    try:
        os.close(_open(place))
    except OSError as error:
        raise BadUsage(f"cannot append to {place}: {error.strerror}") from None
    return Appended(place)


def line_of(result: Result) -> bytes:
    """Return a result as a line of JSON. Times are seconds, `started` since 1970."""
    task, parts = result.task, parts_of(result.output)
    record = {
        "environment": task.plan.environment,
        "role": task.entry.role,
        "host": task.host,
        "watch": task.watch,
        "check": task.entry.check or task.entry.plugin,
        "state": result.state,
        "exit_code": result.code,
        "started": round(result.started, 6),
        "seconds": round(result.seconds, 6),
        "summary": parts.summary,
        "details": list(parts.details),
        "values": [
            {
                "label": value.label,
                "value": value.value,
                "unit": value.unit,
                "warn": value.warn,
                "crit": value.crit,
                "min": value.min,
                "max": value.max,
            }
            for value in values_of(parts.perfdata)
        ],
    }
    # In ASCII every text fits on one line, with line separators and half surrogate pairs too.
    return json.dumps(record).encode("ascii") + b"\n"


class Appended(QueueSink):
    """Appends lines to a file. It is opened for each write, so that it may be rotated."""

    def __init__(self, path: str) -> None:
        self._path = path

    def payload(self, result: Result) -> bytes:
        return line_of(result)

    def send(self, payloads: Sequence[bytes]) -> Receipt:
        try:
            file = _open(self._path)
            try:
                _append(file, b"".join(payloads))
            finally:
                os.close(file)
        except OSError as error:
            return Receipt(0, problem=f"cannot append to {self._path}: {error.strerror}")
        return Receipt(len(payloads))


class Printed(ViewSink):
    """Prints lines on stdout as results come."""

    def show(self, latest: LatestResults, fresh: Sequence[Result]) -> str:
        try:
            for result in fresh:
                sys.stdout.write(line_of(result).decode())
            sys.stdout.flush()
        except OSError as error:
            return f"cannot print results: {error.strerror}"
        return ""


def _open(path: str) -> int:
    return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK, 0o640)


def _append(file: int, data: bytes) -> None:
    """Append all or nothing. End a line that a kill or a full disk has cut, so that the new line is whole."""
    size = os.fstat(file).st_size
    if size and os.pread(file, 1, size - 1) != b"\n":
        data = b"\n" + data
    written = 0
    try:
        while written < len(data):
            written += os.write(file, data[written:])
    except OSError:
        with suppress(OSError):  # a device, not a file: nothing can be taken back
            os.ftruncate(file, size)
        raise
