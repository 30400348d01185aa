"""`prometheus:FILE` for node_exporter's textfile collector, or `prometheus:[ADDRESS:]PORT` to be scraped."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from checkwright.batch.exposition import CONTENT_TYPE, exposition
from checkwright.batch.latest import Board
from checkwright.batch.results import Result
from checkwright.batch.sink import Context, View
from checkwright.core.errors import BadUsage

_LOOPBACK = "127.0.0.1"
_PAGE = "/metrics"


def make(place: str, context: Context) -> View:
    if place.startswith("/"):
        if not place.endswith(".prom"):
            raise BadUsage(f"node_exporter reads only files called NAME.prom, not {place}")
        if not os.access(os.path.dirname(place), os.W_OK | os.X_OK):
            raise BadUsage(f"cannot write {place}: there is no such folder, or this user may not write there")
        return TextFile(place)
    address, _, port = place.rpartition(":")
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise BadUsage(f"prometheus needs the whole path of a file or a port, not {place!r}")
    if context.once:
        raise BadUsage("with --once nothing stays to be scraped: name a file, prometheus:/PATH/NAME.prom")
    return Scraped(address.strip("[]") or _LOOPBACK, int(port))


class TextFile(View):
    """A file that is replaced as a whole, so that the collector never reads half of it."""

    def __init__(self, path: str) -> None:
        self._path = path

    def show(self, board: Board, fresh: Sequence[Result]) -> str:
        draft = ""
        try:
            # Its name does not end in .prom: the collector leaves it alone.
            descriptor, draft = tempfile.mkstemp(prefix=".checkwright-", dir=os.path.dirname(self._path))
            with open(descriptor, "w", encoding="utf-8") as file:
                os.fchmod(file.fileno(), 0o644)
                file.write(exposition(board))
            os.replace(draft, self._path)
        except OSError as error:
            if draft and os.path.lexists(draft):
                os.unlink(draft)
            return f"cannot write {self._path}: {error.strerror}"
        return ""


class Scraped(View):
    """A small HTTP server; what it tells is made when it is asked."""

    def __init__(self, address: str, port: int) -> None:
        self._board: Board | None = None
        try:
            self._server = _Server((address, port), self)
        except (OSError, OverflowError) as error:
            said = error.strerror if isinstance(error, OSError) else str(error)
            raise BadUsage(f"cannot listen on {address} port {port} for Prometheus: {said}") from None
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, name="prometheus", daemon=True).start()

    def show(self, board: Board, fresh: Sequence[Result]) -> str:
        self._board = board
        return ""

    def text(self) -> str:
        return exposition(self._board) if self._board is not None else ""

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], view: Scraped) -> None:
        import socket

        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)
        self.view = view

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever hangs up in the middle of an answer does not want it."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 10

    def do_GET(self) -> None:
        if self.path.partition("?")[0] != _PAGE:
            self.send_error(404, "there is only /metrics")
            return
        body = self.server.view.text().encode()
        self.send_response(200)
        self.send_header("Content-Type", CONTENT_TYPE)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """A scrape is nothing to log."""
