"""The status socket: one document for each connection, and a bound on connections."""

import asyncio
import json
from pathlib import Path

from checkwright.worker.status_socket import CONNECTIONS, StatusSocket

#: Larger than a socket's buffer, so that a peer that does not read keeps its connection.
STATUS: dict[str, object] = {"text": "x" * 5_000_000}


async def ask(path: str) -> object:
    reader, writer = await asyncio.open_unix_connection(path, limit=2**24)
    data = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    return json.loads(data) if data else None


def test_peers_that_do_not_read_are_bounded(tmp_path: Path) -> None:
    async def play() -> None:
        path = str(tmp_path / "status.sock")
        served = StatusSocket(path, lambda: STATUS)
        await served.open()
        idle = [await asyncio.open_unix_connection(path, limit=10) for _ in range(3 * CONNECTIONS)]
        for _ in range(3_000):
            if served._open == CONNECTIONS:
                break
            await asyncio.sleep(0.01)
        assert served._open == CONNECTIONS
        for _, writer in idle:
            writer.close()
        for _ in range(3_000):
            if served._open == 0:
                break
            await asyncio.sleep(0.01)
        assert await ask(path) == STATUS
        await served.close()

    asyncio.run(play())
