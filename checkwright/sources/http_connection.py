"""Connections of Http: subclasses of requests and urllib3 with a clock, a deadline and sentences for failures.

This module loads both libraries, so it is imported when HTTP is first used.
"""

import http
import http.client
import ssl
import time
from functools import partial
from urllib.parse import urlsplit

from requests import Response
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import ConnectionPool, HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.retry import Retry

from checkwright.core.errors import CannotTell, Down
from checkwright.core.text import clean
from checkwright.net import connect as net
from checkwright.net.deadline_tls import DeadlineSSLSocket
from checkwright.net.tls_context import server_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from socket import socket
    from typing import Any

    from requests import PreparedRequest
    from urllib3.poolmanager import PoolManager

    from checkwright.net.connect import Family
    from checkwright.net.deadline import Deadline
    from checkwright.net.tls_context import TlsContexts, TlsOptions
    from checkwright.sources.http_timings import Timings


class Exchange:
    """Shared state of one request: the input of its connections, and the facts that they record."""

    def __init__(
        self,
        target: str,
        deadline: "Deadline",
        timings: "Timings",
        tls: "TlsOptions",
        contexts: "TlsContexts",
        family: "Family",
        pinned: dict[str, str],
        unix_socket: str = "",
    ) -> None:
        self.target = target
        self.deadline = deadline
        self.timings = timings
        self.tls = tls
        self.contexts = contexts
        self.family = family
        self.pinned = pinned
        self.unix_socket = unix_socket
        self.peer = ""  # address of the last server
        self.prepared = 0.0  # seconds of our own work since the clock was started
        self._context: ssl.SSLContext | None = None

    def context(self) -> "ssl.SSLContext":
        """Return the TLS context, made on first use: plain HTTP needs no certificate authorities."""
        if self._context is None:
            began = time.perf_counter()
            self._context = self.contexts.get(self.tls)
            self.prepared += time.perf_counter() - began
        return self._context

    def open(self, host: str, port: int, *, by_proxy: bool) -> "socket":
        """Open a connection and record its time. Raises Down, CannotTell."""
        if self.unix_socket:
            began = time.perf_counter()
            sock = net.connect_unix(self.unix_socket, f"{self.target} by {self.unix_socket}", self.deadline)
            self.timings.add("connect", time.perf_counter() - began)
            return sock
        address = self.pinned.get(host.lower(), host)
        if ":" in address:
            address = address.replace("%25", "%", 1)  # the zone of an IPv6 address in a URL, as in RFC 6874
        target = f"{self.target} by the proxy {net.join_host_port(host, port)}" if by_proxy else self.target
        try:
            connected = net.connect(address, port, target, self.deadline, family=self.family)
        except Down as down:
            raise CannotTell(str(down)) if by_proxy else down from None
        if not net.is_literal(address):
            self.timings.add("resolve", connected.resolve_time)
        self.timings.add("connect", connected.connect_time)
        self.peer = str(connected.sock.getpeername()[0])
        return connected.sock

    def head(self, read: "Callable[[], Any]") -> "Any":
        """Read the head of the answer and record its time. Raises Down, CannotTell."""
        began = time.perf_counter()
        try:
            return read()
        except http.client.RemoteDisconnected:
            raise Down(f"{self.target}: the server closed the connection without an answer") from None
        except http.client.BadStatusLine as error:
            raise Down(f"{self.target}: the server does not speak HTTP, it sent {clean(error, 100)!r}") from None
        except http.client.HTTPException as error:
            raise Down(
                f"{self.target}: the head of the answer is not valid HTTP: {error or type(error).__name__}"
            ) from None
        except OSError as error:
            raise net.failure(error, self.target, self.deadline) from None
        finally:
            self.timings.add("first_byte", time.perf_counter() - began)


#: Most interim heads (1xx) before an answer, and most bytes in the line before a chunk.
_MOST_INTERIM = 100
_LONGEST_CHUNK_LINE = 65_536

#: No retries. It never changes, so all adapters share it.
_ONCE = Retry(0, read=False)


class Adapter(HTTPAdapter):
    """Adapter of requests whose connections serve one exchange, with its TLS context and no other trust.

    It is used without a session, which would keep cookies, look for proxies and a .netrc, and take as long as the
    request. For the same reason it finds its connections itself where there is no proxy, and leaves cookies to the
    caller.
    """

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._kinds: dict[str, Any] = {
            "http": partial(_PlainPool, exchange),
            "https": partial(_SecurePool, exchange),
        }
        self._direct: dict[tuple[str, str, int], HTTPConnectionPool] = {}
        super().__init__(pool_maxsize=1, max_retries=_ONCE)

    def get_connection_with_tls_context(
        self,
        request: "PreparedRequest",
        verify: "Any",
        proxies: "Any" = None,
        cert: "Any" = None,
    ) -> ConnectionPool:
        if proxies:
            return super().get_connection_with_tls_context(request, verify, proxies, cert)
        url = urlsplit(request.url or "")
        host, port = url.hostname or "", url.port or (443 if url.scheme == "https" else 80)
        pool = self._direct.get((url.scheme, host, port))
        if pool is None:
            trust = {"ssl_context": self._exchange.context()} if url.scheme == "https" else {}
            pool = self._direct[url.scheme, host, port] = self._kinds[url.scheme](host, port, maxsize=1, **trust)
        return pool

    def init_poolmanager(self, *args: "Any", **words: "Any") -> None:
        super().init_poolmanager(*args, **words)
        self.poolmanager.pool_classes_by_scheme = self._kinds

    def proxy_manager_for(self, proxy: str, **words: "Any") -> "PoolManager":
        manager: PoolManager = super().proxy_manager_for(proxy, **words)
        manager.pool_classes_by_scheme = self._kinds
        return manager

    def build_connection_pool_key_attributes(
        self, request: "PreparedRequest", verify: "Any", cert: "Any" = None
    ) -> "tuple[Any, Any]":
        where, _ = super().build_connection_pool_key_attributes(request, False, None)
        return where, {"ssl_context": self._exchange.context()} if where["scheme"] == "https" else {}

    def cert_verify(self, conn: "Any", url: "Any", verify: "Any", cert: "Any") -> None:
        """Do nothing: the context has the trusted authorities, and requests would add its own bundle."""

    def build_response(self, req: "PreparedRequest", resp: "Any") -> Response:
        response = Response()
        response.request = req
        response.url = req.url or ""
        response.status_code = resp.status
        response.reason = resp.reason
        response.headers = CaseInsensitiveDict(resp.headers)
        response.raw = resp
        return response

    def close(self) -> None:
        for pool in self._direct.values():
            pool.close()
        super().close()


