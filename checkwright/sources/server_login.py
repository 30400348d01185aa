"""Place of a server and the account that a check logs in with."""

from checkwright.core.secret import Secret
from checkwright.net.tls_context import TlsOptions


class ServerLogin:
    """Place of a server and the account of the check.

    host: `HOST[:PORT]`, the path of a socket, or the folder of a server's sockets. user: by default the user that runs
    the check. tls: options of the TLS connection, None for a plain one.
    """

    __slots__ = ("database", "host", "password", "tls", "user")

    def __init__(
        self,
        host: str,
        *,
        user: str = "",
        password: Secret | None = None,
        database: str = "",
        tls: TlsOptions | None = None,
    ) -> None:
        self.host = host
        self.user = user
        self.password = password
        self.database = database
        self.tls = tls
