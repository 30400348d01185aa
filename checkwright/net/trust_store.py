"""Certificate authorities that TLS trusts: those of the system, or those that the environment names."""

import os

from checkwright.core.errors import CannotTell

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ssl

#: Variables that name other authorities than the system's: OpenSSL's two, then those of requests and curl.
_OPENSSL = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_OTHERS = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
#: Bundles of distributions, for a Python whose OpenSSL was built to look elsewhere.
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def named() -> tuple[tuple[str, str], ...]:
    """Return variables of the environment that name authorities, with the path of each; empty for the system's.

    SSL_CERT_FILE and SSL_CERT_DIR, which may list several folders, go together, and before REQUESTS_CA_BUNDLE, and that
    one before CURL_CA_BUNDLE.
    """
    for names in (_OPENSSL, *((name,) for name in _OTHERS)):
        if found := tuple((name, path) for name in names for path in _paths(name)):
            return found
    return ()


def load(context: "ssl.SSLContext", path: str, origin: str = "") -> None:
    """Trust the authorities in a PEM file or a hashed folder. origin: the variable that names it. Raises CannotTell."""
    import ssl

    shown = f"{path}, named by {origin}" if origin else path
    try:
        if os.path.isdir(path):
            context.load_verify_locations(capath=path)
        else:
            context.load_verify_locations(cafile=path)
    except ssl.SSLError:
        raise CannotTell(
            f"the certificates of authorities in {shown}{',' if origin else ''} cannot be read: it must be a PEM file"
        ) from None
    except OSError as error:
        raise CannotTell(f"cannot read the certificates of authorities in {shown}: {error.strerror}") from None


def of_the_system() -> str:
    """Return the folder or bundle of the system's authorities. Raises CannotTell.

    OpenSSL reads a hashed folder on demand; a whole bundle takes 20 ms. Python brings no authorities, so a machine
    without any uses those of the package certifi.
    """
    import ssl

    paths = ssl.get_default_verify_paths()
    if is_hashed(paths.openssl_capath):
        return paths.openssl_capath
    bundles = (bundle for bundle in (paths.openssl_cafile, *_BUNDLES) if os.path.isfile(bundle))
    return next(bundles, "") or _bundle_of_certifi()


def is_hashed(folder: str) -> bool:
    """Return True for a folder with names that OpenSSL finds certificates by, as `openssl rehash` makes them."""
    try:
        with os.scandir(folder) as entries:
            return any(entry.name.endswith(".0") for entry in entries)
    except OSError:
        return False


def _paths(name: str) -> list[str]:
    text = os.environ.get(name, "")
    return [path for path in (text.split(os.pathsep) if name == "SSL_CERT_DIR" else [text]) if path]


def _bundle_of_certifi() -> str:
    try:
        import certifi
    except ImportError:
        raise CannotTell(
            "this machine has no certificates of authorities: install the package ca-certificates, or give --ca"
        ) from None
    return certifi.where()
