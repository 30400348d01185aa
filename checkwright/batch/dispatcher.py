"""Dispatcher: hands results to the store for queue sinks, and to the latest results for view sinks."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from checkwright.batch import store_lock
from checkwright.batch.latest import LatestResults
from checkwright.batch.results import Result
from checkwright.batch.sender import Sender
from checkwright.batch.sink import OpenSink, QueueSink, ViewSink
from checkwright.batch.store import Bounds, SinkStatus, Store


class Dispatcher:
    """All sinks of one batch. For one thread; slow work happens in threads of its own."""

    def __init__(self, sinks: Sequence[OpenSink], folder: Path, bounds: Bounds, log: Callable[[str], None]) -> None:
        """folder: of the store. It is neither made nor locked if no sink keeps results. Raises BadUsage."""
        self._log = log
        self._resources = ExitStack()
        self._store: Store | None = None
        self._queues = [(one.name, one.target) for one in sinks if isinstance(one.target, QueueSink)]
        self._views = [(one.name, one.target) for one in sinks if isinstance(one.target, ViewSink)]
        self._problems: dict[str, str] = {}
        self._fresh: list[Result] = []
        self.latest = LatestResults(self._statuses)
        self._senders: list[Sender] = []
        if self._queues:
            self._resources.enter_context(store_lock.hold(folder))
            self._store = Store(folder, bounds)
            self._resources.callback(self._store.close)
            if self._store.damaged:
                log(self._store.damaged)
            self._senders = [Sender(name, queue, self._store, log) for name, queue in self._queues]

    def start(self) -> None:
        """Begin to deliver, first of all the results that an earlier batch left."""
        for sender in self._senders:
            sender.start()

    def take(self, results: Sequence[Result]) -> None:
        """Keep results for every queue sink, and show them. They survive a kill once this returns."""
        if self._store is not None:
            payloads = [(name, queue.payload(result)) for result in results for name, queue in self._queues]
            self._report("store", self._store.put(payloads))
            for sender in self._senders:
                sender.wake()
        for result in results:
            self.latest.add(result)
        self._fresh += results

    def take_from(self, source: str, position: int, results: Sequence[Result]) -> None:
        """Keep results that were read from a file up to a position, all or none. Raises sqlite3.Error."""
        if self._store is not None:
            payloads = [(name, queue.payload(result)) for result in results for name, queue in self._queues]
            self._store.put_from(source, position, payloads)
            for sender in self._senders:
                sender.wake()
        for result in results:
            self.latest.add(result)
        self._fresh += results

    def positions(self) -> dict[str, int]:
        """Return the position up to which each file has been read, {} without a store. Raises sqlite3.Error."""
        return self._store.positions() if self._store is not None else {}

    def forget(self, source: str) -> None:
        """Forget a file that is gone. Raises sqlite3.Error."""
        if self._store is not None:
            self._store.forget(source)

    @property
    def has_views(self) -> bool:
        """Return whether there are view sinks."""
        return bool(self._views)

    @property
    def fresh(self) -> bool:
        """Return whether there are results that the view sinks have not shown yet."""
        return bool(self._fresh)

    def show(self) -> None:
        """Have the view sinks show the latest results."""
        fresh, self._fresh = self._fresh, []
        for name, view in self._views:
            self._report(name, view.show(self.latest, fresh))

    def close(self, patience: float) -> tuple[SinkStatus, ...]:
        """Deliver for up to `patience` seconds, then close all sinks. Returns the status of each queue sink."""
        until = time.monotonic() + patience
        if self._store is not None and self._store.unkept():
            self._report("store", self._store.put(()))
            for sender in self._senders:
                sender.wake()
        for sender in self._senders:
            sender.finish(until)
        statuses = self._with_lost(self._statuses())
        for _, view in self._views:
            view.close()
        self._resources.close()
        return statuses

    def _statuses(self) -> tuple[SinkStatus, ...]:
        names = {name for name, _ in self._queues}
        if self._store is None:
            return ()
        try:
            return tuple(one for one in self._store.statuses(names) if one.sink in names)
        except sqlite3.Error as error:
            self._report("store", f"cannot read the store of results: {error}")
            return ()

    def _with_lost(self, statuses: tuple[SinkStatus, ...]) -> tuple[SinkStatus, ...]:
        """Count the results that the disk has not taken: they are lost with this process."""
        lost = self._store.unkept() if self._store is not None else Counter[str]()
        for name, number in lost.items():
            self._log(f"{name}: {number} results are lost, since the store did not take them")
        return tuple(replace(one, dropped_full=one.dropped_full + lost[one.sink]) for one in statuses)

    def _report(self, name: str, problem: str) -> None:
        """Log one line when something begins to fail or fails for another reason, and one when it works again."""
        if problem and problem != self._problems.get(name):
            self._log(f"{name}: {problem}" if name != "store" else problem)
        elif not problem and self._problems.get(name):
            self._log(f"{name}: works again")
        self._problems[name] = problem
