"""HTTP for monitoring: requests share no state, and each failure is one sentence."""

import time

from checkwright.core.current import doing
from checkwright.core.errors import BadUsage, CannotTell, Down
from checkwright.core.secret import Secret, beginning
from checkwright.core.source import Source
from checkwright.core.text import clean
from checkwright.net import connect
from checkwright.net.tls_context import TlsContexts, TlsOptions
from checkwright.sources.http_timings import Timings
from checkwright.sources.json_path import Document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Literal

    from requests import PreparedRequest, Response

    from checkwright.net.connect import Family
    from checkwright.sources.http_connection import Adapter, Exchange
    from checkwright.sources.prometheus_text import PrometheusText

    Redirect = Literal["follow", "sticky", "none"]

#: Modules of other packages that this source imports.
REQUIRES = ("requests", "urllib3")

AGENT = "checkwright"
MAX_SIZE = 10_000_000
#: Largest JSON document, where the caller sets no other limit. A parsed document takes up to 40 times its size.
MAX_JSON = 1_000_000
#: Character sets of answers. Python knows more, and some of them, such as punycode, take minutes for one answer.
_CHARSETS = frozenset(
    [
        *("ascii", "us-ascii", "utf-8", "utf8", "utf-16", "utf-16le", "utf-16be", "utf-32", "utf-32le", "utf-32be"),
        *(f"iso-8859-{number}" for number in range(1, 17)),
        *(f"windows-{number}" for number in (874, *range(1250, 1259))),
        *("latin1", "latin-1", "koi8-r", "koi8-u", "macintosh"),
        *("shift-jis", "euc-jp", "iso-2022-jp", "euc-kr", "gb2312", "gbk", "gb18030", "big5"),
    ]
)
MAX_REDIRECTS = 10
#: Headers that identify us: a redirect to another origin drops them.
_PRIVATE = frozenset(["authorization", "cookie", "proxy-authorization", "host"])
_REDIRECTS = (301, 302, 303, 307, 308)


class Reply:
    """Complete answer. url: the last one after redirects. headers: by lower-case name.

    max_size: the limit that the caller of the request has set, None for the default.
    """

    __slots__ = ("body", "headers", "max_size", "reason", "status", "timings", "url")

    def __init__(
        self,
        status: int = 200,
        body: bytes | str = b"",
        *,
        headers: "Mapping[str, str] | None" = None,
        reason: str = "",
        url: str = "",
        timings: Timings | None = None,
        max_size: int | None = None,
    ) -> None:
        self.max_size = max_size
        self.status = status
        self.body = body.encode() if isinstance(body, str) else body
        self.headers = {name.lower(): value for name, value in (headers or {}).items()}
        self.reason = reason
        self.url = url
        self.timings = timings or Timings()

    @property
    def seconds(self) -> float:
        """Time from the first packet to the last byte, redirects included."""
        return self.timings.total

    @property
    def size(self) -> int:
        """Bytes of the decompressed body."""
        return len(self.body)

    @property
    def text(self) -> str:
        """Body as text, in the character set of the answer, by default UTF-8."""
        charset = "utf-8"
        for part in self.headers.get("content-type", "").split(";")[1:]:
            name, _, value = part.strip().partition("=")
            if name.lower() == "charset":
                charset = value.strip("\"' ")
        if charset.lower().replace("_", "-") not in _CHARSETS:
            charset = "utf-8"
        try:
            return self.body.decode(charset, "replace")
        except (LookupError, ValueError):
            return self.body.decode("utf-8", "replace")

    def format_status(self) -> str:
        """Return the status with its reason: `503 Service Unavailable`."""
        return f"{self.status} {clean(self.reason, 60)}".strip()

    def excerpt(self, limit: int = 200) -> str:
        """Return the beginning of the body on one line, escaped and cut; "" for an empty body."""
        return clean(" ".join(beginning(self.text, 65_536).split()), limit)

    def json(self, *, max_size: int | None = None) -> Document:
        """Parse the body as a JSON document. max_size: by default the request's, or 1 MB. Raises CannotTell."""
        limit = max_size or self.max_size or MAX_JSON
        if self.size > limit:
            raise CannotTell(f"{self.url}: the JSON document is larger than {limit} bytes (--max-size)")
        return Document.parse(self.body, self.url)

    def metrics(self) -> "PrometheusText":
        """Parse the body as metrics in Prometheus's text format. Raises CannotTell."""
        from checkwright.sources.prometheus_text import PrometheusText

        return PrometheusText.parse(self.body, self.url)


