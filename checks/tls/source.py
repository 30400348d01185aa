"""Certificates of servers and in files."""

import os

from checkwright.net import connect
from checkwright.net.handshake import peer_chain, verification_error
from checkwright.net.tls_context import TlsContexts, TlsOptions, check_server_name
from checkwright.sources import CannotTell, Source, doing

#: Packages of others that this family needs: checkwright.net.certificates reads certificates with it.
REQUIRES = "cryptography"

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    from checkwright.net.certificates import Certificate
    from checkwright.net.connect import Family
    from checkwright.sources import Deadline

    StartTls = str  # "", smtp, imap, postgres or mysql

_MAX_FILE = 10_000_000
_PEM_ENDINGS = (".pem", ".crt", ".cer", ".cert")


class Presented:
    """Certificates that a server presented.

    chain: its own certificate first; a trusted chain up to the root, any other as it was sent. problem: "" or expired,
    not yet valid, wrong name, self-signed, not trusted. why: a sentence about the problem.
    """

    __slots__ = ("chain", "problem", "why")

    def __init__(self, chain: "tuple[Certificate, ...]", problem: str = "", why: str = "") -> None:
        self.chain = chain
        self.problem = problem
        self.why = why


class Tls(Source):
    """Certificates of servers and in PEM files."""

    def __init__(self) -> None:
        self._contexts = TlsContexts()

    def presented(
        self,
        host: str,
        port: int,
        *,
        name: str = "",
        starttls: "StartTls" = "",
        ca: str = "",
        client_cert: str = "",
        client_key: str = "",
        family: "Family" = "",
    ) -> Presented:
        """Return the certificates of a server, and what is wrong with them for `name` (by default the host).

        Raises Down where there is no server or no TLS, CannotTell where the connection cannot be tried.
        """
        from checkwright.sources import Deadline

        deadline = Deadline()
        target = f"TLS {connect.join_host_port(host, port)}"
        doing(target)
        check_server_name(name or host, target)
        options = TlsOptions(ca=ca, client_cert=client_cert, client_key=client_key)
        try:
            chain = peer_chain(
                host, port, target, self._contexts.get(options), deadline, name or host, starttls, family, verified=True
            )
            return Presented(chain)
        except verification_error() as error:
            return self._rejected(error, host, port, target, deadline, name or host, starttls, family, options)

    def _rejected(
        self,
        error: "ssl.SSLCertVerificationError",
        host: str,
        port: int,
        target: str,
        deadline: "Deadline",
        name: str,
        starttls: str,
        family: "Family",
        options: TlsOptions,
    ) -> Presented:
        """Connect again without verification, since a failed handshake does not return the certificates."""
        from checkwright.net.tls_context import describe_rejection

        unverified = TlsOptions(client_cert=options.client_cert, client_key=options.client_key, insecure=True)
        chain = peer_chain(
            host, port, target, self._contexts.get(unverified), deadline, name, starttls, family, verified=False
        )
        return Presented(chain, *describe_rejection(error, name, chain))

    def files(self, path: str) -> "list[str]":
        """Return the path itself, or the certificate files of a folder (.pem, .crt, .cer, .cert), sorted.

        Raises CannotTell.
        """
        doing(path)
        try:
            if not os.path.isdir(path):
                return [path]
            found = [os.path.join(path, name) for name in sorted(os.listdir(path)) if name.endswith(_PEM_ENDINGS)]
        except OSError as error:
            raise CannotTell(f"cannot read {path}: {error.strerror}") from None
        if not found:
            raise CannotTell(f"the folder {path} has no file that ends in {', '.join(_PEM_ENDINGS)}")
        return found

    def read(self, path: str) -> "tuple[Certificate, ...]":
        """Read the certificates of one PEM file. Raises CannotTell."""
        from checkwright.net.certificates import from_pem

        doing(path)
        try:
            if not os.path.isfile(path):
                os.stat(path)
                raise CannotTell(f"{path} is not a file")
            with open(path, "rb") as file:
                return from_pem(file.read(_MAX_FILE), path)
        except OSError as error:
            raise CannotTell(f"cannot read {path}: {error.strerror}") from None
