"""HTTP for monitoring: requests share no state, and each failure is one sentence."""

import time

from checkwright.core.current import doing
from checkwright.core.errors import BadUsage, CannotTell, Down
from checkwright.core.secret import Secret, beginning
from checkwright.core.source import Source
from checkwright.core.text import clean
from checkwright.net import connect
from checkwright.net.host_names import to_ascii
from checkwright.net.tls_context import TlsContexts, TlsOptions
from checkwright.sources.http_timings import Timings
from checkwright.sources.json_path import Document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Literal

    from checkwright.net.connect import Family
    from checkwright.sources.http_answer import Answer
    from checkwright.sources.http_connection import Exchange
    from checkwright.sources.http_cookies import Cookies
    from checkwright.sources.http_request import Request
    from checkwright.sources.prometheus_text import PrometheusText

    Redirect = Literal["follow", "sticky", "none"]
    _Answered = tuple[Answer, Request]

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


class Reply:
    """Complete answer. url: the last one after redirects. headers: by lower-case name.

    max_size: the limit that the caller of the request has set; None for the default.
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
    """HTTP client.

    Connections and cookies of a request are also used for its redirects, and end with it. So no check sees a cookie,
    .netrc or proxy of another, and each request sees the service as a new customer does, with an expired certificate or
    a changed address. Modules and certificate authorities are loaded before the clock starts.
    """

    def __init__(self) -> None:
        self._contexts = TlsContexts(alpn=("http/1.1",))

    @classmethod
    def open(cls) -> "Http":
        import checkwright.sources.http_connection  # loaded now, so that the first request does not measure it
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
        from checkwright.sources.http_connection import Exchange
        from checkwright.sources.http_request import Headers, Request

        tls = tls or TlsOptions()
        public, private = _headers(headers, secret_headers, token, login)
        defaults = {
            "User-Agent": _header(f"User-Agent: {agent}", "the user agent")[1],
            "Accept": "*/*",
            "Accept-Encoding": "identity",
        }
        headers_sent = Headers([*defaults.items(), *public.items(), *private.items()])
        request = Request.make(method, url, headers_sent, body)
        pinned = {_host(name): address for name, address in (resolve or {}).items()}
        deadline, timings = Deadline(), Timings()
        exchange = Exchange(
            request.target, deadline, timings, tls, self._contexts, family, pinned, unix_socket, proxy_from_env
        )
        if tls.ca or tls.client_cert or request.url.scheme == "https":
            exchange.context()
        if not connect.is_literal(request.url.host):
            import threading  # noqa: F401 - the name lookup uses it

        exchange.prepared = 0.0
        began = time.perf_counter()
        try:
            answer, last = _follow(exchange, request, redirect, frozenset(name.lower() for name in private))
            content = _content(answer, exchange, max_size or MAX_SIZE)
        finally:
            exchange.close()
        timings.total = time.perf_counter() - began - exchange.prepared
        joined: dict[str, str] = {}
        for name, value in answer.headers:
            joined[name] = f"{joined[name]}, {value}" if name in joined else value
        return Reply(
            answer.status,
            content,
            headers=joined,
            reason=answer.reason,
            url=str(last.url),
            timings=timings,
            max_size=max_size,
        )


def _host(name: str) -> str:
    """Return a host name in the form that it has in a request."""
    try:
        return to_ascii(name).lower()
    except UnicodeError:
        return name.lower()


def _follow(exchange: "Exchange", request: "Request", redirect: "Redirect", private: "frozenset[str]") -> "_Answered":
    from functools import partial

    from checkwright.sources.http_request import REDIRECTS

    cookies: Cookies | None = None
    for _ in range(MAX_REDIRECTS + 1):
        doing(request.target)
        answer = exchange.send(request)
        location = answer.get("location")
        if redirect == "none" or answer.status not in REDIRECTS or not location:
            return answer, request
        _content(answer, exchange, MAX_SIZE)
        followed = request.redirected(answer.status, _as_text(location), private)
        if cookies is None and (answer.get("set-cookie") or "cookie" in request.headers):
            cookies = exchange.untimed(partial(_cookies, request))
        if cookies is not None:
            cookies.store(request, answer)
            cookies.add_to(followed, same_origin=followed.url.origin == request.url.origin)
        if redirect == "sticky":
            exchange.pinned[followed.url.host] = exchange.peer
        request = followed
    raise Down(f"{exchange.target}: more than {MAX_REDIRECTS} redirects, the last one to {request.url}")


def _cookies(request: "Request") -> "Cookies":
    from checkwright.sources.http_cookies import Cookies

    return Cookies(request)


def _content(answer: "Answer", exchange: "Exchange", limit: int) -> bytes:
    """Read the whole body, within the deadline and the limit."""
    from checkwright.sources.http_answer import BrokenAnswer, CutAnswer
    from checkwright.sources.http_encodings import BrokenEncoding, decoded, is_known

    parts: list[bytes] = []
    size = 0
    raw = answer.parts()
    encoding = answer.get("content-encoding")
    try:
        for part in decoded(raw, encoding) if is_known(encoding) else raw:
            parts.append(part)
            size += len(part)
            if size > limit:
                raise CannotTell(f"{exchange.target}: the answer is larger than {limit} bytes (--max-size)")
    except TimeoutError:
        raise Down(f"{exchange.target}: the answer was not complete within {exchange.deadline.shown()}") from None
    except CutAnswer:
        raise Down(f"{exchange.target}: the answer broke off before its end") from None
    except BrokenEncoding as error:
        raise Down(f"{exchange.target}: the answer {error}") from None
    except BrokenAnswer as error:
        raise Down(f"{exchange.target}: the answer cannot be read: {error}") from None
    except OSError as error:
        raise connect.failure(error, exchange.target, exchange.deadline) from None
    return b"".join(parts)


def _as_text(location: str) -> str:
    """Return a Location header as it was meant: most servers send UTF-8, and headers are read as Latin-1."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location


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
