"""The master's end of a helper process: messages out in batches, messages in, and how it ends."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import Callable
from typing import cast

from checkwright.worker import helper, ipc, stats
from checkwright.worker.pending_job import Ticket


class Link(asyncio.Protocol):
    """One helper. `heard` gets each message, `lost` is called once when the process or its socket is gone."""

    def __init__(
        self,
        what: str,
        process: subprocess.Popen[bytes],
        heard: Callable[[Link, ipc.Message], None],
        lost: Callable[[Link], None],
    ) -> None:
        self.what = what
        self.process = process
        self.ready = False
        self.closed = False
        self.last_heard = 0.0
        self.held: dict[int, Ticket] = {}
        self.jobs = 0
        self.threads = 0  # as it last said, and `stuck` of them
        self.stuck = 0
        self.pinged = 0.0  # when it was asked for a sign of life that has not come yet, else 0
        self.processor = 0.0  # seconds that it had used by then
        self.replacing = False
        self.dismissed = False
        self.foreign = False  # it is of another version than this process
        self._heard = heard
        self._lost = lost
        self._loop = asyncio.get_running_loop()
        self._out: list[ipc.Message] = []
        self._reader = ipc.Reader()
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def start(
        cls,
        what: str,
        words: tuple[str, ...],
        heard: Callable[[Link, ipc.Message], None],
        lost: Callable[[Link], None],
    ) -> Link:
        """Start `checkwright.worker.WHAT`. Raises OSError where there can be no more processes."""
        process, ours = helper.started(what, *words)
        link = cls(what, process, heard, lost)
        ours.setblocking(False)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1_000_000)
        await link._loop.create_connection(lambda: link, sock=ours)
        return link

    @property
    def pid(self) -> int:
        return self.process.pid

    def send(self, message: ipc.Message) -> None:
        """Goes out with all others of this turn of the loop."""
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(message)

    def memory(self) -> int:
        return 0 if self.closed else stats.resident(self.pid)

    def close(self) -> None:
        """Let it go: it ends by itself when it sees that."""
        if self._transport is not None:
            self._flush()
            self._transport.close()

    def kill(self) -> None:
        self.process.kill()
        if self._transport is not None:
            self._transport.abort()

    def gone(self) -> bool:
        """Whether the process has ended; it is collected then."""
        return self.process.poll() is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.last_heard = self._loop.time()
        for message in self._reader.feed(data):
            if message[0] == ipc.HELLO:
                self.ready = True
            self._heard(self, message)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self.ready = False
        self._lost(self)

    def _flush(self) -> None:
        if self._out and self._transport is not None and not self._transport.is_closing():
            self._transport.write(ipc.packed(self._out))
        self._out.clear()
