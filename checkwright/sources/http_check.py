"""Base class of checks that send one HTTP request."""

from checkwright.core.check import Check, uses
from checkwright.core.current import doing
from checkwright.core.errors import BadUsage, CannotTell
from checkwright.core.options import Size, option
from checkwright.core.secret import Secret
from checkwright.net.tls_context import TlsOptions
from checkwright.sources.http import AGENT, MAX_SIZE, Http, Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal
else:
    from checkwright.core.options import Choices as Literal

_MAX_BODY = 10_000_000


class HttpCheck(Check):
    """Options of a check that sends one request with `self.fetch()`.

    A subclass, `class Shop(HttpCheck)`, has `--url`, `--redirect`, `--ca` and all the others, and adds its own.
    """

    http = uses(Http)

    url: str = option("URL to request", flags="-u --url", example="https://www.example.com/health")
    method: str = option("HTTP method; by default GET, with a body POST", flags="-j --method", default="")
    body: str = option("Body to send, or @FILE", flags="-P --body", default="")
    headers: tuple[str, ...] = option("Header to send, NAME: VALUE", flags="-k --header", default=())
    secret_headers: tuple[Secret, ...] = option("Secret header, NAME: VALUE", flags="--header", default=())
    token: Secret | None = option("Bearer token", default=None)
    auth: Secret | None = option("Login for basic authentication, USER:PASSWORD", default=None)
    agent: str = option("User agent to send", flags="-A --agent", default=AGENT)
    expect_status: tuple[str, ...] = option(
        "Expected status, one or a range; several with commas", default=("200-299",), example="200-299,301"
    )
    redirect: Literal["follow", "sticky", "none"] = option(  # noqa: F821 - words, not names
        "Handling of redirects; sticky follows them but stays at the same address",
        flags="-f --redirect",
        default="follow",
    )
    ca: str = option("Certificates of authorities to trust instead of the system's, file or folder", default="")
    client_cert: str = option("Client certificate, PEM, with its key unless --client-key has it", default="")
    client_key: str = option("Key of the client certificate, PEM", default="")
    insecure: bool = option("Accept any certificate", default=False)
    ipv4: bool = option("Use IPv4 only", flags="-4 --ipv4", default=False)
    ipv6: bool = option("Use IPv6 only", flags="-6 --ipv6", default=False)
    resolve: tuple[str, ...] = option(
        "Address to use for a host name, HOST:ADDRESS", default=(), example="www.example.com:10.0.0.7"
    )
    proxy_from_env: bool = option("Use the proxies from the environment", default=False)
    max_size: Size = option("Largest answer to read", default=MAX_SIZE, unit="B")

    def validate(self) -> None:
        if not self.url.lower().startswith(("http://", "https://")):
            raise BadUsage(f"--url: {self.url!r} must begin with http:// or https://")
        for header in self.headers:
            if not header.partition(":")[0].strip() or ":" not in header:
                raise BadUsage(f"--header: {header!r} is not a header: write NAME: VALUE")
        if self.token is not None and self.auth is not None:
            raise BadUsage("give a token or a login, not both: they are sent in the same header")
        if self.ipv4 and self.ipv6:
            raise BadUsage("--ipv4 and --ipv6 exclude each other")
        if self.insecure and self.ca:
            raise BadUsage("--insecure and --ca exclude each other")
        if self.client_key and not self.client_cert:
            raise BadUsage("--client-key needs --client-cert")
        if self.max_size < 1:
            raise BadUsage(f"--max-size: {self.max_size} is not a size: set 1 byte or more")
        self._pinned()
        self._status_ranges()

    def fetch(self) -> Reply:
        """Send the request and return the answer, whatever its status. Raises Down, CannotTell, BadUsage."""
        body = self._body()
        return self.http.request(
            self.method or ("GET" if body is None else "POST"),
            self.url,
            token=self.token,
            login=self.auth,
            headers=self.headers,
            secret_headers=self.secret_headers,
            body=body,
            agent=self.agent,
            redirect=self.redirect,
            tls=TlsOptions(
                ca=self.ca, client_cert=self.client_cert, client_key=self.client_key, insecure=self.insecure
            ),
            family="4" if self.ipv4 else "6" if self.ipv6 else "",
            resolve=self._pinned(),
            proxy_from_env=self.proxy_from_env,
            max_size=self.max_size if self.max_size != MAX_SIZE else None,
        )

    def status_fits(self, reply: Reply) -> bool:
        """Return True if `--expect-status` includes the status of the answer."""
        return any(low <= reply.status <= high for low, high in self._status_ranges())

    def _body(self) -> bytes | None:
        if not self.body.startswith("@"):
            return self.body.encode() if self.body else None
        doing(f"the body to send, {self.body[1:]}")
        try:
            with open(self.body[1:], "rb") as file:
                found = file.read(_MAX_BODY + 1)
        except OSError as error:
            raise CannotTell(f"cannot read the body to send from {self.body[1:]}: {error.strerror}") from None
        if len(found) > _MAX_BODY:
            raise CannotTell(f"the body to send in {self.body[1:]} is larger than {_MAX_BODY} bytes")
        return found

    def _pinned(self) -> dict[str, str]:
        pinned = {}
        for text in self.resolve:
            host, colon, address = text.partition(":")
            address = address.removeprefix("[").removesuffix("]")
            if not host or not colon or not _is_address(address):
                raise BadUsage(f"--resolve: {text!r} is not HOST:ADDRESS, with an IPv4 or IPv6 address")
            pinned[host] = address
        return pinned

    def _status_ranges(self) -> list[tuple[int, int]]:
        ranges = []
        for text in ",".join(self.expect_status).split(","):
            low, dash, high = text.strip().partition("-")
            ends = (low, high if dash else low)
            if not all(len(end) == 3 and end.isascii() and end.isdigit() for end in ends) or ends[0] > ends[1]:
                raise BadUsage(f"--expect-status: {text!r} is not a status: write 200, 200-299 or 200-299,301")
            ranges.append((int(ends[0]), int(ends[1])))
        return ranges


def _is_address(text: str) -> bool:
    import socket

    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, text)
        except (OSError, UnicodeError):
            continue
        return True
    return False
