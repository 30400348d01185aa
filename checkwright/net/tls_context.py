"""TLS contexts, and sentences about certificates that are not trusted."""

import os

from checkwright.core.current import current, doing
from checkwright.core.errors import BadUsage, CannotTell
from checkwright.net import trust_store
from checkwright.net.host_names import to_ascii, without_brackets

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

    from checkwright.net.certificates import Certificate

# OpenSSL's verification codes that have a sentence of their own below.
_NOT_YET_VALID, _EXPIRED, _SELF_SIGNED, _SELF_SIGNED_ROOT, _NO_ISSUER, _NO_FIRST_ISSUER = 9, 10, 18, 19, 20, 21
_WRONG_NAME, _WRONG_ADDRESS = 62, 64
#: Characters of one part of a name in DNS.
_LONGEST_LABEL = 63


class TlsOptions:
    """Options of a TLS connection.

    ca: file or folder of authorities to trust instead of the system's. client_cert, client_key: our own certificate.
    insecure: accept any certificate.
    """

    __slots__ = ("ca", "client_cert", "client_key", "insecure")

    def __init__(self, *, ca: str = "", client_cert: str = "", client_key: str = "", insecure: bool = False) -> None:
        self.ca = ca
        self.client_cert = client_cert
        self.client_key = client_key
        self.insecure = insecure


class TlsContexts:
    """Cache of SSL contexts, since reading the certificates of all authorities takes milliseconds.

    A context is replaced when one of its files, or a variable of the environment that names one, has changed. So a warm
    worker follows a renewal. alpn: protocols to offer in the handshake.
    """

    def __init__(self, alpn: tuple[str, ...] = ()) -> None:
        self._alpn = alpn
        self._system = ""
        self._made: dict[tuple[object, ...], tuple[object, ssl.SSLContext]] = {}

    def get(self, options: TlsOptions) -> "ssl.SSLContext":
        """Return the context for these options. Raises CannotTell if a file is missing or unusable."""
        files = (options.ca, options.client_cert, options.client_key)
        before = current().doing
        if any(files):
            doing(", ".join(filter(None, files)))
        trusted = self._trusted(options)
        key = (*files, options.insecure, trusted)
        version = [file_version(path) for path in (*files, *(path for _, path in trusted))]
        found = self._made.get(key)
        if found is None or found[0] != version:
            found = self._made[key] = (version, _context(options, trusted, self._alpn))
        doing(before)
        return found[1]

    def _trusted(self, options: TlsOptions) -> tuple[tuple[str, str], ...]:
        """Return files and folders of authorities, each with the variable that names it, "" for none."""
        if options.insecure:
            return ()
        if options.ca:
            return (("", options.ca),)
        if found := trust_store.named():
            return found
        self._system = self._system or trust_store.of_the_system()
        return (("", self._system),)


def _context(options: TlsOptions, trusted: "tuple[tuple[str, str], ...]", alpn: "tuple[str, ...]") -> "ssl.SSLContext":
    import ssl

    from checkwright.net.deadline_tls import DeadlineSSLSocket

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = DeadlineSSLSocket
    if alpn:
        context.set_alpn_protocols(list(alpn))
    if options.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    for origin, path in trusted:
        trust_store.load(context, path, origin)
    if options.client_cert:
        try:
            # An empty password, because OpenSSL would prompt for one on the terminal.
            context.load_cert_chain(options.client_cert, options.client_key or None, password="")
        except ssl.SSLError as error:
            reason = (error.reason or str(error)).lower().replace("_", " ")
            raise CannotTell(
                f"cannot use the client certificate {options.client_cert}: {reason} "
                "(it must be PEM, with its key, without a passphrase)"
            ) from None
        except OSError as error:
            files = options.client_cert if not options.client_key else f"{options.client_cert}, {options.client_key}"
            raise CannotTell(f"cannot read the client certificate {files}: {error.strerror}") from None
    return context


