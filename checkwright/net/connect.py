"""Name lookups and connections. Each failure is one sentence that names the target."""

import os
import time

from checkwright.core.errors import BadUsage, CannotTell, CheckError, Down
from checkwright.net.host_names import to_ascii, without_brackets
from checkwright.net.tls_context import describe_tls_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal

    from checkwright.net.deadline import Deadline, DeadlineSocket

    Family = Literal["", "4", "6"]
    Address = tuple[int, tuple[Any, ...]]


#: Bytes of a Unix socket's path, as the kernel has room for them.
_LONGEST_SOCKET_PATH = 107
#: Seconds between two attempts to enter a full queue.
_QUEUE_PAUSE = 0.01


class Connection:
    """Open connection. resolve_time, connect_time: seconds for the name lookup and for the connection attempt."""

    __slots__ = ("connect_time", "resolve_time", "sock")

    def __init__(self, sock: "DeadlineSocket", resolve_time: float, connect_time: float) -> None:
        self.sock = sock
        self.resolve_time = resolve_time
        self.connect_time = connect_time


def connect(host: str, port: int, target: str, deadline: "Deadline", *, family: "Family" = "") -> Connection:
    """Connect to the first address of `host` that answers. `target` names the server in errors.

    Raises Down (no such name, refused, filtered, no route) or CannotTell (no resolver, no network here).
    """
    found = attempt(host, port, target, deadline, family=family)
    if isinstance(found, OSError):
        raise unconnected(found, target, deadline)
    return found


def attempt(
    host: str, port: int, target: str, deadline: "Deadline", *, family: "Family" = ""
) -> "Connection | OSError":
    """Connect as `connect` does, but return the error of the connection attempt. A failed lookup raises."""
    from checkwright.net.deadline import DeadlineSocket

    began = time.perf_counter()
    addresses = resolve(host, port, target, deadline, family=family)
    resolved = time.perf_counter()
    failures: list[OSError] = []
    for position, (kind, address) in enumerate(addresses):
        try:
            sock = DeadlineSocket(kind)
        except OSError as error:  # this machine has no IPv6
            failures.append(error)
            continue
        try:
            # A filtered address uses up its own share of the time and leaves the rest to the next one.
            sock.settimeout(deadline.left() / (len(addresses) - position))
            sock.connect(address)
        except OSError as error:
            sock.close()
            failures.append(error)
            continue
        sock.deadline = deadline
        sock.settimeout(deadline.left())
        _disable_nagle(sock)
        return Connection(sock, resolved - began, time.perf_counter() - resolved)
    return min(failures, key=_vagueness)


def unconnected(error: OSError, target: str, deadline: "Deadline") -> CheckError:
    """Return the CheckError to raise for a failed connection attempt."""
    if isinstance(error, TimeoutError):
        return Down(f"{target}: no answer to the connection attempt within {deadline.shown()} (filtered, or host down)")
    return failure(error, target, deadline)


def connect_unix(path: str, target: str, deadline: "Deadline") -> "DeadlineSocket":
    """Connect to the Unix socket at `path`.

    Raises Down if no process listens there, CannotTell if this user may not connect, BadUsage for a bad path.
    """
    import socket

    from checkwright.net.deadline import DeadlineSocket

    if "\0" in path or len(os.fsencode(path)) > _LONGEST_SOCKET_PATH:
        raise BadUsage(f"{target}: the path cannot be that of a socket: it is too long, or has a NUL character")
    sock = DeadlineSocket(socket.AF_UNIX)
    sock.deadline = deadline
    try:
        while True:
            sock.settimeout(deadline.left())
            try:
                sock.connect(path)
                return sock
            except BlockingIOError:  # the socket's queue is full, and with a timeout the kernel does not wait
                time.sleep(_QUEUE_PAUSE)
    except FileNotFoundError:
        problem: CheckError = Down(f"{target}: there is no such socket")
    except ConnectionRefusedError:
        problem = Down(f"{target}: no process listens on the socket")
    except PermissionError:
        problem = CannotTell(f"{target}: this user may not connect to the socket")
    except OSError as error:
        problem = failure(error, target, deadline)
    sock.close()
    raise problem


