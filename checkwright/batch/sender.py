"""One thread a delivery: takes letters from the store, sends them, waits longer after each failure."""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from checkwright.batch.sink import Queue, Receipt
from checkwright.batch.store import Letter, Store

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
#: Seconds for which results are waited for that come at about the same time: one delivery of ten costs as one of one.
_TOGETHER = 0.2
#: Seconds between looks at a queue that nobody rang for: letters grow too old there.
_IDLE = 30.0


class Shipper:
    """Delivers one queue. `ring()` says that there is something new."""

    def __init__(self, name: str, queue: Queue, store: Store, say: Callable[[str], None]) -> None:
        self.name = name
        self._queue = queue
        self._store = store
        self._say = say
        self._bell = threading.Event()
        self._leaving = threading.Event()
        self._trouble = ""
        self._pause = 0.0
        self._dropped = 0
        #: What was delivered or refused, and so many of it refused, while the store could not be told.
        self._unsettled: tuple[Sequence[Letter], int] | None = None
        self._thread = threading.Thread(target=self._work, name=f"deliver {name}", daemon=True)

    def start(self) -> None:
        self._dropped = self._store.dropped(self.name)
        self._thread.start()

    def ring(self) -> None:
        self._bell.set()

    def finish(self, until: float) -> None:
        """Deliver what can be delivered until this moment of the monotonic clock; the rest stays in the store."""
        self._leaving.set()
        self._bell.set()
        self._thread.join(max(0.0, until - time.monotonic()))

    def _work(self) -> None:
        while True:
            self._bell.clear()
            leaving = self._leaving.is_set()  # asked first: what came before that, this look at the queue finds
            if self._ship():
                continue
            if leaving:
                break
            if self._trouble:
                # Only the end wakes it here: more results would not make a stopped Nagios listen.
                self._leaving.wait(self._pause * random.uniform(0.8, 1.2))  # noqa: S311 - spreads, guards nothing
            else:
                if self._bell.wait(_IDLE):
                    self._leaving.wait(_TOGETHER)
        self._queue.close()

    def _ship(self) -> bool:
        """Send once. Returns whether to go on at once: all went well, and there was as much as one delivery takes."""
        try:
            return self._shipped()
        except sqlite3.Error as error:  # a full disk has room again some day
            self._note(f"the store of results fails: {error}")
            return False

    def _shipped(self) -> bool:
        if self._unsettled is not None:  # else the same would be sent again and again
            self._settle(*self._unsettled)
        letters = self._store.first(self.name, self._queue.most)
        self._tell_dropped()
        if not letters:
            return False
        try:
            receipt = self._queue.send([letter.body for letter in letters])
        except Exception as error:  # a defect of one delivery must not end the others, nor this one for good
            receipt = Receipt(0, trouble=f"the delivery itself failed: {type(error).__name__}: {error}")
        for why in receipt.refused:
            self._say(f"{self.name}: a result was refused and is dropped: {why}")
        if receipt.settled:
            self._settle(letters[: receipt.settled], len(receipt.refused))
        self._note(receipt.trouble)
        return not receipt.trouble and len(letters) == self._queue.most

    def _settle(self, letters: Sequence[Letter], refused: int) -> None:
        self._unsettled = letters, refused
        self._store.settle(self.name, letters, refused)
        self._unsettled = None

    def _note(self, trouble: str) -> None:
        """One line when it begins to fail or fails otherwise, one when it works again."""
        if trouble:
            with suppress(sqlite3.Error):  # it is said all the same
                self._store.failed(self.name, trouble)
            self._pause = min(_LONGEST_PAUSE, self._pause * 2) if self._trouble else _FIRST_PAUSE
            if trouble != self._trouble:
                self._say(f"{self.name}: {trouble}; results are kept and tried again")
        elif self._trouble:
            with suppress(sqlite3.Error):
                self._store.failed(self.name, "")
            self._say(f"{self.name}: delivers again")
        self._trouble = trouble

    def _tell_dropped(self) -> None:
        dropped = self._store.dropped(self.name)
        if dropped > self._dropped:
            self._say(f"{self.name}: results dropped undelivered, too many or too old: {dropped - self._dropped}")
        self._dropped = dropped