class _Lines:
    """File of an answer that keeps the last line it has read."""

    def __init__(self, file: "Any") -> None:
        self._file = file
        self.last = b""

    def readline(self, limit: int = -1) -> bytes:
        self.last = self._file.readline(limit)
        return self.last

    def __getattr__(self, name: str) -> "Any":
        return getattr(self._file, name)


class _Response(http.client.HTTPResponse):
    """Answer with a whole head, whose interim heads (1xx) are read past, and whose chunks have a valid size."""

    def begin(self) -> None:
        """Read the head. http.client takes one that breaks off between two lines, or in one, for complete."""
        if self.headers is not None:
            return
        file = self.fp
        lines: Any = _Lines(file)
        self.fp = lines
        try:
            super().begin()
        finally:
            if self.fp is lines:
                self.fp = file
        if not lines.last:
            raise http.client.HTTPException("it breaks off before its end")

    def _read_status(self) -> "tuple[str, int, str]":
        for _ in range(_MOST_INTERIM):
            version, status, reason = super()._read_status()  # type: ignore[misc]
            if not 100 <= status < 200 or status == http.HTTPStatus.SWITCHING_PROTOCOLS:
                return version, status, reason
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException(f"more than {_MOST_INTERIM} interim answers (status 1xx)")

    def _read_next_chunk_size(self) -> int:
        """Parse the line before a chunk. `int` would take -5, +5, 0x5 and 1_0 as well."""
        line = self.fp.readline(_LONGEST_CHUNK_LINE + 1)
        size = line.partition(b";")[0].strip(b" \t\r\n")
        if not line:
            raise http.client.IncompleteRead(b"")
        if len(size) > 16 or not size or size.strip(b"0123456789abcdefABCDEF"):
            raise http.client.HTTPException(
                f"{clean(size.decode('ascii', 'backslashreplace'), 40)!r} is not the size of a chunk"
            )
        return int(size, 16)


class _Plain(HTTPConnection):
    response_class = _Response

    def __init__(self, exchange: Exchange, *args: "Any", **words: "Any") -> None:
        self._exchange = exchange
        super().__init__(*args, **words)

    def _new_conn(self) -> "socket":
        return self._exchange.open(self._dns_host, self.port, by_proxy=self.proxy is not None)

    def getresponse(self) -> "Any":
        return self._exchange.head(super().getresponse)


class _Secure(HTTPSConnection):
    response_class = _Response

    def __init__(self, exchange: Exchange, *args: "Any", **words: "Any") -> None:
        self._exchange = exchange
        self._handshake_began = 0.0
        super().__init__(*args, **words)

    def _new_conn(self) -> "socket":
        sock = self._exchange.open(self._dns_host, self.port, by_proxy=self.proxy is not None)
        self._handshake_began = time.perf_counter()
        return sock

    def connect(self) -> None:
        exchange = self._exchange
        self.server_hostname = server_name(self._tunnel_host or self.host, exchange.target)
        try:
            super().connect()
        except ssl.SSLCertVerificationError as error:
            raise Down(f"{exchange.target}: {self._rejection(error)}") from None
        except OSError as error:
            raise net.failure(error, exchange.target, exchange.deadline) from None
        exchange.timings.add("tls", time.perf_counter() - self._handshake_began)
        if isinstance(self.sock, DeadlineSSLSocket):
            self.sock.deadline = exchange.deadline

    def _rejection(self, error: ssl.SSLCertVerificationError) -> str:
        """Return why the certificate was rejected; in short behind a proxy, which rules out a second connection."""
        from checkwright.net.handshake import explain_rejection
        from checkwright.net.tls_context import describe_rejection

        exchange = self._exchange
        host = self._tunnel_host or self.host
        if self.proxy is not None:
            return describe_rejection(error, host, ())[1]
        where = exchange.pinned.get(host.lower(), host)
        return explain_rejection(error, where, self.port, host, exchange.contexts, exchange.tls, exchange.family)

    def getresponse(self) -> "Any":
        return self._exchange.head(super().getresponse)


class _PlainPool(HTTPConnectionPool):
    def __init__(self, exchange: Exchange, *args: "Any", **words: "Any") -> None:
        super().__init__(*args, **words)
        self.ConnectionCls = partial(_Plain, exchange)  # type: ignore[assignment]


class _SecurePool(HTTPSConnectionPool):
    def __init__(self, exchange: Exchange, *args: "Any", **words: "Any") -> None:
        super().__init__(*args, **words)
        self.ConnectionCls = partial(_Secure, exchange)  # type: ignore[assignment]
