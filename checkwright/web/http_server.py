"""HTTP server for pages that are only read, bounded in connections, threads, time and memory.

http.server has a thread for each connection and no bound: some hundred idle connections stop a whole program. This
server has one thread for connections and one for answers. It holds few connections and drops the oldest for a new one,
so that idle peers cannot keep others out.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from checkwright.core.text import clean

#: Most connections at once. A reader needs one for some milliseconds.
CONNECTIONS = 16
#: Seconds for a request, and again for sending its answer, and bytes of a request's head.
_SECONDS, _HEAD = 10.0, 8_192
#: Seconds without new connections after one could not be accepted, such as without a free file descriptor.
_PAUSE = 0.5
#: Seconds for which an equal failure of a page is not reported again.
_QUIET = 60.0


@dataclass(frozen=True, slots=True)
class Response:
    """Answer to a request. status: number and phrase, `200 OK`. headers: those besides the usual ones."""

    status: str
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class HttpServer:
    """Serves `answer(path)` to GET and HEAD until it is closed. Raises OSError, OverflowError if it cannot listen.

    answer: is called in a thread of its own, for one request at a time, with the path without its query. It must end
    by itself. An exception in it is a line on standard error and status 500. name: of the program, for that line.
    hosts: names that the header Host may have, besides addresses and `localhost`; None permits all. A page that only
    this machine may read needs it: another site could point its own name to 127.0.0.1 and read the page in a browser.
    """

    def __init__(
        self,
        address: str,
        port: int,
        answer: Callable[[str], Response],
        *,
        name: str,
        hosts: Iterable[str] | None = None,
    ) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._listener = socket.create_server((address, port), family=family, backlog=64)
        self._listener.setblocking(False)
        self._answer = answer
        self._name = name
        self._reported = ("", -_QUIET)
        self._hosts = None if hosts is None else frozenset(one.lower() for one in (*hosts, "localhost"))
        self._open: list[asyncio.Task[None]] = []  # the oldest first
        self._answers = ThreadPoolExecutor(1, thread_name_prefix=f"{name} answers")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Port that it listens on."""
        found: int = self._listener.getsockname()[1]
        return found

    def close(self) -> None:
        """Stop to listen and drop all connections."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._listener.close()
        self._answers.shutdown(wait=False, cancel_futures=True)

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
                response = await self._response(head)
                async with asyncio.timeout(_SECONDS):
                    await self._loop.sock_sendall(client, response)
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

    async def _response(self, head: bytes) -> bytes:
        first, *lines = head.split(b"\n")
        method, _, rest = first.rstrip(b"\r").partition(b" ")
        target, _, protocol = rest.partition(b" ")
        if not protocol.startswith(b"HTTP/"):
            return _bytes_of(_text("400 Bad Request", "this is no HTTP request"))
        if method not in (b"GET", b"HEAD"):
            return _bytes_of(_text("405 Method Not Allowed", "only GET and HEAD", {"Allow": "GET, HEAD"}))
        if self._hosts is not None and not self._is_own_host(lines):
            return _bytes_of(_text("421 Misdirected Request", "this server has another name"))
        path = target.partition(b"?")[0].decode("ascii", "replace")
        try:
            response = await self._loop.run_in_executor(self._answers, self._answer, path)
        except Exception as error:  # a defect of one page must not leave its reader without an answer
            self._report(path, error)
            response = _text("500 Internal Server Error", "this page could not be made")
        return _bytes_of(response, with_body=method == b"GET")

    def _report(self, path: str, error: Exception) -> None:
        """Print the kind of an error and its line of code. Its text may hold a secret."""
        step = error.__traceback__
        while step is not None and step.tb_next is not None:
            step = step.tb_next
        where = f" in {step.tb_frame.f_code.co_filename}:{step.tb_lineno}" if step else ""
        line = f"{self._name}: the page {clean(path, 100)} failed: {type(error).__name__}{where}"
        last, moment = self._reported
        if line != last or time.monotonic() - moment >= _QUIET:
            self._reported = (line, time.monotonic())
            print(line, file=sys.stderr, flush=True)

    def _is_own_host(self, lines: list[bytes]) -> bool:
        """Return whether there is one header Host, and it is an address or a known name."""
        found = [line.partition(b":")[2] for line in lines if line.partition(b":")[0].strip().lower() == b"host"]
        if len(found) != 1 or self._hosts is None:
            return False
        text = found[0].decode("ascii", "replace").strip().lower()
        name = text.rpartition("]")[0].removeprefix("[") if text.startswith("[") else text.partition(":")[0]
        return name in self._hosts or _is_address(name)


def not_found(path: str) -> Response:
    """Return the answer for a path without a page. path: the one that there is."""
    return _text("404 Not Found", f"there is only {path}")


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _text(status: str, text: str, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, "text/plain; charset=utf-8", f"{text}\n".encode(), headers or {})


def _bytes_of(response: Response, *, with_body: bool = True) -> bytes:
    headers = {
        "Content-Type": response.content_type,
        "Content-Length": str(len(response.body)),
        **response.headers,
        "Connection": "close",
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {response.status}\r\n{lines}\r\n".encode("ascii") + (response.body if with_body else b"")
