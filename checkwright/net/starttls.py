"""STARTTLS: the exchange that switches a plain protocol to TLS."""

from checkwright.core.errors import Down
from checkwright.core.secret import beginning

TYPE_CHECKING = False
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

#: The usual port of each protocol.
PORTS = {
    "smtp": 25,
    "imap": 143,
    "pop3": 110,
    "ftp": 21,
    "ldap": 389,
    "xmpp": 5222,
    "sieve": 4190,
    "postgres": 5432,
    "mysql": 3306,
}
_LINE = 8_192
#: Object identifier of STARTTLS in LDAP, and the tag of its response.
_LDAP_STARTTLS = b"1.3.6.1.4.1.1466.20037"
_LDAP_EXTENDED_RESPONSE = 0x78
_XMPP_TLS = "urn:ietf:params:xml:ns:xmpp-tls"
_MYSQL_TLS = 0x0800
_MYSQL_PROTOCOL_41 = 0x0200
_MYSQL_SECURE = 0x8000


def upgrade(sock: "socket.socket", protocol: str, target: str, name: str) -> None:
    """Take the server to the point where TLS begins. name: the server's name, which XMPP needs.

    Raises Down if it refuses, OSError as sockets do.
    """
    _UPGRADES[protocol](sock, target, name)


def _smtp(sock: "socket.socket", target: str, _name: str) -> None:
    _reply(sock, target, "SMTP", "220", "its greeting")
    sock.sendall(b"EHLO checkwright.invalid\r\n")
    offered = _reply(sock, target, "SMTP", "250", "EHLO")
    if not any(line[4:].strip().upper() == "STARTTLS" for line in offered):
        raise Down(f"{target}: the SMTP server offers no STARTTLS")
    sock.sendall(b"STARTTLS\r\n")
    _reply(sock, target, "SMTP", "220", "STARTTLS")


def _ftp(sock: "socket.socket", target: str, _name: str) -> None:
    _reply(sock, target, "FTP", "220", "its greeting")
    sock.sendall(b"AUTH TLS\r\n")
    _reply(sock, target, "FTP", "234", "AUTH TLS")


def _reply(sock: "socket.socket", target: str, kind: str, code: str, command: str) -> list[str]:
    """Read one reply of SMTP or FTP, which may have several lines: `220-...` and at last `220 ...`."""
    lines: list[str] = []
    while len(lines) < 100:
        lines.append(_line(sock, target))
        start, last = lines[0][:3], lines[-1]
        # FTP allows any text between the first and the last line of a reply.
        if not start.isdigit() or (kind == "SMTP" and not last[:3].isdigit()):
            raise Down(f"{target}: not an {kind} server, it sent {beginning(last, 100)!r}")
        if last[3:4] != "-" if kind == "SMTP" else last[:3] == start and last[3:4] in (" ", ""):
            break
    if not lines[-1].startswith(code):
        raise Down(f"{target}: the {kind} server answers {command} with {beginning(lines[-1], 100)!r}")
    return lines


def _pop3(sock: "socket.socket", target: str, _name: str) -> None:
    greeting = _line(sock, target)
    if not greeting.upper().startswith("+OK"):
        raise Down(f"{target}: not a ready POP3 server, it sent {beginning(greeting, 100)!r}")
    sock.sendall(b"STLS\r\n")
    answer = _line(sock, target)
    if not answer.upper().startswith("+OK"):
        raise Down(f"{target}: the POP3 server answers STLS with {beginning(answer, 100)!r}")


def _sieve(sock: "socket.socket", target: str, _name: str) -> None:
    offered = [_line(sock, target)]
    while len(offered) < 100 and offered[-1].startswith('"'):
        offered.append(_line(sock, target))
    if not offered[-1].upper().startswith("OK"):
        raise Down(f"{target}: not a ready ManageSieve server, it sent {beginning(offered[-1], 100)!r}")
    if not any(line.strip().upper().startswith('"STARTTLS"') for line in offered):
        raise Down(f"{target}: the ManageSieve server offers no STARTTLS")
    sock.sendall(b"STARTTLS\r\n")
    answer = _line(sock, target)
    if not answer.upper().startswith("OK"):
        raise Down(f"{target}: the ManageSieve server answers STARTTLS with {beginning(answer, 100)!r}")


