"""Connections of Http: opened, secured, by a proxy or not, and kept for the redirects of one request."""

import time

from checkwright.core.errors import CannotTell, CheckError, Down
from checkwright.core.text import clean
from checkwright.net import connect as net
from checkwright.net.tls_context import server_name
from checkwright.sources.http_answer import Answer, BrokenAnswer, NoAnswer, NoHttp, Reader

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from typing import TypeVar

    from checkwright.net.connect import Family
    from checkwright.net.deadline import Deadline, DeadlineSocket
    from checkwright.net.deadline_tls import DeadlineSSLSocket
    from checkwright.net.tls_context import TlsContexts, TlsOptions
    from checkwright.sources.http_proxies import Proxy
    from checkwright.sources.http_request import Request
    from checkwright.sources.http_timings import Timings
    from checkwright.sources.http_tunnel import TlsInTls
    from checkwright.sources.http_url import Url

    Socket = DeadlineSocket | DeadlineSSLSocket | TlsInTls
    T = TypeVar("T")


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
        proxies: bool = False,
    ) -> None:
        self.target = target
        self.deadline = deadline
        self.timings = timings
        self.tls = tls
        self.contexts = contexts
        self.family = family
        self.pinned = pinned
        self.unix_socket = unix_socket
        self.proxies = proxies
        self.peer = ""  # address of the last server
        self.prepared = 0.0  # seconds of our own work since the clock was started
        self._context: ssl.SSLContext | None = None
        self._idle: dict[object, tuple[Socket, Reader]] = {}
        self._answer: tuple[object, Socket, Reader, Answer] | None = None

    def context(self) -> "ssl.SSLContext":
        """Return the TLS context, made on first use: plain HTTP needs no certificate authorities."""
        if self._context is None:
            self._context = self.untimed(lambda: self.contexts.get(self.tls))
        return self._context

    def untimed(self, work: "Callable[[], T]") -> "T":
        """Return the result of work of our own, such as loading a module, whose time is not the server's."""
        began = time.perf_counter()
        try:
            return work()
        finally:
            self.prepared += time.perf_counter() - began

    def send(self, request: "Request") -> Answer:
        """Send a request and return the head of its answer. Raises Down, CannotTell, BadUsage."""
        self.target = request.target
        proxy = self._proxy(request.url)
        forwarded = proxy is not None and request.url.scheme == "http"
        key = (request.url.origin if not forwarded else None, proxy and (proxy.host, proxy.port))
        extra = [("Proxy-Authorization", proxy.authorization)] if forwarded and proxy and proxy.authorization else []
        data = request.encoded(by_proxy=forwarded, extra=extra)
        self._finish()
        kept = self._idle.pop(key, None)
        if kept is not None:
            sock, reader = kept
            if _is_quiet(sock):
                try:
                    return self._ask(key, sock, reader, request.method, data)
                except _HungUp as error:
                    # The server may have closed an idle connection in this moment, which is no failure of it.
                    if request.body is not None:
                        raise Down(str(error)) from None
            sock.close()
        sock = self._open(request.url, proxy)
        try:
            return self._ask(key, sock, Reader(sock), request.method, data)
        except _HungUp as error:
            raise Down(str(error)) from None

    def close(self) -> None:
        """Close all connections."""
        if self._answer is not None:
            self._answer[1].close()
            self._answer = None
        for sock, _ in self._idle.values():
            sock.close()
        self._idle.clear()

    def _finish(self) -> None:
        """Keep the connection of the last answer where it can be used again, otherwise close it."""
        if self._answer is not None:
            key, sock, reader, answer = self._answer
            self._answer = None
            if answer.may_continue:
                self._idle[key] = (sock, reader)
            else:
                sock.close()

    def _ask(self, key: object, sock: "Socket", reader: Reader, method: str, data: bytes) -> Answer:
        reader.received = False
        failed: OSError | None = None
        try:
            sock.settimeout(self.deadline.left())
            sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as error:
            failed = error  # a server may answer before it has read a whole body, such as 413, and close
        except OSError as error:
            sock.close()
            raise net.failure(error, self.target, self.deadline) from None
        began = time.perf_counter()
        try:
            answer = Answer(reader, method)
        except NoAnswer:
            problem: CheckError = _HungUp(f"{self.target}: the server closed the connection without an answer")
        except NoHttp as error:
            problem = Down(f"{self.target}: the server does not speak HTTP, it sent {clean(error, 100)!r}")
        except BrokenAnswer as error:
            problem = Down(f"{self.target}: the head of the answer is not valid HTTP: {error}")
        except OSError as error:
            problem = net.failure(error, self.target, self.deadline)
            if isinstance(error, ConnectionResetError) and not reader.received:
                problem = _HungUp(str(problem))
        else:
            self._answer = (key, sock, reader, answer)
            return answer
        finally:
            self.timings.add("first_byte", time.perf_counter() - began)
        sock.close()
        if failed is not None and not reader.received:
            problem = _HungUp(str(net.failure(failed, self.target, self.deadline)))
        raise problem from None

    def _proxy(self, url: "Url") -> "Proxy | None":
        if not self.proxies:
            return None
        from checkwright.sources.http_proxies import proxy_for

        return proxy_for(url)

    def _open(self, url: "Url", proxy: "Proxy | None") -> "Socket":
        """Open the connection to a server or by a proxy, and secure it. Raises Down, CannotTell, BadUsage."""
        if url.scheme == "https":
            server_name(url.host, self.target)  # a name that no certificate can have is refused before anything is sent
        if self.unix_socket:
            began = time.perf_counter()
            sock = net.connect_unix(self.unix_socket, f"{self.target} by {self.unix_socket}", self.deadline)
            self.timings.add("connect", time.perf_counter() - began)
        elif proxy is None:
            sock = self._connect(url.host, url.port)
        else:
            return self._open_by(proxy, url)
        return self._secure(sock, url, by_proxy=False) if url.scheme == "https" else sock

    def _open_by(self, proxy: "Proxy", url: "Url") -> "Socket":
        from checkwright.sources.http_tunnel import open_tunnel, wrap

        sock: DeadlineSocket | DeadlineSSLSocket
        try:
            sock = self._connect(proxy.host, proxy.port, by_proxy=True)
        except Down as down:
            raise CannotTell(str(down)) from None
        if proxy.tls:
            sock = wrap(sock, self.context(), proxy.host, self.target, self.deadline)
        if url.scheme == "http":
            return sock
        open_tunnel(sock, url, proxy, self.target, self.deadline)
        return self._secure(sock, url, by_proxy=True)

    def _connect(self, host: str, port: int, *, by_proxy: bool = False) -> "DeadlineSocket":
        address = self.pinned.get(host, host)
        target = f"{self.target} by the proxy {net.join_host_port(host, port)}" if by_proxy else self.target
        connected = net.connect(address, port, target, self.deadline, family=self.family)
        if not net.is_literal(address):
            self.timings.add("resolve", connected.resolve_time)
        self.timings.add("connect", connected.connect_time)
        self.peer = str(connected.sock.getpeername()[0])
        return connected.sock

    def _secure(self, sock: "DeadlineSocket | DeadlineSSLSocket", url: "Url", *, by_proxy: bool) -> "Socket":
        """Return the TLS connection on top of another one."""
        import ssl

        from checkwright.net.deadline_tls import DeadlineSSLSocket

        context = self.context()
        name = server_name(url.host, self.target)
        began = time.perf_counter()
        try:
            sock.settimeout(self.deadline.left())
            if isinstance(sock, DeadlineSSLSocket):
                from checkwright.sources.http_tunnel import TlsInTls

                return TlsInTls(sock, context, name)
            secure = context.wrap_socket(sock, server_hostname=name.encode("ascii"))
        except ssl.SSLCertVerificationError as error:
            sock.close()
            raise Down(f"{self.target}: {self._rejection(error, url, by_proxy=by_proxy)}") from None
        except OSError as error:
            sock.close()
            raise net.failure(error, self.target, self.deadline) from None
        finally:
            self.timings.add("tls", time.perf_counter() - began)
        if not isinstance(secure, DeadlineSSLSocket):
            raise TypeError("the context makes sockets without a deadline")
        secure.deadline = self.deadline
        return secure

    def _rejection(self, error: "ssl.SSLCertVerificationError", url: "Url", *, by_proxy: bool) -> str:
        """Return why the certificate was rejected; in short behind a proxy, which rules out a second connection."""
        from checkwright.net.handshake import explain_rejection
        from checkwright.net.tls_context import describe_rejection

        if by_proxy:
            return describe_rejection(error, url.host, ())[1]
        where = self.pinned.get(url.host, url.host)
        return explain_rejection(error, where, url.port, url.host, self.contexts, self.tls, self.family)


class _HungUp(Down):
    """Connection that the server closed before it sent a byte of the answer."""


def _is_quiet(sock: "Socket") -> bool:
    """Return True for an idle connection on which nothing came: neither its end nor an unexpected answer."""
    import select

    poll = select.poll()
    poll.register(sock.fileno(), select.POLLIN)
    return not poll.poll(0)
