"""Sender of Nagios's performance data: from the files that Nagios leaves, through the store, to the sinks.

A file is removed when all of its lines are in the store, in transactions that note the position. So a kill at any
moment neither loses a line nor puts it into the store twice. Sinks get a line at least once.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from checkwright.batch import nagios_perfdata, startup
from checkwright.batch.dispatcher import Dispatcher
from checkwright.batch.nagios_perfdata import Services
from checkwright.batch.planfile import PlanFile
from checkwright.batch.results import Result
from checkwright.batch.sink import Context
from checkwright.batch.store import Bounds
from checkwright.batch.tasks import TaskFilter
from checkwright.core.errors import BadUsage

#: Name of the store below the user's state folder.
STORE = "perfdata"
#: Seconds between two looks at the folder.
_PAUSE = 1.0
_NOT_DELIVERED = 1
#: Seconds, and intervals, after which a page forgets a service without a result.
_GONE, _GONE_TURNS = 3_600, 3


@dataclass(frozen=True, slots=True, kw_only=True)
class PerfdataSettings:
    """Options of the sender. folder: of Nagios's files. plans: files. store: "" for the default place."""

    folder: str
    plans: tuple[str, ...]
    to: tuple[str, ...]
    once: bool
    store: str
    bounds: Bounds
    log: Callable[[str], None]


def run(settings: PerfdataSettings) -> int:
    """Deliver what is there, once or until SIGTERM. Returns the exit code; raises BadUsage."""
    folder = Path(settings.folder)
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise BadUsage(f"{folder} must be a folder that this user may read and change: Nagios leaves its files there")
    files = [PlanFile(path) for path in settings.plans]
    services = _services(files)
    sinks = startup.open_sinks(settings.to, Context(settings.once, settings.log))
    store = startup.store_folder(settings.store, TaskFilter(), STORE) if startup.needs_store(sinks) else Path()
    dispatcher = Dispatcher(sinks, store, settings.bounds, settings.log)
    sender = PerfdataService(folder, files, services, dispatcher, settings.log)
    dispatcher.start()
    if settings.once:
        complete = sender.turn()
    else:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: sender.stop())
        signal.signal(signal.SIGHUP, lambda *_: sender.reload())
        settings.log(f"performance data in {folder}, to {', '.join(settings.to)}")
        sender.run()
        complete = True
    statuses = dispatcher.close(startup.PATIENCE)
    return 0 if (complete and not any(one.waiting for one in statuses)) or not settings.once else _NOT_DELIVERED


class PerfdataService:
    """Reads files in one folder. For one thread; `stop` and `reload` may come from a signal."""

    def __init__(
        self,
        folder: Path,
        plans: list[PlanFile],
        services: Services,
        dispatcher: Dispatcher,
        log: Callable[[str], None],
    ) -> None:
        self._folder = folder
        self._plans = plans
        self._services = services
        self._dispatcher = dispatcher
        self._log = log
        self._problems: dict[str, str] = {}
        self._stopping = threading.Event()
        self._reload = False

    def stop(self) -> None:
        self._stopping.set()

    def reload(self) -> None:
        """Read the plans again at the next turn."""
        self._reload = True

    def run(self) -> None:
        """Deliver until `stop` is called."""
        while not self._stopping.is_set():
            self._take_plans()
            self.turn()
            self._stopping.wait(_PAUSE)
        self.turn()

    def turn(self) -> bool:
        """Take all files that Nagios has finished, and show the latest results. Returns whether it could."""
        complete = True
        try:
            positions = self._dispatcher.positions()
            files = nagios_perfdata.finished(self._folder)
            kept = {nagios_perfdata.key_of(path) for path in files if path.is_file() and not path.is_symlink()}
            for gone in positions.keys() - kept:
                self._dispatcher.forget(gone)
        except (OSError, sqlite3.Error) as error:
            self._note("", f"cannot look at {self._folder}: {_reason(error)}")
            return False
        self._note("", "")
        for path in files:
            try:
                self._take(path, positions)
            except (OSError, sqlite3.Error) as error:
                self._note(path.name, f"cannot take {path}: {_reason(error)}; it is tried again")
                complete = False
                if isinstance(error, sqlite3.Error):
                    break
        if self._dispatcher.has_views:
            now = time.time()
            self._dispatcher.latest.forget(lambda result: _is_gone(result, now))
            self._dispatcher.show()
        return complete

    def _take(self, path: Path, positions: dict[str, int]) -> None:
        """Take a file whole and remove it. Raises OSError, sqlite3.Error."""
        key = nagios_perfdata.key_of(path)
        wrong = 0
        for position, results, bad in nagios_perfdata.read(path, positions.get(key, 0), self._services):
            self._dispatcher.take_from(key, position, results)
            wrong += bad
        if wrong:
            self._log(f"{path.name}: {wrong} lines are not whole, or not in the format of main.cfg, and are left out")
        path.unlink()
        self._dispatcher.forget(key)
        self._problems.pop(path.name, None)

    def _take_plans(self) -> None:
        """Take plans that have changed. Those that cannot be read change nothing and are logged."""
        if not self._reload and not any(plan.changed() for plan in self._plans):
            return
        self._reload = False
        try:
            self._services = _services(self._plans)
        except BadUsage as error:
            self._note("plan", f"{error}; the previous plan stays in force")
        else:
            self._note("plan", "")
            self._log("the plan has changed")

    def _note(self, about: str, problem: str) -> None:
        """Log one line when something begins to fail, or fails for another reason."""
        if problem and self._problems.get(about) != problem:
            self._log(problem)
        self._problems[about] = problem


def _is_gone(result: Result, now: float) -> bool:
    """Return whether a service has had no result for so long that a page should not show its last one any more."""
    return now - result.ended > max(_GONE, _GONE_TURNS * result.task.entry.interval)


def _services(files: list[PlanFile]) -> Services:
    return Services([file.read() for file in files])


def _reason(error: OSError | sqlite3.Error) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else str(error)
