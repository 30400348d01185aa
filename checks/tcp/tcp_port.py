"""Connections to a TCP port, and its answer."""

from checks.tcp.source import Tcp
from checkwright import BadUsage, Check, Metrics, gauge, option, uses
from checkwright.net.tls_context import TlsOptions

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "0": "\0", "\\": "\\"}


class TcpPort(Check):
    """Time to connect to a port, to send a text and to receive the expected answer.

    Refused, filtered, reset, no route and a wrong answer are CRITICAL, each with its own message. Without --expect
    nothing is read: the check only asks for a port that accepts connections.
    """

    thread_safe = True

    tcp = uses(Tcp)

    host: str = option("Server", flags="-H --host", example="db.example.com")
    port: int = option("Port", flags="-p --port", example="5432")
    send: str = option("Text to send; \\n, \\r, \\t, \\0 and \\\\ as in C", flags="-s --send", default="")
    expect: tuple[str, ...] = option("Text that the answer must contain", flags="-e --expect", default=())
    tls: bool = option("Use TLS", flags="-S --tls", default=False)
    sni: str = option("Name to request and to expect in the certificate; by default the host", default="")
    ca: str = option("Certificates of authorities to trust instead of the system's, file or folder", default="")
    insecure: bool = option("Accept any certificate", default=False)
    ipv4: bool = option("Use IPv4 only", flags="-4 --ipv4", default=False)
    ipv6: bool = option("Use IPv6 only", flags="-6 --ipv6", default=False)

    time = gauge("Time", "s", warn=1, crit=5)

    def validate(self) -> None:
        if not 1 <= self.port <= 65_535:
            raise BadUsage(f"--port: {self.port} is not a port: use 1 to 65535")
        for flag in ("sni", "ca", "insecure"):
            if flag in self.explicit and not self.tls:
                raise BadUsage(f"--{flag} needs --tls")
        if self.insecure and self.ca:
            raise BadUsage("--insecure and --ca exclude each other")
        if self.ipv4 and self.ipv6:
            raise BadUsage("--ipv4 and --ipv6 exclude each other")
        if "" in self.expect:
            raise BadUsage("--expect: give a text")
        for text in (self.send, *self.expect):
            _unescaped(text)

    def probe(self) -> Metrics:
        talk = self.tcp.talk(
            self.host,
            self.port,
            send=_unescaped(self.send),
            expect=tuple(_unescaped(text) for text in self.expect),
            tls=TlsOptions(ca=self.ca, insecure=self.insecure) if self.tls else None,
            name=self.sni,
            family="4" if self.ipv4 else "6" if self.ipv6 else "",
        )
        yield self.time(talk.seconds)


def _unescaped(text: str) -> str:
    parts = text.split("\\\\")
    for escape, character in _ESCAPES.items():
        if escape != "\\":
            parts = [part.replace(f"\\{escape}", character) for part in parts]
    for part in parts:
        if "\\" in part:
            raise BadUsage(f"{text!r} has a backslash without a meaning: write \\n, \\r, \\t, \\0 or \\\\")
    return "\\".join(parts)
