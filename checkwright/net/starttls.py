"""STARTTLS: the exchange that switches a plain protocol to TLS."""

from checkwright.core.errors import Down
from checkwright.core.secret import beginning

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

#: The usual port of each protocol.
PORTS = {"smtp": 25, "imap": 143, "postgres": 5432, "mysql": 3306}
_LINE = 8_192
_MYSQL_TLS = 0x0800
_MYSQL_PROTOCOL_41 = 0x0200
_MYSQL_SECURE = 0x8000


def upgrade(sock: "socket.socket", protocol: str, target: str) -> None:
    """Take the server to the point where TLS begins. Raises Down where it refuses, OSError as sockets do."""
    _UPGRADES[protocol](sock, target)


def _smtp(sock: "socket.socket", target: str) -> None:
    _smtp_reply(sock, target, "220", "its greeting")
    sock.sendall(b"EHLO checkwright.invalid\r\n")
    offered = _smtp_reply(sock, target, "250", "EHLO")
    if not any(line[4:].strip().upper() == "STARTTLS" for line in offered):
        raise Down(f"{target}: the SMTP server offers no STARTTLS")
    sock.sendall(b"STARTTLS\r\n")
    _smtp_reply(sock, target, "220", "STARTTLS")


def _smtp_reply(sock: "socket.socket", target: str, code: str, command: str) -> list[str]:
    lines: list[str] = []
    while len(lines) < 100:
        lines.append(_line(sock, target))
        if not lines[-1][:3].isdigit():
            raise Down(f"{target}: not an SMTP server, it sent {beginning(lines[-1], 100)!r}")
        if lines[-1][3:4] != "-":
            break
    if not lines[-1].startswith(code):
        raise Down(f"{target}: the SMTP server answers {command} with {beginning(lines[-1], 100)!r}")
    return lines


def _imap(sock: "socket.socket", target: str) -> None:
    greeting = _line(sock, target)
    if not greeting.upper().startswith(("* OK", "* PREAUTH")):
        raise Down(f"{target}: not a ready IMAP server, it sent {beginning(greeting, 100)!r}")
    sock.sendall(b"a1 STARTTLS\r\n")
    answer = _line(sock, target)
    for _ in range(100):
        if not answer.startswith("* "):
            break
        answer = _line(sock, target)
    if not answer.upper().startswith("A1 OK"):
        raise Down(f"{target}: the IMAP server answers STARTTLS with {beginning(answer, 100)!r}")


def _postgres(sock: "socket.socket", target: str) -> None:
    sock.sendall((8).to_bytes(4, "big") + (80_877_103).to_bytes(4, "big"))
    answer = _exactly(sock, 1, target)
    if answer == b"N":
        raise Down(f"{target}: the PostgreSQL server offers no TLS")
    if answer != b"S":
        raise Down(f"{target}: not a PostgreSQL server, it answers {answer!r}")


def _mysql(sock: "socket.socket", target: str) -> None:
    head = _exactly(sock, 4, target)
    size = int.from_bytes(head[:3], "little")
    if not 1 <= size <= 4_096:
        raise Down(f"{target}: not a MySQL server, it begins with {head!r}")
    greeting = _exactly(sock, size, target)
    if greeting[0] == 0xFF:  # an error packet: this host may not connect, or there are too many connections
        raise Down(f"{target}: the MySQL server reports {beginning(greeting[3:], 150)!r}")
    end_of_version = greeting.find(b"\0", 1)
    flags = greeting[end_of_version + 14 : end_of_version + 16]
    if greeting[0] != 10 or end_of_version < 0 or len(flags) != 2:
        raise Down(f"{target}: not a MySQL server, its greeting has version {greeting[0]}")
    if not int.from_bytes(flags, "little") & _MYSQL_TLS:
        raise Down(f"{target}: the MySQL server offers no TLS")
    flags_of_client = _MYSQL_TLS | _MYSQL_PROTOCOL_41 | _MYSQL_SECURE
    body = flags_of_client.to_bytes(4, "little") + (1 << 24).to_bytes(4, "little") + bytes([45]) + bytes(23)
    sock.sendall(len(body).to_bytes(3, "little") + bytes([(head[3] + 1) % 256]) + body)


def _line(sock: "socket.socket", target: str) -> str:
    """Read one line, byte by byte: what follows it may already belong to TLS."""
    line = b""
    while not line.endswith(b"\n"):
        line += _exactly(sock, 1, target)
        if len(line) > _LINE:
            raise Down(f"{target}: the server's greeting is one endless line")
    return line.decode("utf-8", "replace").rstrip("\r\n")


def _exactly(sock: "socket.socket", size: int, target: str) -> bytes:
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise Down(f"{target}: the server closed the connection before TLS could start")
        data += more
    return data


_UPGRADES: "dict[str, Callable[[socket.socket, str], None]]" = {
    "smtp": _smtp,
    "imap": _imap,
    "postgres": _postgres,
    "mysql": _mysql,
}
