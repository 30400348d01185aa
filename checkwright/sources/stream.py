"""Conversations with servers that speak a protocol of their own, over TCP or a Unix socket."""

from checkwright.core.current import doing
from checkwright.core.errors import BadUsage, CannotTell, CheckError, Down
from checkwright.core.secret import beginning
from checkwright.core.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from checkwright.net.connect import Family
    from checkwright.net.deadline import Deadline, DeadlineSocket
    from checkwright.net.deadline_tls import DeadlineSSLSocket
    from checkwright.net.tls_context import TlsOptions

#: Bytes that a server may send in one conversation, where `dial` sets no other limit.
LIMIT = 10_000_000
_PART = 65_536
_SHOWN = 150
#: Bytes of the beginning that are kept: enough to recognize a secret that is longer than what is shown.
_KEPT = 16_384


class Stream:
    """Conversation with one server. One deadline covers all of it: connection, requests and answers.

        with Stream.dial("127.0.0.1:11211", name="memcached") as stream:
            stream.send(b"version\\r\\n")
            version = stream.line()

    Every failure is one sentence that names the target. No answer, a closed or reset connection and more bytes than
    the limit are Down. In the `with` block a ValueError (an answer that cannot be parsed) becomes Down too, and a
    KeyError (an answer without an expected field) becomes CannotTell. So parse the answer inside the block.
    """

    __slots__ = ("_begin", "_deadline", "_limit", "_position", "_received", "_sock", "_total", "target")

    def __init__(
        self, sock: "DeadlineSocket | DeadlineSSLSocket", target: str, deadline: "Deadline", limit: int = LIMIT
    ) -> None:
        self.target = target
        self._sock = sock
        self._deadline = deadline
        self._limit = limit
        self._received = bytearray()
        self._position = 0  # of the first byte in _received that the caller has not read
        self._begin = b""  # of everything that the server has sent
        self._total = 0

    @classmethod
    def dial(
        cls,
        address: str,
        port: int = 0,
        *,
        name: str = "",
        family: "Family" = "",
        tls: "TlsOptions | None" = None,
        limit: int = LIMIT,
    ) -> "Stream":
        """Connect to `HOST`, `HOST:PORT`, `[IPV6]:PORT`, or to the path of a Unix socket, which begins with /.

        port: the port to use if the address has none. name: the kind of server, for errors, such as `memcached`.
        tls: options of a TLS connection, None for a plain one. limit: the most bytes that the server may send.
        Raises BadUsage, Down or CannotTell.
        """
        from checkwright.net import connect
        from checkwright.net.deadline import Deadline

        kind = f"{name} " if name else ""
        if address.startswith("/"):
            if tls is not None:
                raise BadUsage(f"{kind}{clean(address, 200)}: TLS needs HOST:PORT, not the path of a socket")
            target = f"{kind}{clean(address, 200)}"
            doing(target)
            deadline = Deadline()
            return cls(connect.connect_unix(address, target, deadline), target, deadline, limit)
        host, number = connect.split_host_port(address, port, name or "address")
        if not number:
            raise BadUsage(f"{kind}{clean(address, 200)}: the address has no port: write HOST:PORT")
        target = f"{kind}{connect.join_host_port(host, number)}"
        doing(target)
        if tls is None:
            deadline = Deadline()
            return cls(connect.connect(host, number, target, deadline, family=family).sock, target, deadline, limit)
        from checkwright.net.handshake import connect_tls

        return cls(*connect_tls(host, number, target, tls, family), limit)

    def send(self, data: bytes) -> None:
        """Send all of `data`."""
        try:
            self._sock.settimeout(self._deadline.left())
            self._sock.sendall(data)
        except OSError as error:
            raise self._failure(error) from None

    def line(self) -> bytes:
        """Return the next line without its end, which is `\\n` or `\\r\\n`."""
        return self.until(b"\n").removesuffix(b"\r")

    def until(self, end: bytes) -> bytes:
        """Return everything up to the next `end`, without it."""
        while (found := self._received.find(end, self._position)) < 0:
            self._receive()
        data = bytes(self._received[self._position : found])
        self._position = found + len(end)
        return data

    def exactly(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        if not 0 <= size <= self._limit:
            raise Down(f"{self.target}: it announced {size} bytes, and at most {self._limit} are read")
        while len(self._received) - self._position < size:
            self._receive()
        return self._take(size)

    def rest(self) -> bytes:
        """Return everything until the server closes the connection."""
        while self._receive(end_allowed=True):
            pass
        return self._take(len(self._received) - self._position)

    def close(self) -> None:
        """Close the connection. The end of the `with` block does this."""
        self._sock.close()

    def __enter__(self) -> "Self":
        return self

    def __exit__(
        self, kind: "type[BaseException] | None", error: BaseException | None, traceback: "TracebackType | None"
    ) -> None:
        self.close()
        if isinstance(error, KeyError):
            raise CannotTell(f"{self.target}: its answer has no {clean(error.args[0] if error.args else '', 100)}")
        if isinstance(error, ValueError | IndexError | ArithmeticError | RecursionError):
            raise Down(f"{self.target}: its answer cannot be read: {clean(error, 200)}")

    def _take(self, size: int) -> bytes:
        data = bytes(self._received[self._position : self._position + size])
        self._position += size
        return data

    def _receive(self, *, end_allowed: bool = False) -> bool:
        """Wait for more bytes. Returns False at the end of the stream, where that is allowed."""
        try:
            part = self._sock.recv(_PART)
        except OSError as error:
            raise self._failure(error) from None
        if not part:
            if end_allowed:
                return False
            when = f"after {self._excerpt()}" if self._total else "without an answer"
            raise Down(f"{self.target}: it closed the connection {when}")
        del self._received[: self._position]
        self._position = 0
        self._received += part
        self._begin += part[: _KEPT - len(self._begin)]
        self._total += len(part)
        if self._total > self._limit:
            raise Down(f"{self.target}: it sent more than {self._limit} bytes")
        return True

    def _failure(self, error: OSError) -> CheckError:
        from checkwright.net import connect

        if isinstance(error, TimeoutError) and self._total:
            within = self._deadline.shown()
            return Down(f"{self.target}: no complete answer within {within}, only {self._excerpt()}")
        return connect.failure(error, self.target, self._deadline)

    def _excerpt(self) -> str:
        """Return the beginning of everything that the server has sent, in quotes."""
        text = clean(beginning(self._begin, _KEPT // 2), _SHOWN)
        cut = self._total > len(self._begin) or len(self._begin) > _SHOWN
        return f"{text!r}{'...' if cut and not text.endswith('...') else ''}"
