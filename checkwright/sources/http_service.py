"""Base class of checks of a service that publishes its state by HTTP."""

from checkwright.core.check import Check, uses
from checkwright.core.errors import BadUsage, CannotTell, Down
from checkwright.core.options import option
from checkwright.core.secret import Secret
from checkwright.net.tls_context import TlsOptions
from checkwright.sources.http import Http, Reply


class HttpService(Check):
    """Options of a check that reads one service: its URL, a login or token, TLS and proxies.

    A subclass sets the default of `url` and reads paths below it:

        class Traefik(HttpService):
            url: str = HttpService.url_option("http://127.0.0.1:8080", "Traefik's API")
            def probe(self) -> Metrics:
                yield self.errors(self.get("/api/overview").json().number("http.routers.errors"))

    With a URL `/run/service.sock`, the path of a Unix socket, the requests go through that socket. Use `HttpCheck` for
    a check that also has a method, headers, a body and an expected status.
    """

    http = uses(Http)

    url: str = option(
        "URL of the service, or the path of its Unix socket", flags="-u --url", example="http://127.0.0.1:8080"
    )
    token: Secret | None = option("Bearer token", default=None)
    auth: Secret | None = option("Login for basic authentication, USER:PASSWORD", default=None)
    ca: str = option("Certificates of authorities to trust instead of the system's, file or folder", default="")
    client_cert: str = option("Client certificate, PEM, with its key unless --client-key has it", default="")
    client_key: str = option("Key of the client certificate, PEM", default="")
    insecure: bool = option("Accept any certificate", default=False)
    proxy_from_env: bool = option("Use the proxies from the environment", default=False)

    @staticmethod
    def url_option(default: str, what: str = "the service") -> str:
        """Return the option `--url` with a default. what: the service, for the help text."""
        return option(f"URL of {what}, or the path of its Unix socket", flags="-u --url", default=default)

    def validate(self) -> None:
        if not self.url.lower().startswith(("http://", "https://", "/")):
            raise BadUsage(f"--url: {self.url!r} must begin with http://, https:// or be the path of a socket")
        if self.token is not None and self.auth is not None:
            raise BadUsage("give a token or a login, not both: they are sent in the same header")
        if self.insecure and self.ca:
            raise BadUsage("--insecure and --ca exclude each other")
        if self.client_key and not self.client_cert:
            raise BadUsage("--client-key needs --client-cert")

    def get(self, path: str = "") -> Reply:
        """Request a path below the URL.

        Raises Down for no answer, and for a status of 400 or more. Raises CannotTell if the account is rejected (401
        and 403) or if there is nothing at the path (404): the service runs, and this check is set up incorrectly.
        """
        return self.accepted(self.fetch(path))

    def accepted(self, reply: Reply) -> Reply:
        """Return an answer of `fetch` with a status below 400. Raises Down and CannotTell as `get` does."""
        if reply.status >= 400:
            status = f"GET {reply.url.partition('?')[0]}: status {reply.format_status()}"
            if reply.status in (401, 403):
                known = self.token is not None or self.auth is not None
                why = f": {reply.excerpt()}" if reply.text.lstrip().startswith("{") else ""
                raise CannotTell(
                    f"{status}: {'it rejects this account' if known else 'it allows no request from here'}{why}"
                )
            if reply.status == 404:
                raise CannotTell(
                    f"{status}: it has nothing at this path: see --url, and enable this page in the service"
                )
            raise Down(f"{status}{f': {text}' if (text := reply.excerpt()) else ''}")
        return reply

    def fetch(self, path: str = "") -> Reply:
        """Request a path below the URL and return the answer, whatever its status. Raises Down for no answer.

        A path that begins with `?` or `;` is added to the URL as it is.
        """
        local = self.url.startswith("/")
        base = "http://localhost" if local else self.url
        if path and path[0] not in "?;":
            base, path = base.rstrip("/"), f"/{path.lstrip('/')}"
        return self.http.request(
            "GET",
            f"{base}{path}",
            token=self.token,
            login=self.auth,
            tls=TlsOptions(
                ca=self.ca, client_cert=self.client_cert, client_key=self.client_key, insecure=self.insecure
            ),
            proxy_from_env=self.proxy_from_env and not local,
            unix_socket=self.url if local else "",
        )