class Http(Source):
    """HTTP client, built on the library requests.

    Each request has its own adapter, whose connections and cookies serve its redirects and end with it. So no check
    sees a cookie, .netrc or proxy of another, and each request meets what a new customer meets: a certificate that
    expired, an address that moved. Libraries and certificate authorities are loaded before the clock starts.
    """

    def __init__(self) -> None:
        self._contexts = TlsContexts()

    @classmethod
    def open(cls) -> "Http":
        import http.cookies  # noqa: F401 - loaded now, so that the first request does not measure it
        import zlib  # noqa: F401

        import requests  # noqa: F401

        import checkwright.sources.http_connection
        import checkwright.sources.http_cookies
        import checkwright.sources.http_encodings  # noqa: F401

        return cls()

    def get(
        self,
        url: str,
        *,
        token: Secret | None = None,
        login: Secret | None = None,
        headers: "Iterable[str]" = (),
        tls: TlsOptions | None = None,
        proxy_from_env: bool = False,
        unix_socket: str = "",
    ) -> Reply:
        """Send a GET request and follow redirects. Raises Down for no answer, and for a status of 400 or more."""
        reply = self.request(
            "GET",
            url,
            token=token,
            login=login,
            headers=headers,
            tls=tls,
            proxy_from_env=proxy_from_env,
            unix_socket=unix_socket,
        )
        if reply.status >= 400:
            body = f": {reply.excerpt()}" if reply.excerpt() else ""
            raise Down(f"GET {reply.url or url}: status {reply.format_status()}{body}")
        return reply

    def request(
        self,
        method: str,
        url: str,
        *,
        token: Secret | None = None,
        login: Secret | None = None,
        headers: "Iterable[str]" = (),
        secret_headers: "Iterable[Secret]" = (),
        body: bytes | None = None,
        agent: str = AGENT,
        redirect: "Redirect" = "follow",
        tls: TlsOptions | None = None,
        family: "Family" = "",
        resolve: "Mapping[str, str] | None" = None,
        proxy_from_env: bool = False,
        unix_socket: str = "",
        max_size: int | None = None,
    ) -> Reply:
        """Send one request and return the answer, whatever its status.

        token: sent as `Authorization: Bearer`. login: a secret `USER:PASSWORD`. headers, secret_headers: `NAME: VALUE`.
        redirect: follow, sticky (follow, but stay at the same address), none. resolve: addresses by host name.
        unix_socket: path of a socket to send everything through, whatever the host in the URL.
        max_size: in bytes, by default 10 MB; JSON may have 1 MB.
        Raises Down (no answer, or not HTTP), CannotTell (too large, no connection from here), BadUsage.
        """
        from checkwright.net.deadline import Deadline
        from checkwright.sources.http_connection import Adapter, Exchange

        tls = tls or TlsOptions()
        public, private = _headers(headers, secret_headers, token, login)
        defaults = {
            "User-Agent": _header(f"User-Agent: {agent}", "the user agent")[1],
            "Accept": "*/*",
            "Accept-Encoding": "identity",
        }
        named = {name.lower() for name in (*public, *private)}
        defaults = {name: value for name, value in defaults.items() if name.lower() not in named}
        prepared = _prepared(method, url, {**defaults, **public, **private}, body)
        proxies = _proxies(prepared.url or url) if proxy_from_env else {}
        pinned = {host.lower(): address for host, address in (resolve or {}).items()}
        deadline, timings = Deadline(), Timings()
        exchange = Exchange(
            f"{method} {prepared.url}", deadline, timings, tls, self._contexts, family, pinned, unix_socket
        )
        if tls.ca or tls.client_cert or (prepared.url or "").startswith("https:"):
            exchange.context()
        exchange.prepared = 0.0
        adapter = Adapter(exchange)
        if tls.insecure:
            import urllib3

            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        began = time.perf_counter()
        try:
            names = _PRIVATE | {name.lower() for name in private}
            response = _follow(adapter, prepared, exchange, redirect, proxies, names)
            content = _content(response, exchange, max_size or MAX_SIZE)
        finally:
            adapter.close()
        timings.total = time.perf_counter() - began - exchange.prepared
        return Reply(
            response.status_code,
            content,
            headers={name: str(value) for name, value in response.headers.items()},
            reason=str(response.reason or ""),
            url=str(response.url),
            timings=timings,
            max_size=max_size,
        )


