"""TCP ports: connect, say something, see what comes back."""

import time

from checkwright.core.current import doing
from checkwright.core.errors import Down
from checkwright.core.source import Source
from checkwright.core.text import clean
from checkwright.net import connect
from checkwright.net.tls_context import TlsContexts, TlsOptions, check_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    import ssl

    from checkwright.net.connect import Family
    from checkwright.net.deadline import Deadline

_LIMIT = 65_536


class Conversation:
    """What a port said. seconds: from the first packet to the last expected byte. answer: what it sent, decoded."""

    __slots__ = ("answer", "seconds")

    def __init__(self, seconds: float, answer: str = "") -> None:
        self.seconds = seconds
        self.answer = answer


class Tcp(Source):
    """Talks to TCP ports, plain or in TLS."""

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
        name: str = "",
        family: "Family" = "",
    ) -> Conversation:
        """Connect, send, and read until every expected text has come. The connection is closed again.

        tls: how to make it a TLS connection, None for a plain one. name: the name that the certificate must have.
        Raises Down where nobody listens or the answer is another, CannotTell where we could not look.
        """
        from checkwright.net.deadline import Deadline

        what = f"port {connect.shown_host(host, port)}"
        doing(what)
        context = None if tls is None else self._contexts.get(tls)
        if tls is not None:
            check_name(name or host, what)
        deadline = Deadline()
        began = time.perf_counter()
        opened: socket.socket = connect.connect(host, port, what, deadline, family=family).sock
        try:
            if tls is not None and context is not None:
                import ssl

                from checkwright.net.handshake import explained

                try:
                    opened = _secured(opened, context, name or host, deadline)
                except ssl.SSLCertVerificationError as error:
                    why = explained(error, host, port, name or host, self._contexts, tls, family)
                    raise Down(f"{what}: {why}") from None
            if send:
                opened.sendall(send.encode("utf-8", "surrogateescape"))
            answer = _answer(opened, expect, what, deadline) if expect else ""
        except OSError as error:
            raise connect.trouble(error, what, deadline) from None
        finally:
            opened.close()
        return Conversation(time.perf_counter() - began, answer)


def _secured(sock: "socket.socket", context: "ssl.SSLContext", name: str, deadline: "Deadline") -> "socket.socket":
    from checkwright.net.deadline_tls import DeadlineSSLSocket

    secure = context.wrap_socket(sock, server_hostname=name)
    if isinstance(secure, DeadlineSSLSocket):
        secure.deadline = deadline
    return secure


def _answer(sock: "socket.socket", expect: tuple[str, ...], what: str, deadline: "Deadline") -> str:
    wanted = [text.encode("utf-8", "surrogateescape") for text in expect]
    data = b""
    end = ""
    while not end and not all(text in data for text in wanted):
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
    refuse_unexpected(answer, tuple(text.decode("utf-8", "backslashreplace") for text in wanted), what, end)
    return answer


def refuse_unexpected(answer: str, expect: tuple[str, ...], what: str, when: str) -> None:
    """Raise Down where an expected text is not in the answer. `when` says how the answer ended."""
    missing = [text for text in expect if text not in answer]
    if missing:
        said = f"said {clean(answer, 200)!r}" if answer else "said nothing"
        raise Down(f"{what}: it {said} and not {', '.join(map(repr, missing))} {when}")
