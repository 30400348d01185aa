"""TLS handshakes that return the server's certificates."""

from checkwright.net import connect
from checkwright.net.tls_context import (
    TlsContexts,
    TlsOptions,
    describe_rejection,
    may_want_client_certificate,
    server_name,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    from checkwright.net.certificates import Certificate
    from checkwright.net.connect import Family
    from checkwright.net.deadline import Deadline
    from checkwright.net.deadline_tls import DeadlineSSLSocket


class Chain:
    """Certificates of one handshake.

    certificates: the chain of the server, its own certificate first. client_certificate_required: the server ended the
    handshake since we have no certificate, after it had sent its own.
    """

    __slots__ = ("certificates", "client_certificate_required")

    def __init__(self, certificates: "tuple[Certificate, ...]", *, client_certificate_required: bool = False) -> None:
        self.certificates = certificates
        self.client_certificate_required = client_certificate_required


class RejectedCertificate(Exception):
    """Certificate that is not trusted.

    error: the reason. built: the chain up to a root of this machine, empty if there is none.
    """

    def __init__(self, error: "ssl.SSLCertVerificationError", built: "tuple[Certificate, ...]") -> None:
        super().__init__(str(error))
        self.error = error
        self.built = built


def explain_rejection(
    error: "ssl.SSLCertVerificationError",
    host: str,
    port: int,
    name: str,
    contexts: TlsContexts,
    options: TlsOptions,
    family: "Family" = "",
    starttls: str = "",
) -> str:
    """Return why the certificate was rejected: with names and dates where cryptography is installed, else in short.

    Makes further handshakes to read the certificates. Never raises a CheckError.
    """
    from checkwright.core.errors import CheckError
    from checkwright.net.deadline import Deadline

    try:
        import cryptography.x509  # noqa: F401 - reads the certificates below
    except ImportError:
        return describe_rejection(error, name, ())[1]
    unverified = TlsOptions(client_cert=options.client_cert, client_key=options.client_key, insecure=True)
    chain: tuple[Certificate, ...] = ()
    built: tuple[Certificate, ...] = ()
    try:
        context = contexts.get(unverified)
        chain = peer_chain(host, port, host, context, Deadline(), name, starttls, family, verified=False).certificates
        if all(one.days >= 0 for one in chain):  # a root of this machine may be the one that expired
            context = contexts.get(options)
            peer_chain(host, port, host, context, Deadline(), name, starttls, family, verified=True)
    except RejectedCertificate as rejected:
        built = rejected.built
    except CheckError:
        pass
    return describe_rejection(error, name, chain, built)[1]


#: Contexts of connect_tls: reading the certificates of all authorities takes milliseconds.
_CONTEXTS = TlsContexts()


def connect_tls(
    host: str, port: int, target: str, options: TlsOptions, family: "Family" = "", starttls: str = ""
) -> "tuple[DeadlineSSLSocket, str, Deadline]":
    """Connect and shake hands. Returns the socket, the target and the deadline of the conversation.

    starttls: the protocol that switches to TLS, such as `postgres`; "" if the server begins with TLS.
    Raises Down for a server without TLS and for a certificate that is not trusted, CannotTell, BadUsage.
    """
    import ssl

    from checkwright.core.errors import Down
    from checkwright.net import starttls as plain
    from checkwright.net.deadline import Deadline
    from checkwright.net.deadline_tls import DeadlineSSLSocket

    context = _CONTEXTS.get(options)
    name = server_name(host, target)
    deadline = Deadline()
    sock = connect.connect(host, port, target, deadline, family=family).sock
    try:
        if starttls:
            plain.upgrade(sock, starttls, target, name)
        secure = context.wrap_socket(sock, server_hostname=name.encode("ascii"))
    except ssl.SSLCertVerificationError as error:
        why = explain_rejection(error, host, port, name, _CONTEXTS, options, family, starttls)
        raise Down(f"{target}: {why}") from None
    except OSError as error:
        raise connect.failure(error, target, deadline) from None
    finally:
        sock.close()
    if not isinstance(secure, DeadlineSSLSocket):
        raise TypeError("the context makes sockets without a deadline")
    secure.deadline = deadline
    return secure, target, deadline


def peer_chain(
    host: str,
    port: int,
    target: str,
    context: "ssl.SSLContext",
    deadline: "Deadline",
    name: str,
    starttls: str,
    family: "Family",
    *,
    verified: bool,
) -> Chain:
    """Connect, shake hands and return the certificate chain of the server.

    name: the name that the certificate must have. verified: return the chain up to the trusted root, else the chain as
    it was sent. Raises RejectedCertificate for a certificate that `context` rejects, otherwise Down or CannotTell.
    """
    import ssl

    from checkwright.net import starttls as plain

    sock = connect.connect(host, port, target, deadline, family=family).sock
    secure: ssl.SSLSocket | None = None
    try:
        if starttls:
            plain.upgrade(sock, starttls, target, name)
        sock.settimeout(deadline.left())
        secure = context.wrap_socket(sock, server_hostname=name.encode("ascii"), do_handshake_on_connect=False)
        secure.do_handshake()
        return Chain(_certificates(secure, verified, target))
    except ssl.SSLCertVerificationError as error:
        raise RejectedCertificate(error, _built(secure, target)) from None
    except OSError as error:
        if (
            secure is not None
            and may_want_client_certificate(error)
            and (sent := _certificates(secure, verified, target))
        ):
            return Chain(sent, client_certificate_required=True)
        raise connect.failure(error, target, deadline) from None
    finally:
        (secure or sock).close()


def _built(secure: "ssl.SSLSocket | None", target: str) -> "tuple[Certificate, ...]":
    """Return the chain that OpenSSL built before it rejected it; empty where it cannot be read."""
    from checkwright.core.errors import CannotTell

    try:
        return () if secure is None else _certificates(secure, True, target)
    except (CannotTell, OSError, ValueError):
        return ()


def _certificates(secure: "ssl.SSLSocket", verified: bool, target: str) -> "tuple[Certificate, ...]":
    """Return the certificates. The method is public from Python 3.13; 3.11 and 3.12 have it one level down."""
    from checkwright.net.certificates import from_der

    method = "get_verified_chain" if verified else "get_unverified_chain"
    if hasattr(secure, method):
        encoded = [bytes(one) for one in getattr(secure, method)() or []]
    elif (inner := getattr(secure, "_sslobj", None)) is not None:
        der = 2
        encoded = [one.public_bytes(der) for one in getattr(inner, method)() or []]
    else:
        own = secure.getpeercert(binary_form=True)
        encoded = [own] if own else []
    return tuple(from_der(one, target) for one in encoded)