def resolve(host: str, port: int, target: str, deadline: "Deadline", *, family: "Family" = "") -> "list[Address]":
    """Return the addresses of a name, in the system's order. A literal address is returned as it is.

    Raises Down if the name does not exist, CannotTell if the lookup fails.
    """
    import socket

    version = {"": socket.AF_UNSPEC, "4": socket.AF_INET, "6": socket.AF_INET6}[family]
    host = _without_useless_zone(without_brackets(host))
    if "[" in host or "]" in host:
        raise BadUsage(f"{target}: {host!r} is not a host name: brackets are for IPv6 addresses")
    try:
        # As bytes: text would be encoded by a codec that is loaded on first use, inside the measured time.
        name = to_ascii(host).encode("ascii")
    except UnicodeError:
        raise BadUsage(f"{target}: {host!r} is not a host name") from None
    if not name or b"\0" in name:
        raise BadUsage(f"{target}: {host!r} is not a host name")

    def look_up(flags: int) -> "list[Address]":
        found = socket.getaddrinfo(name, port, version, socket.SOCK_STREAM, 0, flags)
        return [(kind, address) for kind, _, _, _, address in found]

    try:
        return look_up(socket.AI_NUMERICHOST)
    except socket.gaierror as error:
        if error.errno == socket.EAI_ADDRFAMILY or (family and is_literal(host)):
            raise BadUsage(f"{target}: {host} is not an IPv{family} address") from None
        if ":" in host:
            zone = ", or this machine has no such interface" if "%" in host else ""
            raise BadUsage(f"{target}: {host} is not an IPv6 address{zone}") from None
    try:
        return _look_up_in_time(lambda: look_up(0), deadline)
    except TimeoutError:
        raise CannotTell(f"{target}: the lookup of {host} did not finish within {deadline.shown()}") from None
    except socket.gaierror as error:
        if error.errno in (socket.EAI_NONAME, socket.EAI_NODATA):
            with_address = f" with an IPv{family} address" if family else ""
            raise Down(f"{target}: no such host {host}{with_address}") from None
        raise CannotTell(f"{target}: cannot look up {host}: {(error.strerror or str(error)).lower()}") from None
    except UnicodeError:
        raise BadUsage(f"{target}: {host!r} is not a host name") from None


def failure(error: OSError, target: str, deadline: "Deadline") -> CheckError:
    """Return the CheckError to raise for a failed operation on a connection, plain or TLS."""
    import errno
    import ssl

    if isinstance(error, TimeoutError):
        return Down(f"{target}: no answer within {deadline.shown()}")
    if isinstance(error, ssl.SSLError):
        return Down(f"{target}: {describe_tls_error(error)}")
    if isinstance(error, ConnectionRefusedError):
        return Down(f"{target}: connection refused")
    if isinstance(error, ConnectionResetError | BrokenPipeError | ConnectionAbortedError):
        return Down(f"{target}: the connection was reset")
    if error.errno in (errno.EHOSTUNREACH, errno.EHOSTDOWN):
        return Down(f"{target}: no route to host")
    if error.errno in (errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
        return CannotTell(f"{target}: this machine has no route to that network")
    if error.errno in (errno.EACCES, errno.EPERM):
        return CannotTell(f"{target}: this machine does not permit the connection")
    return CannotTell(f"{target}: {(error.strerror or str(error) or type(error).__name__).lower()}")


def split_host_port(text: str, default: int, target: str) -> tuple[str, int]:
    """Parse `HOST`, `HOST:PORT`, `[V6]`, `[V6]:PORT` or a bare IPv6 address. Raises BadUsage."""
    host, port = text, ""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise BadUsage(f"{target}: {text!r} is not [ADDRESS]:PORT")
        port = rest[1:]
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    if not host:
        raise BadUsage(f"{target}: {text!r} has no host name")
    return host, parse_port(port, target) if port else default


def parse_port(port: int | str, target: str) -> int:
    """Return a port number. Raises BadUsage unless it is 1 to 65535."""
    text = str(port)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65_535):
        raise BadUsage(f"{target}: {text!r} is not a port: use 1 to 65535")
    return int(text)


def join_host_port(host: str, port: int) -> str:
    """Return `host:port`, with an IPv6 address in brackets."""
    return f"[{without_brackets(host)}]:{port}" if ":" in host else f"{host}:{port}"


def _without_useless_zone(host: str) -> str:
    """Return an IPv6 address without its zone, unless it is link-local. The C library refuses zones of all others."""
    address, percent, _ = host.partition("%")
    link_local = address.lower().startswith(("fe8", "fe9", "fea", "feb")) or address[3:4] == "2"
    return address if percent and ":" in address and not link_local else host


def is_literal(host: str) -> bool:
    """Return True for an IP address, which needs no lookup."""
    return ":" in host or host.replace(".", "").isdigit()


def _look_up_in_time(look_up: "Callable[[], list[Address]]", deadline: "Deadline") -> "list[Address]":
    """Look up in a thread: getaddrinfo takes no timeout, and would hold a worker as long as it likes."""
    import threading

    results: list[list[Address] | Exception] = []

    def work() -> None:
        try:
            results.append(look_up())
        except Exception as error:
            results.append(error)

    thread = threading.Thread(target=work, daemon=True, name="look-up")
    try:
        thread.start()
    except RuntimeError:
        raise CannotTell("cannot look up a name: no more threads may be started here (see ulimit -u)") from None
    thread.join(deadline.left())
    if not results:
        raise TimeoutError
    if isinstance(results[0], Exception):
        raise results[0]
    return results[0]


def _vagueness(error: OSError) -> int:
    """Return how little an error reveals about the host: a refusal comes from the host, a missing network does not."""
    import errno

    if isinstance(error, ConnectionError):
        return 0
    if isinstance(error, TimeoutError):
        return 2
    return 3 if error.errno in (errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT) else 1


def _disable_nagle(sock: "DeadlineSocket") -> None:
    """Send small packets at once. The kernel's wait for more data would be measured as the server's time."""
    import socket

    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
