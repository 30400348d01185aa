"""Log of a daemon: lines on stderr, for systemd to keep. It never waits, and does not repeat one problem all day."""

from __future__ import annotations

import os
import select
import time

from checkwright.core.text import clean

#: Seconds during which a line of one kind is written once.
_QUIET = 60.0
_KINDS = 500


class Log:
    """Lines on a file descriptor. program: the name that each line begins with."""

    def __init__(self, file: int = 2, program: str = "checkwright-worker") -> None:
        self._file = file
        self._program = program
        self._poll = select.poll()
        self._poll.register(file, select.POLLOUT)
        self._problems: dict[str, tuple[float, int]] = {}

    def info(self, text: str) -> None:
        """Write one line. It is dropped if nothing reads the log: a log that waits would stop the worker."""
        line = f"{self._program}: {clean(text, 800)}\n".encode("utf-8", "backslashreplace")
        try:
            if self._poll.poll(0):
                os.write(self._file, line)
        except OSError:
            return

    def problem(self, kind: str, text: str) -> None:
        """Write a line about a problem that may last: once a minute for each `kind`, with the number of repetitions.

        kind: a constant and names from the configuration. Text of a peer in it would defeat the limit.
        """
        now = time.monotonic()
        since, more = self._problems.get(kind, (-_QUIET, 0))
        if now - since < _QUIET:
            self._problems[kind] = since, more + 1
            return
        if len(self._problems) >= _KINDS:
            self._problems.clear()
        self._problems[kind] = now, 0
        self.info(f"{text} ({more} more like this in the last minute)" if more else text)

    def solved(self, kind: str) -> None:
        """Note that a problem is over: the next one of its kind is written at once."""
        self._problems.pop(kind, None)
