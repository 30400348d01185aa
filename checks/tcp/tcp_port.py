"""Connections to a TCP port, and its response."""

from checks.tcp.source import Tcp
from checkwright import BadUsage, Check, Literal, Metrics, gauge, option, uses, verdict
from checkwright.net.tls_context import TlsOptions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.net.connect import Family

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\"}


class TcpPort(Check):
    """Time to connect to a port, send a text and receive the expected response.

    A connection that is refused, filtered or reset, a missing route and a wrong response are CRITICAL, each with its
    own message. Without --expect the check reads nothing: the port must only accept connections. --refused is the
    reverse: a port that refuses connections is OK, and one that accepts or silently drops them is CRITICAL.

    Text is sent in UTF-8. Write single bytes of --send and --expect in hexadecimal, as in `\x16\x03`.
    """

    thread_safe = True

    tcp = uses(Tcp)

    host: str = option("Server", flags="-H --host", example="db.example.com")
    port: int = option("Port", flags="-p --port", example="5432")
    send: str = option("Text to send; \\n, \\r, \\t, \\0, \\xNN and \\\\ as in C", flags="-s --send", default="")
    expect: tuple[str, ...] = option("Text that the answer must contain", flags="-e --expect", default=())
    refused: bool = option("Expect a port that refuses connections", default=False)
    tls: bool = option("Use TLS", flags="-S --tls", default=False)
    starttls: Literal["smtp", "imap", "pop3", "ftp", "ldap", "xmpp", "sieve", "postgres", "mysql"] | None = option(
        "Protocol that switches to TLS", default=None
    )
    sni: str = option("Name to request and to expect in the certificate; by default the host", default="")
    ca: str = option("Certificates of authorities to trust instead of the system's, file or folder", default="")
    insecure: bool = option("Accept any certificate", default=False)
    ipv4: bool = option("Use IPv4 only", flags="-4 --ipv4", default=False)
    ipv6: bool = option("Use IPv6 only", flags="-6 --ipv6", default=False)

    connection = verdict("Connection", ok=["refused"])
    time = gauge("Time", "s", warn=1, crit=5)

    def validate(self) -> None:
        if not 1 <= self.port <= 65_535:
            raise BadUsage(f"--port: {self.port} is not a port: use 1 to 65535")
        for flag in ("sni", "ca", "insecure"):
            if flag in self.explicit and not self._encrypted:
                raise BadUsage(f"--{flag} needs --tls or --starttls")
        for flag in ("send", "expect", "tls", "starttls"):
            if self.refused and flag in self.explicit:
                raise BadUsage(f"--{flag} needs a connection and cannot be combined with --refused")
        if self.insecure and self.ca:
            raise BadUsage("--insecure and --ca exclude each other")
        if self.ipv4 and self.ipv6:
            raise BadUsage("--ipv4 and --ipv6 exclude each other")
        if "" in self.expect:
            raise BadUsage("--expect: give a text")
        for text in (self.send, *self.expect):
            _unescaped(text)

    def probe(self) -> Metrics:
        family: Family = "4" if self.ipv4 else "6" if self.ipv6 else ""
        if self.refused:
            refused, seconds = self.tcp.refuses(self.host, self.port, family=family)
            yield self.connection("refused" if refused else "accepted")
            yield self.time(seconds)
            return
        talk = self.tcp.talk(
            self.host,
            self.port,
            send=_unescaped(self.send),
            expect=tuple(_unescaped(text) for text in self.expect),
            tls=TlsOptions(ca=self.ca, insecure=self.insecure) if self._encrypted else None,
            starttls=self.starttls or "",
            name=self.sni,
            family=family,
        )
        yield self.time(talk.seconds)

    @property
    def _encrypted(self) -> bool:
        return self.tls or self.starttls is not None


def _unescaped(text: str) -> str:
    """Replace the escapes in a text. A byte from \\x80 becomes a surrogate, as in `os.fsdecode`."""
    found, rest = "", text
    while rest:
        before, backslash, rest = rest.partition("\\")
        found += before
        if not backslash:
            break
        digits = rest[1:3]
        if rest[:1] in _ESCAPES:
            found, rest = found + _ESCAPES[rest[0]], rest[1:]
        elif rest[:1] == "x" and len(digits) == 2 and not digits.strip("0123456789abcdefABCDEF"):
            byte = int(digits, 16)
            found, rest = found + chr(byte if byte < 0x80 else 0xDC00 + byte), rest[3:]
        else:
            raise BadUsage(f"{text!r} has a backslash without a meaning: write \\n, \\r, \\t, \\0, \\xNN or \\\\")
    return found
