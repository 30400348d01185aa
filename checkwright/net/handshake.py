"""TLS handshakes that show the certificates of a server."""

from checkwright.net import connect
from checkwright.net.tls_context import TlsContexts, TlsOptions, objection

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    from checkwright.net.certificates import Certificate
    from checkwright.net.connect import Family
    from checkwright.net.deadline import Deadline


def explained(
    error: "ssl.SSLCertVerificationError",
    host: str,
    port: int,
    name: str,
    contexts: TlsContexts,
    options: TlsOptions,
    family: "Family" = "",
) -> str:
    """Return why we refused the handshake: with names and dates where cryptography is installed, else in short.

    Never raises a CheckError.
    """
    from checkwright.core.errors import CheckError
    from checkwright.net.deadline import Deadline

    try:
        import cryptography.x509  # noqa: F401 - reads the certificates below
    except ImportError:
        return objection(error, name, ())[1]
    blind = TlsOptions(client_cert=options.client_cert, client_key=options.client_key, insecure=True)
    chain: tuple[Certificate, ...]
    try:
        chain = handshake(host, port, host, contexts.get(blind), Deadline(), name, "", family, verified=False)
    except CheckError:
        chain = ()
    return objection(error, name, chain)[1]


def handshake(
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

    from checkwright.net import starttls as plain
    from checkwright.net.certificates import from_der

    sock = connect.connect(host, port, what, deadline, family=family).sock
    try:
        if starttls:
            plain.upgrade(sock, starttls, what)
        sock.settimeout(deadline.left())
        with context.wrap_socket(sock, server_hostname=name) as secure:
            return tuple(from_der(one, what) for one in _chain(secure, verified))
    except ssl.SSLCertVerificationError:
        raise
    except OSError as error:
        raise connect.trouble(error, what, deadline) from None
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


def untrusted() -> "type[ssl.SSLCertVerificationError]":
    import ssl

    return ssl.SSLCertVerificationError
