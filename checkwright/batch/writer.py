"""Writer: background thread that stores results, so that running checks never waits for the disk.

Results of one moment share a transaction, which costs as much as a small check.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue

from checkwright.batch.dispatcher import Dispatcher
from checkwright.batch.results import Result

#: Seconds between two updates of view sinks: at least with new results, and at most without, since ages and queues
#: change too.
_SOON, _SELDOM = 1.0, 15.0
#: Seconds from the first result to its transaction, which further results share.
_GATHER = 0.02


class Writer:
    """Brings results to a dispatcher, which belongs to this thread from `start` to `finish`."""

    def __init__(self, dispatcher: Dispatcher, log: Callable[[str], None]) -> None:
        self._dispatcher = dispatcher
        self._log = log
        self._logged: set[str] = set()
        self._incoming: SimpleQueue[Result | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="writer", daemon=True)

    def start(self) -> None:
        self._dispatcher.start()
        self._thread.start()

    def put(self, result: Result) -> None:
        """Have a result kept and delivered. Returns at once."""
        self._incoming.put(result)

    @property
    def backlog(self) -> int:
        """Number of results that are not on their way to the disk yet."""
        return self._incoming.qsize()

    def finish(self) -> None:
        """Return when all results are kept and shown."""
        self._incoming.put(None)
        self._thread.join()

    def _work(self) -> None:
        shown, going_on = time.monotonic(), True
        while going_on:
            fresh, going_on = self._next(shown)
            if fresh:
                self._take(fresh)
            if time.monotonic() - shown >= (_SOON if self._dispatcher.fresh else _SELDOM):
                shown = time.monotonic()
                self._show()
        self._show()

    def _next(self, shown: float) -> tuple[list[Result], bool]:
        """Wait for results, until it is time to update views. Returns them, and whether more will come."""
        pause = None
        if self._dispatcher.has_views:
            pause = max(0.0, shown + (_SOON if self._dispatcher.fresh else _SELDOM) - time.monotonic())
        found: list[Result] = []
        try:
            one = self._incoming.get(timeout=pause)
            if one is not None:
                time.sleep(_GATHER)
            while one is not None:
                found.append(one)
                one = self._incoming.get_nowait()
        except Empty:
            return found, True
        return found, False

    def _take(self, fresh: list[Result]) -> None:
        try:
            self._dispatcher.take(fresh)
        except Exception as error:  # a defect of one sink must not end the results of all others
            self._report("kept", error)

    def _show(self) -> None:
        try:
            self._dispatcher.show()
        except Exception as error:  # as above
            self._report("shown", error)

    def _report(self, what: str, error: Exception) -> None:
        kind = f"{what} {type(error).__name__}"  # not the error's text, which may differ for each result
        if kind not in self._logged:
            self._logged.add(kind)
            self._log(f"results could not be {what}: {type(error).__name__}: {error}")
