"""Latest result of every task, and the counters of a batch. View sinks read both."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable

from checkwright.batch.results import Result
from checkwright.batch.store import SinkStatus
from checkwright.batch.tasks import Task

Key = tuple[str, str]


class LatestResults:
    """Latest results and counters. Any thread may read; one thread writes."""

    def __init__(self, statuses: Callable[[], tuple[SinkStatus, ...]]) -> None:
        """statuses: reads the status of all queue sinks from the store."""
        self._lock = threading.Lock()
        self._latest: dict[Key, Result] = {}
        self._keys: frozenset[Key] | None = None  # of the tasks; None until they are set
        self.statuses = statuses
        self.started = time.time()
        #: Runs by state; turns that a task missed since it still ran; plans read; plans that could not be read.
        self.runs: Counter[str] = Counter()
        self.missed = 0
        self.reloads = 0
        self.failed_reloads = 0
        self.tasks = 0

    def set_tasks(self, tasks: Iterable[Task]) -> None:
        """Set the tasks. Results of all others are forgotten, and not shown if they still come."""
        with self._lock:
            keys = self._keys = frozenset(task.key for task in tasks)
            self.tasks = len(keys)
            self._latest = {key: result for key, result in self._latest.items() if key in keys}

    def add(self, result: Result) -> None:
        """Take a new result."""
        with self._lock:
            if self._keys is None or result.task.key in self._keys:
                self._latest[result.task.key] = result
            self.runs[result.state] += 1

    def forget(self, is_gone: Callable[[Result], bool]) -> None:
        """Forget results, such as those of services that are gone."""
        with self._lock:
            self._latest = {key: result for key, result in self._latest.items() if not is_gone(result)}

    def results(self) -> tuple[Result, ...]:
        """Return the latest result of each task that has one, sorted by host and watch."""
        with self._lock:
            return tuple(self._latest[key] for key in sorted(self._latest))
