"""HTTP server for the one page that Prometheus scrapes, bounded in connections, threads, time and memory.

http.server has a thread for each connection and no bound: some hundred idle connections stop the whole batch. This
server has one thread. It holds few connections and drops the oldest for a new one, so that idle peers cannot keep
Prometheus out.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable
from functools import partial

from checkwright.batch.exposition import CONTENT_TYPE

_PATH = b"/metrics"
#: Most connections at once. Prometheus needs one for some milliseconds.
CONNECTIONS = 16
#: Seconds for a whole request and its answer, and bytes of a request's head.
_SECONDS, _HEAD = 10.0, 8_192
#: Seconds for which a rendered page serves further requests: rendering is most of the work.
_FRESH = 0.2
#: Seconds without new connections after one could not be accepted, such as without a free file descriptor.
_PAUSE = 0.5


class ScrapeServer:
    """Serves `page()` at /metrics until it is closed. Raises OSError, OverflowError if it cannot listen."""

    def __init__(self, address: str, port: int, page: Callable[[], bytes]) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.create_server((address, port), family=family, backlog=64)
        self._listener.setblocking(False)
        self._page = page
        self._rendered = b""
        self._rendered_at = -_FRESH
        self._open: list[asyncio.Task[None]] = []  # the oldest first
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="prometheus", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop to listen and drop all connections."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        accepting = self._loop.create_task(self._accept())
        self._loop.run_forever()
        for task in (accepting, *self._open):
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(accepting, *self._open, return_exceptions=True))
        self._loop.close()

    async def _accept(self) -> None:
        while True:
            try:
                client, _ = await self._loop.sock_accept(self._listener)
            except OSError:
                await asyncio.sleep(_PAUSE)
                continue
            client.setblocking(False)
            if len(self._open) >= CONNECTIONS:
                self._open.pop(0).cancel()
            task = self._loop.create_task(self._serve(client))
            self._open.append(task)
            task.add_done_callback(partial(self._on_end, client))

    def _on_end(self, client: socket.socket, task: asyncio.Task[None]) -> None:
        client.close()
        if task in self._open:
            self._open.remove(task)

    async def _serve(self, client: socket.socket) -> None:
        try:
            async with asyncio.timeout(_SECONDS):
                head = await self._head(client)
                if head:
                    await self._loop.sock_sendall(client, self._answer(head))
                    client.shutdown(socket.SHUT_WR)
        except (OSError, TimeoutError):
            return  # a peer that hangs up in the middle does not want the answer

    async def _head(self, client: socket.socket) -> bytes:
        """Return the head of a request, b"" if the peer hangs up before its end."""
        head = b""
        while b"\r\n\r\n" not in head and b"\n\n" not in head:
            data = await self._loop.sock_recv(client, _HEAD)
            if not data or len(head) > _HEAD:
                return b""
            head += data
        return head

    def _answer(self, head: bytes) -> bytes:
        method, _, rest = head.partition(b"\n")[0].rstrip(b"\r").partition(b" ")
        target, _, protocol = rest.partition(b" ")
        if not protocol.startswith(b"HTTP/"):
            return _response("400 Bad Request", "text/plain", b"this is no HTTP request\n")
        if method not in (b"GET", b"HEAD"):
            return _response("405 Method Not Allowed", "text/plain", b"only GET and HEAD\n")
        if target.partition(b"?")[0] != _PATH:
            return _response("404 Not Found", "text/plain", b"there is only /metrics\n")
        if time.monotonic() - self._rendered_at >= _FRESH:
            self._rendered, self._rendered_at = self._page(), time.monotonic()
        return _response("200 OK", CONTENT_TYPE, self._rendered, send_body=method == b"GET")


def _response(status: str, content_type: str, body: bytes, *, send_body: bool = True) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii") + (body if send_body else b"")
