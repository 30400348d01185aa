"""Sender: thread of one queue sink. It sends the payloads in the store, and waits longer after each failure."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from checkwright.batch.sink import QueueSink, Receipt
from checkwright.batch.store import Payload, Store

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
#: Seconds to wait for further results: one delivery of ten costs as much as a delivery of one.
_TOGETHER = 0.2
#: Seconds between looks at a queue without a wake-up: payloads grow too old there.
_IDLE = 30.0


class Sender:
    """Delivers the payloads of one queue sink."""

    def __init__(self, name: str, queue: QueueSink, store: Store, log: Callable[[str], None]) -> None:
        self.name = name
        self._queue = queue
        self._store = store
        self._log = log
        self._wake = threading.Event()
        self._leaving = threading.Event()
        self._problem = ""
        self._pause = 0.0
        self._dropped = 0
        #: Payloads that were delivered or refused, and how many were refused, while the store could not note it.
        self._unsettled: tuple[Sequence[Payload], int] | None = None
        self._thread = threading.Thread(target=self._work, name=f"send {name}", daemon=True)

    def start(self) -> None:
        self._dropped = self._store.dropped(self.name)
        self._thread.start()

    def wake(self) -> None:
        """Have the thread look at the queue, since there are new payloads."""
        self._wake.set()

    def finish(self, until: float) -> None:
        """Deliver until this moment of the monotonic clock. The rest stays in the store."""
        self._leaving.set()
        self._wake.set()
        self._thread.join(max(0.0, until - time.monotonic()))

    def _work(self) -> None:
        while True:
            self._wake.clear()
            leaving = self._leaving.is_set()  # read first: this look at the queue finds all that came before
            if self._send():
                continue
            if leaving:
                break
            if self._problem:
                # Only the end wakes it here: more results would not make a stopped Nagios listen.
                self._leaving.wait(self._pause * random.uniform(0.8, 1.2))  # noqa: S311 - spreads, guards nothing
            else:
                if self._wake.wait(_IDLE):
                    self._leaving.wait(_TOGETHER)
        self._queue.close()

    def _send(self) -> bool:
        """Send once. Returns whether to go on at once: the sink took all, and there were as many as it takes."""
        try:
            return self._send_next()
        except sqlite3.Error as error:  # a full disk has room again some day
            self._note(f"the store of results fails: {error}")
            return False

    def _send_next(self) -> bool:
        if self._unsettled is not None:  # otherwise the same would be sent again and again
            self._settle(*self._unsettled)
        payloads = self._store.first(self.name, self._queue.most)
        self._log_dropped()
        if not payloads:
            return False
        try:
            receipt = self._queue.send([payload.body for payload in payloads])
        except Exception as error:  # a defect of one sink must not end the others, nor this one for good
            receipt = Receipt(0, problem=f"the sink itself failed: {type(error).__name__}: {error}")
        if receipt.refused:  # one line, however many: the reason is text from outside
            more = f" (and {len(receipt.refused) - 1} more)" if len(receipt.refused) > 1 else ""
            self._log(f"{self.name}: a result was refused and is dropped: {receipt.refused[0]}{more}")
        if receipt.settled:
            self._settle(payloads[: receipt.settled], len(receipt.refused))
        self._note(receipt.problem)
        return not receipt.problem and len(payloads) == self._queue.most

    def _settle(self, payloads: Sequence[Payload], refused: int) -> None:
        self._unsettled = payloads, refused
        self._store.settle(self.name, payloads, refused)
        self._unsettled = None

    def _note(self, problem: str) -> None:
        """Log one line when it begins to fail or fails for another reason, and one when it works again."""
        if problem:
            with suppress(sqlite3.Error):  # it is logged all the same
                self._store.failed(self.name, problem)
            self._pause = min(_LONGEST_PAUSE, self._pause * 2) if self._problem else _FIRST_PAUSE
            if problem != self._problem:
                self._log(f"{self.name}: {problem}; results are kept and tried again")
        elif self._problem:
            with suppress(sqlite3.Error):
                self._store.failed(self.name, "")
            self._log(f"{self.name}: delivers again")
        self._problem = problem

    def _log_dropped(self) -> None:
        dropped = self._store.dropped(self.name)
        if dropped > self._dropped:
            self._log(f"{self.name}: {dropped - self._dropped} results dropped undelivered, too many or too old")
        self._dropped = dropped
