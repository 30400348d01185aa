"""Days until a certificate ends, on a server or in a file."""

from checks.tls.source import Tls
from checkwright import BadUsage, CannotTell, Check, Literal, Metrics, gauge, option, uses, verdict

_PORTS = {"": 443, "smtp": 25, "imap": 143, "postgres": 5432, "mysql": 3306}


class TlsCertificate(Check):
    """How long a server's certificate is still good, and whether clients trust it.

    Expired, not yet valid, for another name, self-signed and not trusted are each CRITICAL in their own words. The rest
    of the chain counts as well: an authority's certificate that ends takes every server's with it. With --file the
    certificates on disk are read instead, before a server shows them.
    """

    thread_safe = True

    tls = uses(Tls)

    host: str = option("Server to ask", flags="-H --host", default="", example="www.example.com")
    port: int | None = option(
        "Port; by default 443, or the one of the protocol of --starttls", flags="-p --port", default=None
    )
    sni: str = option("Name to ask for and to expect, if it is not the host", default="")
    starttls: Literal["smtp", "imap", "postgres", "mysql"] | None = option(
        "Protocol to speak before TLS starts", default=None
    )
    files: tuple[str, ...] = option("PEM file, or folder of them, to read instead", flags="-f --file", default=())
    ca: str = option("Certificates of authorities to trust instead of the system's, file or folder", default="")
    client_cert: str = option("Our own certificate, PEM, with its key unless --client-key names it", default="")
    client_key: str = option("Key of our own certificate, PEM", default="")
    ipv4: bool = option("Use IPv4 only", flags="-4 --ipv4", default=False)
    ipv6: bool = option("Use IPv6 only", flags="-6 --ipv6", default=False)

    trust = verdict("Certificate", ok=["valid"])
    days = gauge("Time left", "days", warn="30:", crit="14:")
    chain_days = gauge("Time left in the rest of the chain", "days", warn="30:", crit="14:", optional=True)

    def validate(self) -> None:
        if bool(self.host) == bool(self.files):
            raise BadUsage("give either --host or --file")
        if self.port is not None and not 1 <= self.port <= 65_535:
            raise BadUsage(f"--port: {self.port} is no port: give 1 to 65535")
        for flag in ("port", "sni", "starttls", "ca", "client_cert", "client_key", "ipv4", "ipv6"):
            if self.files and flag in self.explicit:
                raise BadUsage(f"--{flag.replace('_', '-')} is for a server: it has no meaning with --file")
        if self.ipv4 and self.ipv6:
            raise BadUsage("--ipv4 and --ipv6 exclude each other")
        if self.client_key and not self.client_cert:
            raise BadUsage("--client-key needs --client-cert")

    def probe(self) -> Metrics:
        return self._files() if self.files else self._server()

    def _server(self) -> Metrics:
        shown = self.tls.presented(
            self.host,
            self.port or _PORTS[self.starttls or ""],
            name=self.sni,
            starttls=self.starttls or "",
            ca=self.ca,
            client_cert=self.client_cert,
            client_key=self.client_key,
            family="4" if self.ipv4 else "6" if self.ipv6 else "",
        )
        if not shown.chain:
            raise CannotTell(f"{self.host} showed no certificate")
        own, *others = shown.chain
        yield self.trust(shown.problem or "valid", hint=shown.why or f"{own.subject}, issued by {own.issuer}")
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
