"""Master's end of a helper process: messages out in batches, messages in, and the helper's end."""

from __future__ import annotations

import asyncio
import socket
import subprocess
from collections.abc import Callable
from typing import cast

from checkwright.worker import helper, ipc, stats
from checkwright.worker.pending_job import PendingJob


class HelperConnection(asyncio.Protocol):
    """One helper. `on_message` gets each message; `on_lost` is called once, when the process or its socket is gone."""

    def __init__(
        self,
        module: str,
        process: subprocess.Popen[bytes],
        on_message: Callable[[HelperConnection, ipc.Message], None],
        on_lost: Callable[[HelperConnection], None],
    ) -> None:
        self.module = module
        self.process = process
        self.ready = False
        self.closed = False
        self.last_heard = 0.0
        self.held: dict[int, PendingJob] = {}
        self.jobs = 0
        self.threads = 0  # as last reported, with `stuck` of them
        self.stuck = 0
        self.pinged = 0.0  # time of a ping that is not answered yet, else 0
        self.processor = 0.0  # processor seconds used by then
        self.replacing = False
        self.dismissed = False
        self.wrong_version = False
        self._on_message = on_message
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._out: list[ipc.Message] = []
        self._reader = ipc.Reader()
        self._transport: asyncio.Transport | None = None

    @classmethod
    async def start(
        cls,
        module: str,
        words: tuple[str, ...],
        on_message: Callable[[HelperConnection, ipc.Message], None],
        on_lost: Callable[[HelperConnection], None],
    ) -> HelperConnection:
        """Start `checkwright.worker.MODULE`. Raises OSError if no more processes can be started."""
        process, end = helper.start(module, *words)
        made = cls(module, process, on_message, on_lost)
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1_000_000)
        await made._loop.create_connection(lambda: made, sock=end)
        return made

    @property
    def pid(self) -> int:
        return self.process.pid

    def send(self, message: ipc.Message) -> None:
        """Send a message, together with all others of this turn of the loop."""
        if not self._out:
            self._loop.call_soon(self._flush)
        self._out.append(message)

    def memory(self) -> int:
        """Return the bytes of memory that the helper holds."""
        return 0 if self.closed else stats.resident_bytes(self.pid)

    def close(self) -> None:
        """Close the socket. The helper ends by itself when it sees that."""
        if self._transport is not None:
            self._flush()
            self._transport.close()

    def kill(self) -> None:
        self.process.kill()
        if self._transport is not None:
            self._transport.abort()

    def has_ended(self) -> bool:
        """Return whether the process has ended, and collect it if it has."""
        return self.process.poll() is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.last_heard = self._loop.time()
        for message in self._reader.feed(data):
            if message[0] == ipc.HELLO:
                self.ready = True
            self._on_message(self, message)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True
        self.ready = False
        self._on_lost(self)

    def _flush(self) -> None:
        if self._out and self._transport is not None and not self._transport.is_closing():
            self._transport.write(ipc.pack(self._out))
        self._out.clear()
