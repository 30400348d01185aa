"""Tunnels through a proxy, and TLS inside the TLS of a connection to a proxy."""

import ssl
from functools import partial

from checkwright.core.errors import CannotTell
from checkwright.core.text import clean
from checkwright.net import connect as net
from checkwright.net.tls_context import server_name
from checkwright.sources.http_answer import Answer, BrokenAnswer, NoAnswer, NoHttp, Reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from checkwright.net.deadline import Deadline, DeadlineSocket
    from checkwright.net.deadline_tls import DeadlineSSLSocket
    from checkwright.sources.http_proxies import Proxy
    from checkwright.sources.http_url import Url

    T = TypeVar("T")

_PART = 65_536


def wrap(
    sock: "DeadlineSocket", context: ssl.SSLContext, host: str, target: str, deadline: "Deadline"
) -> "DeadlineSSLSocket":
    """Return the TLS connection to a proxy. Raises CannotTell."""
    from checkwright.net.deadline_tls import DeadlineSSLSocket

    try:
        sock.settimeout(deadline.left())
        secure = context.wrap_socket(sock, server_hostname=server_name(host, target).encode("ascii"))
    except OSError as error:
        sock.close()
        raise CannotTell(f"{net.failure(error, f'{target} by the proxy {clean(host, 100)}', deadline)}") from None
    if not isinstance(secure, DeadlineSSLSocket):
        raise TypeError("the context makes sockets without a deadline")
    secure.deadline = deadline
    return secure


def open_tunnel(
    sock: "DeadlineSocket | DeadlineSSLSocket", url: "Url", proxy: "Proxy", target: str, deadline: "Deadline"
) -> None:
    """Let a proxy connect to the server of a URL. Raises CannotTell; the connection is closed then."""
    authority = url.authority(with_port=True)
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
    if proxy.authorization:
        lines.append(f"Proxy-Authorization: {proxy.authorization}")
    reader = Reader(sock)
    try:
        sock.settimeout(deadline.left())
        sock.sendall("\r\n".join([*lines, "", ""]).encode("latin-1"))
        answer = Answer(reader, "CONNECT")
    except NoAnswer:
        problem = "it closed the connection without an answer"
    except NoHttp as error:
        problem = f"it does not speak HTTP, it sent {clean(error, 100)!r}"
    except BrokenAnswer as error:
        problem = f"the head of its answer is not valid HTTP: {error}"
    except OSError as error:
        sock.close()
        raise CannotTell(str(net.failure(error, f"{target}: the proxy failed", deadline))) from None
    else:
        if 200 <= answer.status < 300 and reader.is_empty:
            return
        problem = f"status {answer.status} {clean(answer.reason, 60)}".strip()
    sock.close()
    raise CannotTell(f"{target}: the proxy failed: {problem}")


class TlsInTls:
    """TLS connection to a server through the TLS connection to a proxy. The inner socket keeps the deadline."""

    def __init__(self, sock: "DeadlineSSLSocket", context: ssl.SSLContext, name: str) -> None:
        """Shake hands with the server. Raises OSError."""
        self._sock = sock
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=name.encode("ascii"))
        self._run(self._tls.do_handshake)

    def recv(self, size: int, /) -> bytes:
        """Return some bytes, b"" at the end of the connection."""
        try:
            return self._run(partial(self._tls.read, size))
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            return b""

    def sendall(self, data: bytes, /) -> None:
        """Send all of `data`."""
        view = memoryview(data)
        while view:
            view = view[self._run(partial(self._tls.write, view)) :]

    def settimeout(self, seconds: float | None, /) -> None:
        self._sock.settimeout(seconds)

    def fileno(self) -> int:
        return self._sock.fileno()

    def close(self) -> None:
        self._sock.close()

    def _run(self, call: "Callable[[], T]") -> "T":
        """Call a function of TLS until it needs no more bytes from the server."""
        while True:
            try:
                found = call()
            except ssl.SSLWantReadError:
                self._flush()
                part = self._sock.recv(_PART)
                if part:
                    self._incoming.write(part)
                else:
                    self._incoming.write_eof()
                continue
            except ssl.SSLError:
                self._flush()
                raise
            self._flush()
            return found

    def _flush(self) -> None:
        if data := self._outgoing.read():
            self._sock.sendall(data)
