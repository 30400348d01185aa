"""One thread for what may be slow in an office: whoever runs checks never waits for a disk, nor pays for the way there.

It takes what has come in one turn, so that results of one moment share a transaction.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

from checkwright.batch.dispatcher import Office
from checkwright.batch.results import Result

#: Seconds at least between two times that views are shown something, and after which they are shown the board though
#: no result came: ages and queues change without one.
_SOON, _SELDOM = 1.0, 15.0


class Clerk:
    """Brings results to an office, which is this thread's from `start` to `finish`."""

    def __init__(self, office: Office, say: Callable[[str], None]) -> None:
        self._office = office
        self._say = say
        self._said: set[str] = set()
        self._desk: SimpleQueue[Result | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="clerk", daemon=True)

    def start(self) -> None:
        self._office.start()
        self._thread.start()

    def bring(self, result: Result) -> None:
        """Have it kept and delivered; returns at once."""
        self._desk.put(result)

    @property
    def behind(self) -> int:
        """Results that are not on their way to the disk yet."""
        return self._desk.qsize()

    def finish(self) -> None:
        """Return when all that was brought is kept and shown."""
        self._desk.put(None)
        self._thread.join()

    def _work(self) -> None:
        shown, going_on = time.monotonic(), True
        while going_on:
            fresh, going_on = self._next(shown)
            if fresh:
                self._take(fresh)
            if time.monotonic() - shown >= (_SOON if self._office.fresh else _SELDOM):
                shown = time.monotonic()
                self._show()
        self._show()

    def _next(self, shown: float) -> tuple[list[Result], bool]:
        """All that has come, waited for until it is time to show something; and whether more will come."""
        pause = None
        if self._office.shows:
            pause = max(0.0, shown + (_SOON if self._office.fresh else _SELDOM) - time.monotonic())
        found: list[Result] = []
        try:
            one = self._desk.get(timeout=pause)
            while one is not None:
                found.append(one)
                one = self._desk.get_nowait()
        except Empty:
            return found, True
        return found, False

    def _take(self, fresh: list[Result]) -> None:
        try:
            self._office.take(fresh)
        except Exception as error:  # a defect of one delivery must not end the results of all others
            self._complain("kept", error)

    def _show(self) -> None:
        try:
            self._office.show()
        except Exception as error:  # as above
            self._complain("shown", error)

    def _complain(self, what: str, error: Exception) -> None:
        text = f"results could not be {what}: {type(error).__name__}: {error}"
        if text not in self._said:
            self._said.add(text)
            self._say(text)
