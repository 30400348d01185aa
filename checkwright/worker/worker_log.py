"""The worker's log: lines on stderr, which systemd keeps. It never waits, and the same trouble is not told all day."""

from __future__ import annotations

import os
import select
import time

from checkwright.core.text import clean

#: Seconds in which a line of one kind comes once.
_QUIET = 60.0
_KINDS = 500


class Log:
    def __init__(self, file: int = 2, program: str = "checkwright-worker") -> None:
        self._file = file
        self._program = program
        self._poll = select.poll()
        self._poll.register(file, select.POLLOUT)
        self._told: dict[str, tuple[float, int]] = {}

    def say(self, text: str) -> None:
        """One line. Dropped where nobody takes it: a log that waits would stop the worker."""
        line = f"{self._program}: {clean(text, 800)}\n".encode("utf-8", "backslashreplace")
        try:
            if self._poll.poll(0):
                os.write(self._file, line)
        except OSError:
            return

    def trouble(self, kind: str, text: str) -> None:
        """A line about something that may go on for long: once a minute for each `kind`, with how often it came."""
        now = time.monotonic()
        since, more = self._told.get(kind, (-_QUIET, 0))
        if now - since < _QUIET:
            self._told[kind] = since, more + 1
            return
        if len(self._told) >= _KINDS:
            self._told.clear()
        self._told[kind] = now, 0
        self.say(f"{text} ({more} more like this in the last minute)" if more else text)

    def over(self, kind: str) -> None:
        """This trouble has passed: the next one of its kind is told at once."""
        self._told.pop(kind, None)
