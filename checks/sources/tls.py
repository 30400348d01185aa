"""Certificates that servers show, and certificates in files."""

import os

from checks.core.current import doing
from checks.core.errors import CannotTell
from checks.core.source import Source
from checks.sources import net
from checks.sources.trust import TlsContexts, TlsOptions, check_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    from checks.sources.certificates import Certificate
    from checks.sources.deadline import Deadline
    from checks.sources.net import Family

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
        from checks.sources.deadline import Deadline

        deadline = Deadline()
        what = f"TLS {net.shown_host(host, port)}"
        doing(what)
        check_name(name or host, what)
        options = TlsOptions(ca=ca, client_cert=client_cert, client_key=client_key)
        try:
            chain = _shake(
                host, port, what, self._contexts.get(options), deadline, name or host, starttls, family, verified=True
            )
            return Presented(chain)
        except _untrusted() as error:
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
        from checks.sources.trust import objection

        blind = TlsOptions(client_cert=options.client_cert, client_key=options.client_key, insecure=True)
        chain = _shake(host, port, what, self._contexts.get(blind), deadline, name, starttls, family, verified=False)
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
        from checks.sources.certificates import from_pem

        doing(path)
        try:
            if not os.path.isfile(path):
                os.stat(path)
                raise CannotTell(f"{path} is no file")
            with open(path, "rb") as file:
                return from_pem(file.read(_MAX_FILE), path)
        except OSError as error:
            raise CannotTell(f"cannot read {path}: {error.strerror}") from None


def explained(
    error: "ssl.SSLCertVerificationError",
    host: str,
    port: int,
    name: str,
    contexts: TlsContexts,
    options: TlsOptions,
    family: "Family" = "",
) -> str:
    """Why a handshake was refused by us, with the name or date that it is about. Never raises a trouble of its own."""
    from checks.core.errors import Trouble
    from checks.sources.deadline import Deadline
    from checks.sources.trust import objection

    blind = TlsOptions(client_cert=options.client_cert, client_key=options.client_key, insecure=True)
    chain: tuple[Certificate, ...]
    try:
        chain = _shake(host, port, host, contexts.get(blind), Deadline(), name, "", family, verified=False)
    except Trouble:
        chain = ()
    return objection(error, name, chain)[1]


def _shake(
    host: str,
    port: int,
    what: str,
    context: "ssl.SSLContext",
    deadline: "Deadline",
    name: str,
    starttls: str,
    family: "Family",
    *,
    verified: bool,
) -> "tuple[Certificate, ...]":
    import ssl

    from checks.sources import starttls as plain
    from checks.sources.certificates import from_der

    sock = net.connect(host, port, what, deadline, family=family).sock
    try:
        if starttls:
            plain.upgrade(sock, starttls, what)
        sock.settimeout(deadline.left())
        with context.wrap_socket(sock, server_hostname=name) as secure:
            return tuple(from_der(one, what) for one in _chain(secure, verified))
    except ssl.SSLCertVerificationError:
        raise
    except OSError as error:
        raise net.trouble(error, what, deadline) from None
    finally:
        sock.close()


def _chain(secure: "ssl.SSLSocket", verified: bool) -> list[bytes]:
    """The certificates as DER. Public in Python from 3.13; 3.11 and 3.12 have the same method one level down."""
    method = "get_verified_chain" if verified else "get_unverified_chain"
    if hasattr(secure, method):
        return [bytes(one) for one in getattr(secure, method)() or []]
    inner = getattr(secure, "_sslobj", None)
    if inner is None:
        own = secure.getpeercert(binary_form=True)
        return [own] if own else []
    der = 2
    return [one.public_bytes(der) for one in getattr(inner, method)() or []]


def _untrusted() -> "type[ssl.SSLCertVerificationError]":
    import ssl

    return ssl.SSLCertVerificationError
