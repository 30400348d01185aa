"""Names, addresses and connections, each failure one sentence that names the target."""

import time

from checkwright.core.errors import BadUsage, CannotTell, CheckError, Down
from checkwright.net.tls_context import handshake_words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal

    from checkwright.net.deadline import Deadline, DeadlineSocket

    Family = Literal["", "4", "6"]
    Address = tuple[int, tuple[Any, ...]]


class Connected:
    """An open connection, and the seconds that the look-up of the name and the connection took."""

    __slots__ = ("connect", "resolve", "sock")

    def __init__(self, sock: "DeadlineSocket", resolve: float, connect: float) -> None:
        self.sock = sock
        self.resolve = resolve
        self.connect = connect


def connect(host: str, port: int, what: str, deadline: "Deadline", *, family: "Family" = "") -> Connected:
    """Connect to the first of the host's addresses that answers. `what` names the target in errors.

    Raises Down (no such name, refused, filtered, no route) or CannotTell (no resolver, no network here).
    """
    from checkwright.net.deadline import DeadlineSocket

    began = time.perf_counter()
    found = addresses(host, port, what, deadline, family=family)
    resolved = time.perf_counter()
    failures: list[OSError] = []
    for position, (kind, address) in enumerate(found):
        sock = DeadlineSocket(kind)
        try:
            # Each address gets its share of the time, so that one that is filtered leaves some to the next.
            sock.settimeout(deadline.left() / (len(found) - position))
            sock.connect(address)
        except OSError as error:
            sock.close()
            failures.append(error)
            continue
        sock.deadline = deadline
        sock.settimeout(deadline.left())
        _send_at_once(sock)
        return Connected(sock, resolved - began, time.perf_counter() - resolved)
    failure = min(failures, key=_silence)
    if isinstance(failure, TimeoutError):
        raise Down(f"{what}: no answer to the connection attempt within {deadline.shown()} (filtered, or host down)")
    raise trouble(failure, what, deadline)


def addresses(host: str, port: int, what: str, deadline: "Deadline", *, family: "Family" = "") -> "list[Address]":
    """The addresses of a name, in the system's order. A literal address is itself.

    Raises Down where the name does not exist, CannotTell where it cannot be looked up.
    """
    import socket

    wanted = {"": socket.AF_UNSPEC, "4": socket.AF_INET, "6": socket.AF_INET6}[family]
    try:
        # As bytes: text would be encoded by a codec that is loaded on first use, inside the measured time.
        name = host.encode("ascii") if host.isascii() else host.encode("idna")
    except UnicodeError:
        raise BadUsage(f"{what}: {host!r} is no host name") from None
    if not name or b"\0" in name:
        raise BadUsage(f"{what}: {host!r} is no host name")

    def look_up(flags: int) -> "list[Address]":
        found = socket.getaddrinfo(name, port, wanted, socket.SOCK_STREAM, 0, flags)
        return [(kind, address) for kind, _, _, _, address in found]

    try:
        return look_up(socket.AI_NUMERICHOST)
    except socket.gaierror as error:
        if error.errno == socket.EAI_ADDRFAMILY or (family and _is_literal(host)):
            raise BadUsage(f"{what}: {host} is no IPv{family} address") from None
    try:
        return _in_time(lambda: look_up(0), deadline)
    except TimeoutError:
        raise CannotTell(f"{what}: the look-up of {host} did not end within {deadline.shown()}") from None
    except socket.gaierror as error:
        if error.errno in (socket.EAI_NONAME, socket.EAI_NODATA):
            of_kind = f" with an IPv{family} address" if family else ""
            raise Down(f"{what}: no such host {host}{of_kind}") from None
        raise CannotTell(f"{what}: cannot look up {host}: {(error.strerror or str(error)).lower()}") from None
    except UnicodeError:
        raise BadUsage(f"{what}: {host!r} is no host name") from None


def trouble(error: OSError, what: str, deadline: "Deadline") -> CheckError:
    """The sentence for an error of a connection, plain or in TLS, as the trouble to raise."""
    import errno
    import ssl

    if isinstance(error, TimeoutError):
        return Down(f"{what}: no answer within {deadline.shown()}")
    if isinstance(error, ssl.SSLError):
        return Down(f"{what}: {handshake_words(error)}")
    if isinstance(error, ConnectionRefusedError):
        return Down(f"{what}: connection refused")
    if isinstance(error, ConnectionResetError | BrokenPipeError | ConnectionAbortedError):
        return Down(f"{what}: the connection was reset")
    if error.errno in (errno.EHOSTUNREACH, errno.EHOSTDOWN):
        return Down(f"{what}: no route to host")
    if error.errno in (errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        return CannotTell(f"{what}: this machine has no route to that network")
    if error.errno in (errno.EACCES, errno.EPERM):
        return CannotTell(f"{what}: this machine does not permit the connection")
    return CannotTell(f"{what}: {(error.strerror or str(error) or type(error).__name__).lower()}")


def host_and_port(text: str, default: int, what: str) -> tuple[str, int]:
    """Read `HOST`, `HOST:PORT`, `[V6]:PORT` or a bare IPv6 address. Raises BadUsage."""
    host, port = text, ""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise BadUsage(f"{what}: {text!r} is not [ADDRESS]:PORT")
        port = rest[1:]
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if not host:
        raise BadUsage(f"{what}: {text!r} names no host")
    return host, checked_port(port, what) if port else default


def checked_port(port: int | str, what: str) -> int:
    """A port number. Raises BadUsage unless it is 1 to 65535."""
    text = str(port)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65_535):
        raise BadUsage(f"{what}: {text!r} is no port: give 1 to 65535")
    return int(text)


def shown_host(host: str, port: int) -> str:
    """`host:port` as people write it: an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _in_time(look_up: "Callable[[], list[Address]]", deadline: "Deadline") -> "list[Address]":
    """Look up in a thread, for getaddrinfo knows no timeout and would hold a worker for as long as it likes."""
    import threading

    answer: list[list[Address] | Exception] = []

    def ask() -> None:
        try:
            answer.append(look_up())
        except Exception as error:
            answer.append(error)

    thread = threading.Thread(target=ask, daemon=True, name="look-up")
    try:
        thread.start()
    except RuntimeError:
        raise CannotTell("cannot look up a name: no more threads may be started here (see ulimit -u)") from None
    thread.join(deadline.left())
    if not answer:
        raise TimeoutError
    if isinstance(answer[0], Exception):
        raise answer[0]
    return answer[0]


def _is_literal(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _silence(error: OSError) -> int:
    """How little an error says of the host: a refusal is its own answer, a network that we lack says nothing of it."""
    import errno

    if isinstance(error, ConnectionError):
        return 0
    if isinstance(error, TimeoutError):
        return 2
    return 3 if error.errno in (errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT) else 1


def _send_at_once(sock: "DeadlineSocket") -> None:
    """No waiting for more to send: it would be measured as the server's time."""
    import socket

    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
