"""The worker as a service: doors, core, signals, and what happens when code changes."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Sequence

from checkwright.worker.changes import Changes
from checkwright.worker.frontend import Door
from checkwright.worker.master import Core, Settings
from checkwright.worker.status_socket import Report
from checkwright.worker.worker_log import Log

#: Seconds that what is held has to finish, once the worker is told to stop: longer than a check's own 10 s.
PATIENCE = 15.0
#: Exit status that asks for another start, with the code that is there now.
AGAIN = -1


class Service:
    """One worker. doors: where its jobs come from. status: path of the status socket, "" for none."""

    def __init__(self, settings: Settings, doors: Sequence[Door], log: Log, status: str = "") -> None:
        self._core = Core(settings, log)
        self._doors = doors
        self._log = log
        self._report = Report(status, self.status) if status else None
        self._told = asyncio.Event()
        self._now = asyncio.Event()
        self._again = False

    async def run(self) -> int:
        """Serve until SIGTERM or SIGINT; returns the exit status, or AGAIN."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._tell)
        loop.add_signal_handler(signal.SIGHUP, self._core.renew, "SIGHUP")
        try:
            if self._report is not None:
                await self._report.open()
            await self._core.start()
        except (OSError, RuntimeError) as error:
            where = f": {error.filename}" if isinstance(error, OSError) and error.filename else ""
            said = error.strerror if isinstance(error, OSError) and error.strerror else error
            self._log.say(f"cannot start: {said}{where}")
            await self._core.close()
            return 2
        changes = Changes(self._core.projects, self._changed)
        for door in self._doors:
            door.open(self._core)
        _notify("READY=1")
        self._log.say(f"ready: process {os.getpid()}")
        await self._told.wait()
        changes.stop()
        _notify("RELOADING=1" if self._again else "STOPPING=1")
        await self._leave()
        return AGAIN if self._again else 0

    def status(self) -> dict[str, object]:
        """All that is known, for JSON. Seconds and bytes."""
        return {
            "version": 1,
            "pid": os.getpid(),
            "up": round(time.time() - self._core.begun, 1),
            **self._core.status(),
            "doors": [door.status() for door in self._doors],
        }

    def _tell(self) -> None:
        """The first signal asks to finish, a second one not to wait."""
        self._again = False
        if self._told.is_set():
            self._now.set()
        self._told.set()

    def _changed(self, master: bool) -> None:
        if self._told.is_set():
            return
        if master:
            self._log.say("the worker's own code has changed: it starts anew")
            self._again = True
            self._told.set()
        else:
            self._core.renew("code has changed")

    async def _drained(self) -> bool:
        await asyncio.gather(*(door.drain() for door in self._doors))
        return True

    async def _leave(self) -> None:
        self._log.say(f"stopping: {self._core.held} jobs are finished first")
        draining = asyncio.create_task(self._drained())
        waiting = asyncio.create_task(self._now.wait())
        await asyncio.wait((draining, waiting), timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not draining.done():
            self._log.say(f"{self._core.held} jobs are ended")
            await self._core.stop()
            await asyncio.wait([draining], timeout=2)
            draining.cancel()
        for door in self._doors:
            door.close()
        await self._core.close()
        if self._report is not None:
            await self._report.close()
        self._log.say("stopped")


def _notify(state: str) -> None:
    """Tell systemd, where it asked for that (Type=notify)."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as client:
        try:
            client.connect("\0" + address[1:] if address.startswith("@") else address)
            client.send(state.encode())
        except OSError:
            return
