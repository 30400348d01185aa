"""Server of the status page: only reads, and only for those whom a proxy in front of it, or this machine, lets in."""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Callable, Iterable

from checkwright.core.errors import BadUsage
from checkwright.status.present_problems import Status
from checkwright.status.status_json import as_json
from checkwright.status.status_page import STYLE, page
from checkwright.web.clock import Clock
from checkwright.web.document import policy
from checkwright.web.http_server import HttpServer, Response, not_found

#: Lifetime of a status that was read, in seconds: further requests share it.
_FRESH = 5.0
HEADERS = {
    "Content-Security-Policy": f"{policy(STYLE)}; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class StatusServer:
    """Serves the page at / and the data at /status.json, until it is closed.

    read: returns the present status; it is called for a request, at most once in 5 s. refresh: seconds between two
    loads by a browser. Raises OSError, OverflowError if it cannot listen.
    """

    def __init__(
        self, address: str, port: int, read: Callable[[], Status], clock: Clock, *, refresh: int, names: Iterable[str]
    ) -> None:
        self._read = read
        self._clock = clock
        self._refresh = refresh
        self._status: Status | None = None
        self._read_at = 0.0
        self._server = HttpServer(address, port, self._answer, name="checkctl status", hosts=names)
        self.port = self._server.port

    def close(self) -> None:
        self._server.close()

    def _answer(self, path: str) -> Response:
        if path == "/":
            text = page(self._present(), self._clock, refresh=self._refresh)
            return Response("200 OK", "text/html; charset=utf-8", _encoded(text), HEADERS)
        if path == "/status.json":
            text = json.dumps(as_json(self._present()))
            return Response("200 OK", "application/json", _encoded(text), HEADERS)
        return not_found("/ and /status.json")

    def _present(self) -> Status:
        if self._status is None or time.monotonic() - self._read_at >= _FRESH:
            self._status = self._read()
            self._read_at = time.monotonic()
        return self._status


def address_of(text: str) -> tuple[str, int]:
    """Return address and port of `ADDRESS:PORT`, `[ADDRESS]:PORT` or `PORT`, which is 127.0.0.1. Raises BadUsage."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
        number = int(port) if port.isascii() and port.isdigit() else -1
    except ValueError:
        number = -1
        address = ipaddress.ip_address("127.0.0.1")
    if not 0 <= number < 65_536:
        raise BadUsage(f"--serve needs an address of this machine and a port, such as 127.0.0.1:8100, not {text!r}")
    return str(address), number


def is_local(address: str) -> bool:
    """Return whether only this machine reaches an address."""
    return ipaddress.ip_address(address).is_loopback


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")
