"""TLS handshakes that return the server's certificates."""

from checkwright.net import connect
from checkwright.net.tls_context import TlsContexts, TlsOptions, describe_rejection

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    from checkwright.net.certificates import Certificate
    from checkwright.net.connect import Family
    from checkwright.net.deadline import Deadline


def explain_rejection(
    error: "ssl.SSLCertVerificationError",
    host: str,
    port: int,
    name: str,
    contexts: TlsContexts,
    options: TlsOptions,
    family: "Family" = "",
) -> str:
    """Return why the certificate was rejected: with names and dates where cryptography is installed, else in short.

    Makes a second handshake to read the certificates. Never raises a CheckError.
    """
    from checkwright.core.errors import CheckError
    from checkwright.net.deadline import Deadline

    try:
        import cryptography.x509  # noqa: F401 - reads the certificates below
    except ImportError:
        return describe_rejection(error, name, ())[1]
    unverified = TlsOptions(client_cert=options.client_cert, client_key=options.client_key, insecure=True)
    chain: tuple[Certificate, ...]
    try:
        context = contexts.get(unverified)
        chain = peer_chain(host, port, host, context, Deadline(), name, "", family, verified=False)
    except CheckError:
        chain = ()
    return describe_rejection(error, name, chain)[1]


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
) -> "tuple[Certificate, ...]":
    """Connect, shake hands and return the certificate chain of the server, its own certificate first.

    name: the name that the certificate must have. verified: return the chain up to the trusted root, else the chain as
    it was sent. Raises SSLCertVerificationError for a certificate that `context` rejects, otherwise Down or CannotTell.
    """
    import ssl

    from checkwright.net import starttls as plain
    from checkwright.net.certificates import from_der

    sock = connect.connect(host, port, target, deadline, family=family).sock
    try:
        if starttls:
            plain.upgrade(sock, starttls, target)
        sock.settimeout(deadline.left())
        with context.wrap_socket(sock, server_hostname=name) as secure:
            return tuple(from_der(one, target) for one in _chain(secure, verified))
    except ssl.SSLCertVerificationError:
        raise
    except OSError as error:
        raise connect.failure(error, target, deadline) from None
    finally:
        sock.close()


def _chain(secure: "ssl.SSLSocket", verified: bool) -> list[bytes]:
    """Return the certificates as DER. The method is public from Python 3.13; 3.11 and 3.12 have it one level down."""
    method = "get_verified_chain" if verified else "get_unverified_chain"
    if hasattr(secure, method):
        return [bytes(one) for one in getattr(secure, method)() or []]
    inner = getattr(secure, "_sslobj", None)
    if inner is None:
        own = secure.getpeercert(binary_form=True)
        return [own] if own else []
    der = 2
    return [one.public_bytes(der) for one in getattr(inner, method)() or []]


def verification_error() -> "type[ssl.SSLCertVerificationError]":
    """Return the class of the error for a rejected certificate, without loading ssl before it is needed."""
    import ssl

    return ssl.SSLCertVerificationError
