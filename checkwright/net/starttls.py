"""The few words that ask a server of a plain protocol to go on in TLS."""

from checkwright.core.errors import Down

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


def upgrade(sock: "socket.socket", protocol: str, what: str) -> None:
    """Talk until the server is ready for the TLS handshake. Raises Down where it is not, OSError as sockets do."""
    _SPOKEN[protocol](sock, what)


def _smtp(sock: "socket.socket", what: str) -> None:
    _smtp_reply(sock, what, "220", "its greeting")
    sock.sendall(b"EHLO checkwright.invalid\r\n")
    offered = _smtp_reply(sock, what, "250", "EHLO")
    if not any(line[4:].strip().upper() == "STARTTLS" for line in offered):
        raise Down(f"{what}: the SMTP server offers no STARTTLS")
    sock.sendall(b"STARTTLS\r\n")
    _smtp_reply(sock, what, "220", "STARTTLS")


def _smtp_reply(sock: "socket.socket", what: str, code: str, to: str) -> list[str]:
    lines: list[str] = []
    while len(lines) < 100:
        lines.append(_line(sock, what))
        if not lines[-1][:3].isdigit():
            raise Down(f"{what}: not an SMTP server, it says {lines[-1][:100]!r}")
        if lines[-1][3:4] != "-":
            break
    if not lines[-1].startswith(code):
        raise Down(f"{what}: the SMTP server answers {to} with {lines[-1][:100]!r}")
    return lines


def _imap(sock: "socket.socket", what: str) -> None:
    greeting = _line(sock, what)
    if not greeting.upper().startswith(("* OK", "* PREAUTH")):
        raise Down(f"{what}: not a ready IMAP server, it says {greeting[:100]!r}")
    sock.sendall(b"a1 STARTTLS\r\n")
    answer = _line(sock, what)
    for _ in range(100):
        if not answer.startswith("* "):
            break
        answer = _line(sock, what)
    if not answer.upper().startswith("A1 OK"):
        raise Down(f"{what}: the IMAP server answers STARTTLS with {answer[:100]!r}")


def _postgres(sock: "socket.socket", what: str) -> None:
    sock.sendall((8).to_bytes(4, "big") + (80_877_103).to_bytes(4, "big"))
    answer = _exactly(sock, 1, what)
    if answer == b"N":
        raise Down(f"{what}: the PostgreSQL server offers no TLS")
    if answer != b"S":
        raise Down(f"{what}: not a PostgreSQL server, it answers {answer!r}")


def _mysql(sock: "socket.socket", what: str) -> None:
    head = _exactly(sock, 4, what)
    size = int.from_bytes(head[:3], "little")
    if not 1 <= size <= 4_096:
        raise Down(f"{what}: not a MySQL server, it begins with {head!r}")
    greeting = _exactly(sock, size, what)
    if greeting[0] == 0xFF:  # an error packet: this host may not connect, or there are too many connections
        raise Down(f"{what}: the MySQL server says {greeting[3:].decode('utf-8', 'replace')[:150]!r}")
    end_of_version = greeting.find(b"\0", 1)
    flags = greeting[end_of_version + 14 : end_of_version + 16]
    if greeting[0] != 10 or end_of_version < 0 or len(flags) != 2:
        raise Down(f"{what}: not a MySQL server, its greeting has version {greeting[0]}")
    if not int.from_bytes(flags, "little") & _MYSQL_TLS:
        raise Down(f"{what}: the MySQL server offers no TLS")
    wanted = _MYSQL_TLS | _MYSQL_PROTOCOL_41 | _MYSQL_SECURE
    body = wanted.to_bytes(4, "little") + (1 << 24).to_bytes(4, "little") + bytes([45]) + bytes(23)
    sock.sendall(len(body).to_bytes(3, "little") + bytes([head[3] + 1]) + body)


def _line(sock: "socket.socket", what: str) -> str:
    """One line, read byte by byte: what follows it may already belong to TLS."""
    line = b""
    while not line.endswith(b"\n"):
        line += _exactly(sock, 1, what)
        if len(line) > _LINE:
            raise Down(f"{what}: the server's greeting is one endless line")
    return line.decode("utf-8", "replace").rstrip("\r\n")


def _exactly(sock: "socket.socket", size: int, what: str) -> bytes:
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise Down(f"{what}: the server closed the connection before TLS could start")
        data += more
    return data


_SPOKEN: "dict[str, Callable[[socket.socket, str], None]]" = {
    "smtp": _smtp,
    "imap": _imap,
    "postgres": _postgres,
    "mysql": _mysql,
}
