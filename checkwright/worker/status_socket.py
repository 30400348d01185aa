"""The status socket: whoever connects gets one JSON document, and the connection is closed."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
from collections.abc import Callable

#: Where the systemd unit has it.
DEFAULT = "/run/checkwright/worker.sock"


class Report:
    """Serves `status()` at a path that user and group may connect to."""

    def __init__(self, path: str, status: Callable[[], dict[str, object]]) -> None:
        self.path = path
        self._status = status
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Raises OSError where the socket cannot be made, or another worker has it."""
        _clear(self.path)
        before = os.umask(0o117)
        try:
            self._server = await asyncio.start_unix_server(self._tell, self.path)
        finally:
            os.umask(before)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            try:
                os.unlink(self.path)
            except FileNotFoundError:
                return

    async def _tell(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(json.dumps(self._status()).encode() + b"\n")
            writer.close()
            await asyncio.wait_for(writer.wait_closed(), 10)
        except (OSError, TimeoutError):
            writer.transport.abort()


def _clear(path: str) -> None:
    """Remove what a worker left that was killed. Raises OSError where one lives, or where it is something else."""
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            raise FileExistsError(17, "it is there and is no socket", path)
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
