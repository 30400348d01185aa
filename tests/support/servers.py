"""Small servers on the loopback interface. Each stops when its `with` ends."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import trustme

Talk = Callable[[socket.socket], None]


class WebServer(ThreadingHTTPServer):
    """Web server with pages by path: (status, headers, body), or a function of the handler. `seen` records requests."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256  # benchmarks send many requests at once

    def __init__(self, pages: "dict[str, Page]") -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.pages = pages
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.connections = 0

    @property
    def port(self) -> int:
        return self.server_port

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore clients that close the connection early."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: WebServer

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.seen.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        page = self.server.pages[self.path]
        if callable(page):
            page(self)
            return
        status, headers, content = page
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = _answer


Page = tuple[int, dict[str, str], bytes] | Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def web_server(pages: dict[str, Page], context: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    server = WebServer(pages)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@contextmanager
def raw_server(talk: Talk) -> Iterator[int]:
    """Run a TCP server that calls `talk` with each connection in a thread. Yields its port."""
    listener = socket.create_server(("127.0.0.1", 0))

    def converse(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            talk(connection)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=converse, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


class Authority:
    """Certificate authority of one test."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self._folder = folder
        self.file = str(folder / "ca.pem")
        self._ca.cert_pem.write_to_path(self.file)

    def context(self, *names: str, starts: float = -1, ends: float = 90, client_ca: bool = False) -> ssl.SSLContext:
        """Return a server's context with a certificate for `names`. starts, ends: days from now."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.issue(*names, starts=starts, ends=ends).configure_cert(context)
        if client_ca:
            context.verify_mode = ssl.CERT_REQUIRED
            self._ca.configure_trust(context)
        return context

    def issue(self, *names: str, starts: float = -1, ends: float = 90) -> trustme.LeafCert:
        now = datetime.now(UTC)
        return self._ca.issue_cert(
            *names,
            common_name=names[0],
            not_before=now + timedelta(days=starts),
            not_after=now + timedelta(days=ends),
        )

    def write(self, path: Path, *names: str, starts: float = -1, ends: float = 90) -> str:
        """Write a PEM file with key and certificate, and return its path."""
        self.issue(*names, starts=starts, ends=ends).private_key_and_cert_chain_pem.write_to_path(str(path))
        return str(path)
