"""Certificates of servers and in files."""

import os

from checkwright.net import connect
from checkwright.net.handshake import RejectedCertificate, peer_chain
from checkwright.net.tls_context import TlsContexts, TlsOptions, server_name
from checkwright.sources import CannotTell, Down, Source, doing

#: Packages of others that this family needs: checkwright.net.certificates reads certificates with it.
REQUIRES = "cryptography"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checkwright.net.certificates import Certificate
    from checkwright.net.connect import Family

    StartTls = str  # "" or a protocol of checkwright.net.starttls.PORTS

_MAX_FILE = 10_000_000
_ENDINGS = (".pem", ".crt", ".cer", ".cert", ".der")


class Presented:
    """Certificates that a server presented.

    chain: its own certificate first; a trusted chain up to the root, any other as it was sent. problem: "" or expired,
    not yet valid, wrong name, self-signed, not trusted. why: a sentence about the problem. note: a fact about the
    server that is no problem.
    """

    __slots__ = ("chain", "note", "problem", "why")

    def __init__(self, chain: "tuple[Certificate, ...]", problem: str = "", why: str = "", *, note: str = "") -> None:
        self.chain = chain
        self.problem = problem
        self.why = why
        self.note = note


class Tls(Source):
    """Certificates of servers and in files."""

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

        A server that requires a client certificate has sent its own before. Raises Down if there is no server or no
        TLS, CannotTell if the connection cannot be tried.
        """
        from checkwright.net.tls_context import describe_rejection
        from checkwright.sources import Deadline

        deadline = Deadline()
        target = f"TLS {connect.join_host_port(host, port)}"
        doing(target)
        name = server_name(name or host, target)
        options = TlsOptions(ca=ca, client_cert=client_cert, client_key=client_key)
        context = self._contexts.get(options)
        try:
            found = peer_chain(host, port, target, context, deadline, name, starttls, family, verified=True)
        except RejectedCertificate as rejected:
            # Connect again without verification, since a failed handshake does not return the certificates.
            unverified = TlsOptions(client_cert=client_cert, client_key=client_key, insecure=True)
            context = self._contexts.get(unverified)
            found = peer_chain(host, port, target, context, deadline, name, starttls, family, verified=False)
            chain = found.certificates
            return Presented(chain, *describe_rejection(rejected.error, name, chain, rejected.built))
        if found.client_certificate_required and client_cert:
            raise Down(f"{target}: the server does not accept the client certificate {client_cert}")
        note = "the server requires a client certificate" if found.client_certificate_required else ""
        return Presented(found.certificates, note=note)

    def files(self, path: str) -> "list[str]":
        """Return the path itself, or the files of a folder that hold certificates, sorted.

        The names of these files end in .pem, .crt, .cer, .cert or .der. Keys, parameters and requests among them are
        skipped. Raises CannotTell.
        """
        doing(path)
        try:
            if not os.path.isdir(path):
                return [path]
            named = [os.path.join(path, name) for name in sorted(os.listdir(path)) if name.endswith(_ENDINGS)]
        except OSError as error:
            raise CannotTell(f"cannot read {path}: {error.strerror}") from None
        if not named:
            raise CannotTell(f"the folder {path} has no file that ends in {', '.join(_ENDINGS)}")
        found = [file for file in named if self._may_hold_certificate(file)]
        if not found:
            raise CannotTell(f"the folder {path} has no file with a certificate")
        return found

    def read(self, path: str) -> "tuple[Certificate, ...]":
        """Read the certificates of one file, PEM or DER. Raises CannotTell."""
        from checkwright.net.certificates import from_file

        doing(path)
        return from_file(self._content(path), path)

    def _may_hold_certificate(self, path: str) -> bool:
        """Return False for a key. A file that cannot be read counts, unless its name says that it is a key."""
        from checkwright.net.certificates import is_der_key, may_hold_certificate

        try:
            data = self._content(path)
        except CannotTell:
            return "key" not in os.path.basename(path).lower()
        return may_hold_certificate(data) and not is_der_key(data)

    def _content(self, path: str) -> bytes:
        try:
            if not os.path.isfile(path):
                os.stat(path)
                raise CannotTell(f"{path} is not a file")
            with open(path, "rb") as file:
                return file.read(_MAX_FILE)
        except OSError as error:
            raise CannotTell(f"cannot read {path}: {error.strerror}") from None