def file_version(path: str) -> object:
    """Return a value that changes when the file does, None for a missing file."""
    if not path:
        return None
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def server_name(host: str, target: str) -> str:
    """Return a host as TLS requests it and as certificates name it: without its last dot, brackets or zone.

    A name with other letters than a to z becomes `xn--...` by IDNA 2008, as in name lookups. Raises BadUsage for a name
    that no certificate can have, before a connection is opened.
    """
    bare = without_brackets(host)
    if ":" in bare:
        return bare.partition("%")[0]
    try:
        name = to_ascii(bare).removesuffix(".")
    except UnicodeError:
        name = ""
    if not all(0 < len(label) <= _LONGEST_LABEL for label in name.split(".")):
        raise BadUsage(f"{target}: no certificate can be for the name {host!r}")
    return name


def describe_rejection(
    error: "ssl.SSLCertVerificationError",
    host: str,
    chain: "tuple[Certificate, ...]",
    built: "tuple[Certificate, ...]" = (),
) -> tuple[str, str]:
    """Return a word for what is wrong with a certificate, and a sentence with the name or date concerned.

    Words: expired, not yet valid, wrong name, self-signed, not trusted. chain: the certificates that the server sent,
    its own first; empty where they could not be read. built: the chain up to a root of this machine, where there is
    one.
    """
    from checkwright.net.certificates import format_date

    code = error.verify_code
    if not chain:
        return "not trusted", f"the certificate of {host} is not trusted: {error.verify_message}"
    own = chain[0]
    if code == _EXPIRED:
        ended = next((one for one in (*chain, *built) if one.days < 0), None)
        if ended is None:
            last = (built or chain)[-1]
            name = last.subject if last.self_signed else last.issuer
            return "expired", f"the root {name} of the certificate chain of {host} expired"
        return "expired", f"{_which(ended, own, host)} expired on {format_date(ended.ends)}, {-ended.days:.0f} days ago"
    if code == _NOT_YET_VALID:
        future = max((*chain, *built), key=lambda one: one.starts)
        return "not yet valid", f"{_which(future, own, host)} is not valid before {format_date(future.starts)}"
    if code in (_WRONG_NAME, _WRONG_ADDRESS):
        return "wrong name", f"the certificate is for {own.format_names()}, not for {host}"
    if code == _SELF_SIGNED:
        return "self-signed", f"the certificate of {host} is self-signed by {own.issuer}, which is not trusted"
    if code == _SELF_SIGNED_ROOT:
        root = chain[-1]
        return "not trusted", f"the certificate of {host} leads to {root.subject}, which is not trusted"
    if code in (_NO_ISSUER, _NO_FIRST_ISSUER):
        last = chain[-1]
        return (
            "not trusted",
            f"the certificate of {host} is issued by {last.issuer}, which is neither trusted nor sent along",
        )
    return "not trusted", f"the certificate of {host} is not trusted: {error.verify_message}"


#: Alerts of a server that got no client certificate, after it has sent its own certificate.
_WANTS_CLIENT_CERTIFICATE = (
    "ALERT_HANDSHAKE_FAILURE",
    "ALERT_BAD_CERTIFICATE",
    "ALERT_NO_CERTIFICATE",
    "ALERT_CERTIFICATE_REQUIRED",
    "ALERT_ACCESS_DENIED",
)


def may_want_client_certificate(error: OSError) -> bool:
    """Return True for an alert that a server sends when it requires a client certificate."""
    return (getattr(error, "reason", None) or "").upper().endswith(_WANTS_CLIENT_CERTIFICATE)


def describe_tls_error(error: "ssl.SSLError") -> str:
    """Return why a handshake failed, for all reasons but a rejected certificate."""
    reason = (error.reason or "").upper()
    if reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL", "PACKET_LENGTH_TOO_LONG"):
        return "the server does not speak TLS here"
    if reason in ("UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION"):
        return "the server speaks only versions of TLS that are no longer safe"
    if "CERTIFICATE_REQUIRED" in reason:
        return "the server requires a client certificate"
    if type(error).__name__ in ("SSLEOFError", "SSLZeroReturnError"):
        return "the server closed the connection during the TLS handshake"
    return f"the TLS handshake failed: {reason.lower().replace('_', ' ') or error}"


def _which(one: "Certificate", own: "Certificate", host: str) -> str:
    if one is own:
        return f"the certificate of {host}"
    return f"{'the root ' if one.self_signed else ''}{one.subject} in the certificate chain of {host}"
