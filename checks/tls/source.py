"""Certificates that servers show, and certificates in files."""

import os

from checkwright.core.current import doing
from checkwright.core.errors import CannotTell
from checkwright.core.source import Source
from checkwright.net import connect
from checkwright.net.handshake import handshake, untrusted
from checkwright.net.tls_context import TlsContexts, TlsOptions, check_name

#: Modules of other packages that this family imports: net.certificates reads certificates with it.
REQUIRES = "cryptography"

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    from checkwright.net.certificates import Certificate
    from checkwright.net.connect import Family
    from checkwright.net.deadline import Deadline

    StartTls = str  # "", smtp, imap, postgres or mysql

_MAX_FILE = 10_000_000
_PEM_ENDINGS = (".pem", ".crt", ".cer", ".cert")


class Presented:
    """What a server showed.

    chain: its own certificate first; where it is trusted, up to the root, else as it was sent. problem: "" or expired,
    not yet valid, wrong name, self-signed, not trusted. why: a sentence about the problem.
    """

    __slots__ = ("chain", "problem", "why")

    def __init__(self, chain: "tuple[Certificate, ...]", problem: str = "", why: str = "") -> None:
        self.chain = chain
        self.problem = problem
        self.why = why


class Tls(Source):
    """Reads certificates from servers and from files."""

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
        """The certificates of a server, and what is wrong with them for `name` (the host, unless given).

        Raises Down where there is no server or no TLS, CannotTell where we could not look.
        """
        from checkwright.net.deadline import Deadline

        deadline = Deadline()
        what = f"TLS {connect.shown_host(host, port)}"
        doing(what)
        check_name(name or host, what)
        options = TlsOptions(ca=ca, client_cert=client_cert, client_key=client_key)
        try:
            chain = handshake(
                host, port, what, self._contexts.get(options), deadline, name or host, starttls, family, verified=True
            )
            return Presented(chain)
        except untrusted() as error:
            return self._rejected(error, host, port, what, deadline, name or host, starttls, family, options)

    def _rejected(
        self,
        error: "ssl.SSLCertVerificationError",
        host: str,
        port: int,
        what: str,
        deadline: "Deadline",
        name: str,
        starttls: str,
        family: "Family",
        options: TlsOptions,
    ) -> Presented:
        """Look again without trust: a handshake that failed does not give the certificates away."""
        from checkwright.net.tls_context import objection

        blind = TlsOptions(client_cert=options.client_cert, client_key=options.client_key, insecure=True)
        chain = handshake(host, port, what, self._contexts.get(blind), deadline, name, starttls, family, verified=False)
        return Presented(chain, *objection(error, name, chain))

    def files(self, path: str) -> "list[str]":
        """The certificate files that a path means: itself, or those of a folder (.pem, .crt, .cer, .cert), sorted.

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
            raise CannotTell(f"the folder {path} holds no file that ends in {', '.join(_PEM_ENDINGS)}")
        return found

    def read(self, path: str) -> "tuple[Certificate, ...]":
        """The certificates of one PEM file. Raises CannotTell."""
        from checkwright.net.certificates import from_pem

        doing(path)
        try:
            if not os.path.isfile(path):
                os.stat(path)
                raise CannotTell(f"{path} is no file")
            with open(path, "rb") as file:
                return from_pem(file.read(_MAX_FILE), path)
        except OSError as error:
            raise CannotTell(f"cannot read {path}: {error.strerror}") from None
