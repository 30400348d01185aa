"""X.509 certificates: names, dates, and how they are shown."""

import time

from checkwright.core.errors import CannotTell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cryptography.x509 import Certificate as X509
    from cryptography.x509 import Name


_PEM_START = b"-----BEGIN CERTIFICATE-----"
_DER_START = b"\x30"


class Certificate:
    """Facts about one certificate that matter to a monitor.

    subject, issuer: the common name, or the whole name if there is none. names: the hosts and addresses that it is
    valid for. starts, ends: seconds since 1970. self_signed: issuer and subject are the same.
    """

    __slots__ = ("ends", "issuer", "names", "self_signed", "starts", "subject")

    def __init__(
        self,
        subject: str,
        *,
        ends: float,
        starts: float = 0,
        names: tuple[str, ...] = (),
        issuer: str = "",
        self_signed: bool = False,
    ) -> None:
        self.subject = subject
        self.names = names or (subject,)
        self.issuer = issuer
        self.starts = starts
        self.ends = ends
        self.self_signed = self_signed

    @property
    def days(self) -> float:
        """Days until it expires, to a quarter of an hour; negative after that."""
        return round((self.ends - time.time()) / 86_400, 2)

    @property
    def starts_in_future(self) -> bool:
        return self.starts > time.time()

    def format_names(self) -> str:
        """Return the first five names that it is valid for, and the number of the others."""
        more = len(self.names) - 5
        return ", ".join(self.names[:5]) + (f" and {more} more" if more > 0 else "")


def format_date(seconds: float) -> str:
    """Return a date of a certificate: `2026-03-01 12:00 UTC`."""
    try:
        return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(seconds))
    except (OverflowError, ValueError):
        return "a date beyond all calendars"


def from_der(data: bytes, target: str) -> Certificate:
    """Parse one certificate. Raises CannotTell."""
    from cryptography import x509

    _accept_odd_certificates()
    try:
        return _parse(x509.load_der_x509_certificate(data))
    except (ValueError, x509.InvalidVersion) as error:
        raise CannotTell(f"{target}: the certificate cannot be read: {error}") from None


def from_file(data: bytes, target: str) -> tuple[Certificate, ...]:
    """Parse the certificates of a PEM file, in their order, or the one of a DER file. Raises CannotTell.

    Keys in the same file are ignored.
    """
    from cryptography import x509

    if not may_hold_certificate(data):
        raise CannotTell(f"{target} holds no certificate in PEM or DER form")
    if _PEM_START not in data:
        return (from_der(data, target),)
    _accept_odd_certificates()
    try:
        return tuple(_parse(found) for found in x509.load_pem_x509_certificates(data))
    except (ValueError, x509.InvalidVersion):
        raise CannotTell(f"{target}: the certificate cannot be read: the PEM text is damaged") from None


def may_hold_certificate(data: bytes) -> bool:
    """Return True for a PEM file with a certificate, damaged or not, and for a DER file, which may be a key as well."""
    return _PEM_START in data or data.startswith(_DER_START)


def is_der_key(data: bytes) -> bool:
    """Return True for a DER file that holds a key or a request for a certificate."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization

    if not data.startswith(_DER_START):
        return False
    for parse in (
        lambda: serialization.load_der_private_key(data, None),
        lambda: serialization.load_der_public_key(data),
        lambda: x509.load_der_x509_csr(data),
    ):
        try:
            parse()
        except ValueError:
            continue
        except (TypeError, UnsupportedAlgorithm):  # a key with a passphrase, or of a new kind
            return True
        return True
    return False


def _accept_odd_certificates() -> None:
    """Keep cryptography's warnings off stderr: it reads certificates that break RFC 5280, such as serial number 0."""
    import warnings

    from cryptography.utils import CryptographyDeprecationWarning

    warnings.filterwarnings("ignore", category=CryptographyDeprecationWarning)


def _parse(found: "X509") -> Certificate:
    from cryptography import x509

    names: tuple[str, ...] = ()
    try:
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = (
            *extension.get_values_for_type(x509.DNSName),
            *(str(address) for address in extension.get_values_for_type(x509.IPAddress)),
        )
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        names = ()  # an old certificate that has a common name and nothing else
    return Certificate(
        _name(found.subject),
        ends=found.not_valid_after_utc.timestamp(),
        starts=found.not_valid_before_utc.timestamp(),
        names=names,
        issuer=_name(found.issuer),
        self_signed=found.subject == found.issuer,
    )


def _name(name: "Name") -> str:
    from cryptography.x509.oid import NameOID

    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string() or "nobody"