def _follow(
    adapter: "Adapter",
    request: "PreparedRequest",
    exchange: "Exchange",
    redirect: "Redirect",
    proxies: dict[str, str],
    private: "frozenset[str]",
) -> "Response":
    from checkwright.sources.http_cookies import Cookies

    cookies = Cookies(request)
    for _ in range(MAX_REDIRECTS + 1):
        exchange.target = f"{request.method} {request.url}"
        doing(exchange.target)
        response = _send(adapter, request, exchange, proxies)
        location = response.headers.get("Location")
        if redirect == "none" or response.status_code not in _REDIRECTS or not location:
            return response
        _content(response, exchange, MAX_SIZE)
        cookies.store(request, response)
        followed = _redirected(request, response.status_code, _as_text(location), private)
        cookies.add_to(followed, same_origin=_origin(followed.url or "") == _origin(request.url or ""))
        if redirect == "sticky":
            exchange.pinned[_origin(followed.url or "")[1]] = exchange.peer
        request = followed
    raise Down(f"{exchange.target}: more than {MAX_REDIRECTS} redirects, the last one to {request.url}")


def _send(adapter: "Adapter", request: "PreparedRequest", exchange: "Exchange", proxies: dict[str, str]) -> "Response":
    import requests

    try:
        return adapter.send(request, stream=True, timeout=exchange.deadline.left(), proxies=proxies)
    except TimeoutError as error:
        raise connect.failure(error, exchange.target, exchange.deadline) from None
    except requests.exceptions.ProxyError as error:
        raise CannotTell(f"{exchange.target}: the proxy failed: {_innermost(error)}") from None
    except requests.exceptions.Timeout:
        raise connect.failure(TimeoutError(), exchange.target, exchange.deadline) from None
    except requests.exceptions.RequestException as error:
        inner = _innermost(error)
        if isinstance(inner, OSError):
            raise connect.failure(inner, exchange.target, exchange.deadline) from None
        raise Down(f"{exchange.target}: {clean(inner, 200)}") from None


def _content(response: "Response", exchange: "Exchange", limit: int) -> bytes:
    """Read the whole body, within the deadline and the limit."""
    from http.client import IncompleteRead

    import urllib3

    from checkwright.sources.http_encodings import BrokenEncoding, decoded, is_known

    parts: list[bytes] = []
    size = 0
    encoding = str(response.headers.get("Content-Encoding") or "")
    known = is_known(encoding)  # any other is decoded by urllib3, where it can
    raw = iter(lambda: response.raw.read(65_536, decode_content=not known), b"")
    try:
        for part in decoded(raw, encoding) if known else raw:
            parts.append(part)
            size += len(part)
            if size > limit:
                raise CannotTell(f"{exchange.target}: the answer is larger than {limit} bytes (--max-size)")
    except TimeoutError as error:
        raise connect.failure(error, exchange.target, exchange.deadline) from None
    except urllib3.exceptions.ReadTimeoutError:
        raise Down(f"{exchange.target}: the answer was not complete within {exchange.deadline.shown()}") from None
    except BrokenEncoding as error:
        raise Down(f"{exchange.target}: the answer {error}") from None
    except urllib3.exceptions.HTTPError as error:
        inner = _innermost(error)
        if isinstance(inner, IncompleteRead):
            raise Down(f"{exchange.target}: the answer broke off before its end") from None
        if isinstance(inner, OSError):
            raise connect.failure(inner, exchange.target, exchange.deadline) from None
        raise Down(f"{exchange.target}: the answer cannot be read: {clean(inner, 200)}") from None
    finally:
        response.close()
    return b"".join(parts)


