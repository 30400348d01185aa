"""TCP ports: connect, send, and compare the answer."""

import time

from checkwright.core.text import clean
from checkwright.net import connect
from checkwright.net.tls_context import TlsContexts, TlsOptions, server_name
from checkwright.sources import Down, Source, doing

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    import ssl

    from checkwright.net.connect import Family
    from checkwright.sources import Deadline

    StartTls = str  # "" or a protocol of checkwright.net.starttls.PORTS

_LIMIT = 65_536


class Conversation:
    """Answer of a port, decoded. seconds: from the first packet to the last expected byte."""

    __slots__ = ("answer", "seconds")

    def __init__(self, seconds: float, answer: str = "") -> None:
        self.seconds = seconds
        self.answer = answer


class Tcp(Source):
    """Short conversations with TCP ports, plain or TLS."""

    def __init__(self) -> None:
        self._contexts = TlsContexts()

    def talk(
        self,
        host: str,
        port: int,
        *,
        send: str = "",
        expect: tuple[str, ...] = (),
        tls: TlsOptions | None = None,
        starttls: "StartTls" = "",
        name: str = "",
        family: "Family" = "",
    ) -> Conversation:
        """Connect, send, read until every expected text has come, and close the connection.

        send, expect: text in UTF-8; a surrogate from U+DC80 to U+DCFF is one byte, as in `os.fsdecode`. tls: options of
        a TLS connection, None for a plain one. starttls: protocol that switches to TLS. name: the name that the
        certificate must have. Raises Down if nothing listens or the answer is unexpected, CannotTell if the
        connection cannot be tried.
        """
        from checkwright.sources import Deadline

        target = f"port {connect.join_host_port(host, port)}"
        doing(target)
        context = None if tls is None else self._contexts.get(tls)
        if tls is not None:
            name = server_name(name or host, target)
        deadline = Deadline()
        began = time.perf_counter()
        sock: socket.socket = connect.connect(host, port, target, deadline, family=family).sock
        try:
            if starttls:
                from checkwright.net.starttls import upgrade

                upgrade(sock, starttls, target, name)
            if tls is not None and context is not None:
                import ssl

                from checkwright.net.handshake import explain_rejection

                try:
                    sock = _encrypt(sock, context, name, deadline)
                except ssl.SSLCertVerificationError as error:
                    why = explain_rejection(error, host, port, name, self._contexts, tls, family, starttls)
                    raise Down(f"{target}: {why}") from None
            if send:
                sock.sendall(send.encode("utf-8", "surrogateescape"))
            answer = _read(sock, expect, target, deadline) if expect else ""
        except OSError as error:
            raise connect.failure(error, target, deadline) from None
        finally:
            sock.close()
        return Conversation(time.perf_counter() - began, answer)

    def refuses(self, host: str, port: int, *, family: "Family" = "") -> tuple[bool, float]:
        """Return True if the port refuses connections, False if it accepts them, and the seconds that it took.

        Raises Down if it does neither, such as a port behind a firewall that drops packets.
        """
        from checkwright.sources import Deadline

        target = f"port {connect.join_host_port(host, port)}"
        doing(target)
        deadline = Deadline()
        began = time.perf_counter()
        found = connect.attempt(host, port, target, deadline, family=family)
        seconds = time.perf_counter() - began
        if isinstance(found, connect.Connection):
            found.sock.close()
            return False, seconds
        if isinstance(found, ConnectionRefusedError):
            return True, seconds
        raise connect.unconnected(found, target, deadline)


def require_expected(answer: str, expect: tuple[str, ...], target: str, when: str) -> None:
    """Raise Down if an expected text is missing in the answer. when: the end of the sentence, `within 10 s`."""
    missing = [text for text in expect if text not in answer]
    if missing:
        sent = f"sent {clean(answer, 200)!r}" if answer else "sent nothing"
        raise Down(f"{target}: it {sent} and not {', '.join(map(repr, missing))} {when}")


def _encrypt(sock: "socket.socket", context: "ssl.SSLContext", name: str, deadline: "Deadline") -> "socket.socket":
    from checkwright.net.deadline_tls import DeadlineSSLSocket

    secure = context.wrap_socket(sock, server_hostname=name)
    if isinstance(secure, DeadlineSSLSocket):
        secure.deadline = deadline
    return secure


def _read(sock: "socket.socket", expect: tuple[str, ...], target: str, deadline: "Deadline") -> str:
    expected = [text.encode("utf-8", "surrogateescape") for text in expect]
    data = b""
    end = ""
    while not end and not all(text in data for text in expected):
        try:
            more = sock.recv(4_096)
        except TimeoutError:
            end = f"within {deadline.shown()}"
            break
        data += more
        if not more:
            end = "before it closed the connection"
        elif len(data) >= _LIMIT:
            end = f"in its first {_LIMIT} bytes"
    answer = data.decode("utf-8", "backslashreplace")
    require_expected(answer, tuple(text.decode("utf-8", "backslashreplace") for text in expected), target, end)
    return answer
