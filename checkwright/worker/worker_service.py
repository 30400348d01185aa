"""Worker as a service: frontends, master, signals, systemd, and changes of code."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Sequence

from checkwright.worker.changes import Changes
from checkwright.worker.frontend import Frontend
from checkwright.worker.master import Master, MasterSettings
from checkwright.worker.status_socket import StatusSocket
from checkwright.worker.systemd_notify import keep_alive, notify
from checkwright.worker.worker_log import Log

#: Seconds for jobs to finish once the worker is to stop: longer than a check's own 10 s.
PATIENCE = 15.0
#: Exit status that requests a restart with the current code.
RESTART = -1


class WorkerService:
    """One worker. frontends: sources of its jobs. status: path of the status socket, "" for none."""

    def __init__(self, settings: MasterSettings, frontends: Sequence[Frontend], log: Log, status: str = "") -> None:
        self._master = Master(settings, log)
        self._frontends = frontends
        self._log = log
        self._status_socket = StatusSocket(status, self.status) if status else None
        self._stop = asyncio.Event()
        self._stop_now = asyncio.Event()
        self._restart = False
        self._refused: dict[str, dict[str, str]] = {}

    async def run(self) -> int:
        """Serve until SIGTERM or SIGINT. Returns the exit status, or RESTART."""
        keeping_alive = asyncio.create_task(keep_alive())
        try:
            return await self._serve()
        finally:
            keeping_alive.cancel()

    async def _serve(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_stop_signal)
        loop.add_signal_handler(signal.SIGHUP, self._master.renew, "SIGHUP")
        try:
            if self._status_socket is not None:
                await self._status_socket.open()
            await self._master.start()
        except (OSError, RuntimeError) as error:
            place = f": {error.filename}" if isinstance(error, OSError) and error.filename else ""
            reason = error.strerror if isinstance(error, OSError) and error.strerror else error
            self._log.info(f"cannot start: {reason}{place}")
            await self._master.close()
            return 2
        changes = Changes(self._master.projects, self._on_change, self._master.hold, self._on_refusal)
        for frontend in self._frontends:
            frontend.open(self._master)
        notify("READY=1")
        self._log.info(f"ready: process {os.getpid()}")
        await self._stop.wait()
        changes.stop()
        notify("RELOADING=1" if self._restart else "STOPPING=1")
        await self._shut_down()
        return RESTART if self._restart else 0

    def status(self) -> dict[str, object]:
        """Return the status document: seconds and bytes."""
        return {
            "version": 1,
            "pid": os.getpid(),
            "up": round(time.time() - self._master.begun, 1),
            **self._master.status(),
            "frontends": [frontend.status() for frontend in self._frontends],
        }

    def _on_stop_signal(self) -> None:
        """Finish all jobs at the first signal; end them at the second."""
        self._restart = False
        if self._stop.is_set():
            self._stop_now.set()
        self._stop.set()

    def _on_change(self, master: bool) -> None:
        if self._stop.is_set():
            return
        if master:
            self._log.info("the worker's own code has changed: restarting")
            self._restart = True
            self._stop.set()
        else:
            self._master.renew("code has changed")

    def _on_refusal(self, folder: str, reasons: dict[str, str]) -> None:
        """Log once that edited code does not load: each edit is tried, and may fail in the same way."""
        if self._refused.get(folder) != reasons:
            self._refused[folder] = reasons
            why = "; ".join(reasons.values())
            self._log.info(f"the code of {folder} does not load, so the code from before the change goes on: {why}")

    async def _drain(self) -> None:
        await asyncio.gather(*(frontend.drain() for frontend in self._frontends))

    async def _shut_down(self) -> None:
        self._log.info(f"stopping: {self._master.held} jobs are finished first")
        draining = asyncio.create_task(self._drain())
        waiting = asyncio.create_task(self._stop_now.wait())
        await asyncio.wait((draining, waiting), timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not draining.done():
            self._log.info(f"{self._master.held} jobs are ended")
            await self._master.stop()
            await asyncio.wait([draining], timeout=2)
            draining.cancel()
        for frontend in self._frontends:
            frontend.close()
        await self._master.close()
        if self._status_socket is not None:
            await self._status_socket.close()
        self._log.info("stopped")