def _as_text(location: str) -> str:
    """Return a Location header as it was meant: most servers send UTF-8, and http.client reads Latin-1."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location


def _redirected(request: "PreparedRequest", status: int, location: str, private: "frozenset[str]") -> "PreparedRequest":
    """Return the request that follows a redirect, without the headers that must not leave the origin."""
    from urllib.parse import urljoin

    old = request.url or ""
    problem = f"{request.method} {old}: redirected to {clean(location, 200)!r}"
    try:
        url = urljoin(old, location)
        new_origin = _origin(url)
    except ValueError:
        raise Down(f"{problem}, which is not a URL") from None
    if not url.lower().startswith(("http://", "https://")):
        raise Down(f"{problem}, which is not HTTP")
    keeps_method = status in (307, 308) or request.method in ("GET", "HEAD")
    dropped = {"content-length"} if keeps_method else {"content-length", "content-type"}
    if new_origin != _origin(old):
        dropped |= private
    headers = {name: value for name, value in request.headers.items() if name.lower() not in dropped}
    body = request.body if keeps_method and isinstance(request.body, bytes) else None
    if body and _origin(url) != _origin(old):
        raise Down(f"{problem}, another origin, to which the body is not sent")
    try:
        return _prepared(str(request.method) if keeps_method else "GET", url, headers, body)
    except BadUsage:
        raise Down(f"{problem}, which is not a URL that can be requested") from None


def _prepared(method: str, url: str, headers: "Mapping[str, str]", body: bytes | None) -> "PreparedRequest":
    from urllib.parse import urlsplit

    import requests

    if not url.lower().startswith(("http://", "https://")):
        raise BadUsage(f"{url!r} is not a URL that can be requested: it must begin with http:// or https://")
    if not (method.isascii() and method.isalpha()):
        raise BadUsage(f"{method!r} is not an HTTP method")
    try:
        parts = urlsplit(url)
        port = parts.port
        if "@" in parts.netloc:
            raise BadUsage(
                f"the URL for {parts.hostname} holds a user or password: give them by --auth-env or --auth-file"
            )
        # Part by part, as requests does it, but without cookies, logins and hooks.
        prepared = requests.PreparedRequest()
        prepared.prepare_method(method)
        prepared.prepare_url(url, None)
        urlsplit(prepared.url or "").hostname  # noqa: B018 - %2e in a host becomes a dot: the result may be no URL
        if "%" in (parts.hostname or "") and not any(name.lower() == "host" for name in headers):
            # The zone of an IPv6 address has a meaning on this machine only, as in RFC 6874.
            address, _, end = parts.netloc.partition("%")
            headers = {**headers, "Host": f"{address}]{end.partition(']')[2]}"}
        prepared.prepare_headers(headers)
        prepared.prepare_body(body, None)
    except (requests.exceptions.RequestException, ValueError) as error:
        raise BadUsage(f"{url!r} cannot be requested: {clean(error, 200)}") from None
    if port == 0:
        raise BadUsage(f"{url!r} cannot be requested: 0 is not a port")
    return prepared


def _headers(
    public: "Iterable[str]", secret: "Iterable[Secret]", token: Secret | None, login: Secret | None
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the public headers, and those that only the origin may see. Raises BadUsage, CannotTell."""
    from checkwright.core.current import current

    open_to_all = dict(_header(line, repr(line)) for line in public)
    private = dict(_header(one.value(), f"the header in {one.env or one.file}") for one in secret)
    # An answer may repeat the value of a header, or only the credential behind the scheme: mask both.
    for value in filter(None, private.values()):
        current().secrets.update((value, value.split()[-1]))
    if token is not None:
        private["Authorization"] = _header(
            f"Authorization: Bearer {token.value()}", f"the token in {token.env or token.file}"
        )[1]
    if login is not None:
        from base64 import b64encode

        where = f"the login in {login.env or login.file}"
        user_password = login.value()
        if ":" not in user_password:
            raise CannotTell(f"{where} is not USER:PASSWORD")
        encoded = b64encode(user_password.encode()).decode("ascii")
        current().secrets.update((encoded, user_password.partition(":")[2] or user_password))
        private["Authorization"] = f"Basic {encoded}"
    return open_to_all, private


def _header(line: str, where: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    name, value = name.strip(), value.strip()
    if not colon or not name.isascii() or not name or any(c <= " " or c in '()<>@,;\\"/[]?={}' for c in name):
        raise BadUsage(f"{where} is not a header: write NAME: VALUE")
    if any((c < " " and c != "\t") or c == "\x7f" or c > "\xff" for c in value):
        raise BadUsage(
            f"{where} is not a header: its value may hold neither control characters nor characters beyond Latin-1"
        )
    return name, value


def _proxies(url: str) -> dict[str, str]:
    from requests.utils import get_environ_proxies

    found = dict(get_environ_proxies(url, no_proxy=None))
    for proxy in found.values():
        _mask_login(proxy)
    return found


def _mask_login(url: str) -> None:
    """Mask the user and password in a URL in everything that this run prints."""
    from base64 import b64encode
    from urllib.parse import unquote, urlsplit

    from checkwright.core.current import current

    try:
        parts = urlsplit(url if "//" in url else f"//{url}")
    except ValueError:
        return
    if parts.password:
        login = f"{unquote(parts.username or '')}:{unquote(parts.password)}"
        current().secrets.update((parts.password, unquote(parts.password), b64encode(login.encode()).decode("ascii")))


def _origin(url: str) -> tuple[str, str, int]:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _innermost(error: BaseException) -> BaseException:
    """Return the original error, which the libraries have wrapped."""
    for _ in range(10):
        inner = getattr(error, "reason", None) or error.__cause__ or error.__context__
        if not isinstance(inner, BaseException) and error.args and isinstance(error.args[-1], BaseException):
            inner = error.args[-1]
        if not isinstance(inner, BaseException):
            break
        error = inner
    return error
