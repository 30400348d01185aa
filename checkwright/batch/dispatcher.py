"""Where results go from here: into the store for each queue, onto the board for the views."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from checkwright.batch import store_lock
from checkwright.batch.latest import Board
from checkwright.batch.results import Result
from checkwright.batch.sender import Shipper
from checkwright.batch.sink import Opened, Queue, View
from checkwright.batch.store import Bounds, Standing, Store


class Office:
    """All deliveries of one batch. For one thread; what is slow happens in threads of its own."""

    def __init__(self, deliveries: Sequence[Opened], folder: Path, bounds: Bounds, say: Callable[[str], None]) -> None:
        """folder: the store's; it is neither made nor locked when no delivery keeps anything. Raises BadUsage."""
        self._say = say
        self._open = ExitStack()
        self._store: Store | None = None
        self._queues = [(one.name, one.target) for one in deliveries if isinstance(one.target, Queue)]
        self._views = [(one.name, one.target) for one in deliveries if isinstance(one.target, View)]
        self._said: dict[str, str] = {}
        self._fresh: list[Result] = []
        self.board = Board(self._standings)
        self._shippers: list[Shipper] = []
        if self._queues:
            self._open.enter_context(store_lock.held(folder))
            self._store = Store(folder, bounds)
            self._open.callback(self._store.close)
            if self._store.damaged:
                say(self._store.damaged)
            self._shippers = [Shipper(name, queue, self._store, say) for name, queue in self._queues]

    def start(self) -> None:
        """Begin to deliver: first of all what an earlier batch left."""
        for shipper in self._shippers:
            shipper.start()

    def take(self, results: Sequence[Result]) -> None:
        """Keep results for every queue, and show them. They are safe from a kill when this returns."""
        if self._store is not None:
            letters = [(name, queue.letter(result)) for result in results for name, queue in self._queues]
            self._complain("store", self._store.put(letters))
            for shipper in self._shippers:
                shipper.ring()
        for result in results:
            self.board.add(result)
        self._fresh += results

    @property
    def shows(self) -> bool:
        """Whether there is a view at all."""
        return bool(self._views)

    @property
    def fresh(self) -> bool:
        """Whether there are results that the views have not been shown."""
        return bool(self._fresh)

    def show(self) -> None:
        """Let the views show what the board has now."""
        fresh, self._fresh = self._fresh, []
        for name, view in self._views:
            self._complain(name, view.show(self.board, fresh))

    def close(self, patience: float) -> tuple[Standing, ...]:
        """Deliver for up to `patience` seconds, then let go. Returns how each queue stands."""
        until = time.monotonic() + patience
        if self._store is not None and self._store.unkept():
            self._complain("store", self._store.put(()))
            for shipper in self._shippers:
                shipper.ring()
        for shipper in self._shippers:
            shipper.finish(until)
        standings = self._with_lost(self._standings())
        for _, view in self._views:
            view.close()
        self._open.close()
        return standings

    def _standings(self) -> tuple[Standing, ...]:
        names = {name for name, _ in self._queues}
        if self._store is None:
            return ()
        try:
            return tuple(one for one in self._store.standings(names) if one.delivery in names)
        except sqlite3.Error as error:
            self._complain("store", f"cannot read the store of results: {error}")
            return ()

    def _with_lost(self, standings: tuple[Standing, ...]) -> tuple[Standing, ...]:
        """These with what the disk has not taken until the end, which is lost with this process."""
        lost = self._store.unkept() if self._store is not None else Counter[str]()
        for name, number in lost.items():
            self._say(f"{name}: results lost, since the store did not take them: {number}")
        return tuple(replace(one, dropped_full=one.dropped_full + lost[one.delivery]) for one in standings)

    def _complain(self, name: str, trouble: str) -> None:
        """One line when something begins to fail or fails otherwise, one when it works again."""
        if trouble and trouble != self._said.get(name):
            self._say(f"{name}: {trouble}" if name != "store" else trouble)
        elif not trouble and self._said.get(name):
            self._say(f"{name}: works again")
        self._said[name] = trouble
