"""Base class of checks that log in to a server with a protocol of its own, such as Redis or PostgreSQL."""

from checkwright.core.check import Check
from checkwright.core.errors import BadUsage
from checkwright.core.options import option
from checkwright.core.secret import Secret
from checkwright.net.tls_context import TlsOptions
from checkwright.sources.server_login import ServerLogin


class ServerCheck(Check):
    """Options of a check of one server: its address, a login, and TLS.

    A subclass sets the default of `host`:

        class Valkey(ServerCheck):
            host: str = ServerCheck.host_option("127.0.0.1", "6379")
    """

    host: str = option("Server, HOST[:PORT] or the path of its socket", flags="-H --host", example="db-1")
    user: str = option("Name to log in with", flags="-u --user", default="")
    password: Secret | None = option("Password to log in with", default=None)
    tls: bool = option("Connect with TLS", default=False)
    ca: str = option("Certificates of authorities to trust instead of the system's, file or folder", default="")
    client_cert: str = option("Client certificate, PEM, with its key unless --client-key has it", default="")
    client_key: str = option("Key of the client certificate, PEM", default="")
    insecure: bool = option("Accept any certificate", default=False)

    @staticmethod
    def host_option(default: str, port: str) -> str:
        """Return the option `--host` with a default. port: the port that the server has by default."""
        help = f"Server, HOST[:PORT] with port {port} by default, or the path of its socket, which begins with /"
        return option(help, flags="-H --host", default=default)

    def validate(self) -> None:
        if not self.host:
            raise BadUsage("--host is empty: give HOST[:PORT] or the path of a socket")
        self.validate_tls()

    def validate_tls(self) -> None:
        """Refuse options of TLS that do not fit together. Raises BadUsage."""
        if self.tls and self.host.startswith("/"):
            raise BadUsage("--tls needs HOST:PORT, not the path of a socket")
        for flag in ("ca", "client_cert", "client_key", "insecure"):
            if getattr(self, flag) and not self.tls:
                raise BadUsage(f"--{flag.replace('_', '-')} needs --tls")
        if self.insecure and self.ca:
            raise BadUsage("--insecure and --ca exclude each other")
        if self.client_key and not self.client_cert:
            raise BadUsage("--client-key needs --client-cert")

    def login(self, database: str = "", host: str = "") -> ServerLogin:
        """Return the server and the account, with the database to connect to. host: instead of that of `--host`."""
        return ServerLogin(
            host or self.host, user=self.user, password=self.password, database=database, tls=self.tls_options()
        )

    def tls_options(self) -> TlsOptions | None:
        """Return the options of the TLS connection, None for a plain one."""
        if not self.tls:
            return None
        return TlsOptions(ca=self.ca, client_cert=self.client_cert, client_key=self.client_key, insecure=self.insecure)
