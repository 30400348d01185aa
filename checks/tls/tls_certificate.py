"""Days until a certificate expires, on a server or in a file."""

from checks.tls.source import Tls
from checkwright import BadUsage, CannotTell, Check, Literal, Metrics, gauge, option, uses, verdict
from checkwright.net.starttls import PORTS


class TlsCertificate(Check):
    """Expiry and trust of a server's certificate.

    A certificate that is expired, not yet valid, for another name, self-signed or not trusted is CRITICAL, each with
    its own message. The rest of the chain counts as well: when the certificate of an authority expires, servers below
    it lose their trust. A server that requires a client certificate presents its own first, so the check reports its
    expiry without one.

    With --file the check reads certificates on disk, before a server presents them. In a folder it skips files without
    a certificate, such as the key in certbot's `live` folders.
    """

    thread_safe = True

    tls = uses(Tls)

    host: str = option("Server", flags="-H --host", default="", example="www.example.com")
    port: int | None = option(
        "Port; by default 443, or the port of the --starttls protocol", flags="-p --port", default=None
    )
    sni: str = option("Name to request and to expect; by default the host", default="")
    starttls: Literal["smtp", "imap", "pop3", "ftp", "ldap", "xmpp", "sieve", "postgres", "mysql"] | None = option(
        "Protocol that switches to TLS", default=None
    )
    files: tuple[str, ...] = option(
        "Certificate file, PEM or DER, or a folder of them, instead of a server", flags="-f --file", default=()
    )
    ca: str = option("Certificates of authorities to trust instead of the system's, file or folder", default="")
    client_cert: str = option("Client certificate, PEM, with its key unless --client-key has it", default="")
    client_key: str = option("Key of the client certificate, PEM", default="")
    ipv4: bool = option("Use IPv4 only", flags="-4 --ipv4", default=False)
    ipv6: bool = option("Use IPv6 only", flags="-6 --ipv6", default=False)

    trust = verdict("Certificate", ok=["valid"])
    days = gauge("Time left", "days", warn="30:", crit="14:")
    chain_days = gauge("Time left of the rest of the chain", "days", warn="30:", crit="14:", optional=True)

    def validate(self) -> None:
        if bool(self.host) == bool(self.files):
            raise BadUsage("give either --host or --file")
        if self.port is not None and not 1 <= self.port <= 65_535:
            raise BadUsage(f"--port: {self.port} is not a port: use 1 to 65535")
        for flag in ("port", "sni", "starttls", "ca", "client_cert", "client_key", "ipv4", "ipv6"):
            if self.files and flag in self.explicit:
                raise BadUsage(f"--{flag.replace('_', '-')} is for a server and cannot be combined with --file")
        if self.ipv4 and self.ipv6:
            raise BadUsage("--ipv4 and --ipv6 exclude each other")
        if self.client_key and not self.client_cert:
            raise BadUsage("--client-key needs --client-cert")

    def probe(self) -> Metrics:
        return self._files() if self.files else self._server()

    def _server(self) -> Metrics:
        presented = self.tls.presented(
            self.host,
            self.port or (PORTS[self.starttls] if self.starttls else 443),
            name=self.sni,
            starttls=self.starttls or "",
            ca=self.ca,
            client_cert=self.client_cert,
            client_key=self.client_key,
            family="4" if self.ipv4 else "6" if self.ipv6 else "",
        )
        if not presented.chain:
            raise CannotTell(f"{self.host} presented no certificate")
        own, *others = presented.chain
        hint = presented.why or f"{own.subject}, issued by {own.issuer}"
        yield self.trust(presented.problem or "valid", hint=f"{hint}; {presented.note}" if presented.note else hint)
        yield self.days(own.days)
        if others:
            yield self.chain_days(min(one.days for one in others))

    def _files(self) -> Metrics:
        paths = [file for path in self.files for file in self.tls.files(path)]
        for path, (own, *others) in self.each(paths, self.tls.read):
            problem = "expired" if own.days < 0 else "not yet valid" if own.starts_in_future else "valid"
            yield self.trust(problem, of=path, hint=own.subject)
            yield self.days(own.days, of=path)
            if others:
                yield self.chain_days(min(one.days for one in others), of=path)