def _ldap(sock: "socket.socket", target: str, _name: str) -> None:
    """Send an extended request as in RFC 4511, and read the result code of its response."""
    name = b"\x80" + bytes([len(_LDAP_STARTTLS)]) + _LDAP_STARTTLS
    request = b"\x02\x01\x01" + b"\x77" + bytes([len(name)]) + name
    sock.sendall(b"\x30" + bytes([len(request)]) + request)
    head = _exactly(sock, 2, target)
    size = head[1]
    if size > 0x80:
        head += _exactly(sock, min(size - 0x80, 8), target)
        size = int.from_bytes(head[2:], "big")
    if head[0] != 0x30 or not 8 <= size <= _LINE:
        raise Down(f"{target}: not an LDAP server, it answers {head!r}")
    try:
        _, _, rest = _ber(_exactly(sock, size, target))  # the number of the message
        tag, response, _ = _ber(rest)
        _, code, _ = _ber(response)
    except IndexError:
        raise Down(f"{target}: not an LDAP server, its answer is cut short") from None
    if tag != _LDAP_EXTENDED_RESPONSE:
        raise Down(f"{target}: the LDAP server answers STARTTLS with a message of another kind")
    if code != b"\0":
        raise Down(f"{target}: the LDAP server answers STARTTLS with the error {int.from_bytes(code, 'big')}")


def _ber(data: bytes) -> tuple[int, bytes, bytes]:
    """Split the first element off BER data: its tag, its content, and the rest. Raises IndexError for short data."""
    size, begin = data[1], 2
    if size > 0x80:
        begin += size - 0x80
        size = int.from_bytes(data[2:begin], "big")
    if len(data) < begin + size:
        raise IndexError("the data is shorter than it announces")
    return data[0], data[begin : begin + size], data[begin + size :]


def _xmpp(sock: "socket.socket", target: str, name: str) -> None:
    name = name.replace("&", "&amp;").replace("<", "&lt;").replace("'", "&apos;")
    sock.sendall(
        f"<?xml version='1.0'?><stream:stream xmlns='jabber:client' to='{name}' version='1.0' "
        "xmlns:stream='http://etherx.jabber.org/streams'>".encode()
    )
    features = _xml(sock, target, ("</stream:features>", "</features>", "<stream:features/>", "</stream:stream>"))
    if "stream" not in features:
        raise Down(f"{target}: not an XMPP server, it sent {beginning(features, 100)!r}")
    if _XMPP_TLS not in features:
        error = f", it sent {beginning(features, 300)!r}" if "error" in features else ""
        raise Down(f"{target}: the XMPP server offers no STARTTLS{error}")
    sock.sendall(f"<starttls xmlns='{_XMPP_TLS}'/>".encode())
    answer = _xml(sock, target, (">",))
    if "<proceed" not in answer:
        raise Down(f"{target}: the XMPP server answers STARTTLS with {beginning(answer, 100)!r}")


def _xml(sock: "socket.socket", target: str, ends: tuple[str, ...]) -> str:
    """Read XML, byte by byte, until it ends with one of `ends`, blanks left out."""
    text = b""
    while len(text) <= _LINE:
        text += _exactly(sock, 1, target)
        if text.endswith(b">"):
            found = text.decode("utf-8", "replace")
            if found.replace(" ", "").endswith(ends):
                return found
        elif not text.lstrip().startswith(b"<"[: len(text.lstrip())]):
            raise Down(f"{target}: not an XMPP server, it sent {beginning(text.decode('utf-8', 'replace'), 100)!r}")
    raise Down(f"{target}: the server's greeting has no end")


def _imap(sock: "socket.socket", target: str, _name: str) -> None:
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


def _postgres(sock: "socket.socket", target: str, _name: str) -> None:
    sock.sendall((8).to_bytes(4, "big") + (80_877_103).to_bytes(4, "big"))
    answer = _exactly(sock, 1, target)
    if answer == b"N":
        raise Down(f"{target}: the PostgreSQL server offers no TLS")
    if answer != b"S":
        raise Down(f"{target}: not a PostgreSQL server, it answers {answer!r}")


def _mysql(sock: "socket.socket", target: str, _name: str) -> None:
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


_UPGRADES: "dict[str, Callable[[socket.socket, str, str], None]]" = {
    "smtp": _smtp,
    "imap": _imap,
    "pop3": _pop3,
    "ftp": _ftp,
    "ldap": _ldap,
    "xmpp": _xmpp,
    "sieve": _sieve,
    "postgres": _postgres,
    "mysql": _mysql,
}
