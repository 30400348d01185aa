"""Status socket: every connection gets one JSON document and is closed."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
from collections.abc import Callable

#: Most connections at once: peers that do not read must not use up the worker's descriptors and memory.
CONNECTIONS = 32
#: Path in the systemd unit's runtime folder.
DEFAULT = "/run/checkwright/worker.sock"


class StatusSocket:
    """Serves `status()` at a path that the user and the group may connect to."""

    def __init__(self, path: str, status: Callable[[], dict[str, object]]) -> None:
        self.path = path
        self._status = status
        self._server: asyncio.Server | None = None
        self._open = 0

    async def open(self) -> None:
        """Listen. Raises OSError if the socket cannot be made, or another worker serves it."""
        _remove_leftover(self.path)
        before = os.umask(0o117)
        try:
            self._server = await asyncio.start_unix_server(self._serve, self.path)
        finally:
            os.umask(before)

    async def close(self) -> None:
        """Stop to listen and remove the socket."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            try:
                os.unlink(self.path)
            except FileNotFoundError:
                return

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._open >= CONNECTIONS:
            writer.transport.abort()
            return
        self._open += 1
        try:
            writer.write(json.dumps(self._status()).encode() + b"\n")
            writer.close()
            await asyncio.wait_for(writer.wait_closed(), 10)
        except (OSError, TimeoutError):
            writer.transport.abort()
        finally:
            self._open -= 1


def _remove_leftover(path: str) -> None:
    """Remove the socket of a worker that was killed. Raises OSError if a worker serves it, or it is no socket."""
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            raise FileExistsError(17, "the status socket's path exists and is not a socket", path)
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX) as client:
        client.setblocking(False)
        try:
            client.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
            return
        except BlockingIOError:
            pass
    raise FileExistsError(17, "another worker answers there", path)
