"""Requests of HTTP: their head as it is sent, and the one that follows a redirect."""

from checkwright.core.errors import BadUsage, Down
from checkwright.core.text import clean
from checkwright.sources.http_url import BadUrl, Url, is_http

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

#: Headers that identify us: a redirect to another origin drops them.
_PRIVATE = frozenset(["authorization", "cookie", "proxy-authorization", "host"])
REDIRECTS = frozenset([301, 302, 303, 307, 308])
_KEEP_METHOD = (307, 308)


class Headers:
    """Headers of a request. A name counts in any case, and a later value replaces an earlier one."""

    __slots__ = ("_found",)

    def __init__(self, headers: "Iterable[tuple[str, str]]" = ()) -> None:
        self._found: dict[str, tuple[str, str]] = {}
        for name, value in headers:
            self.set(name, value)

    def get(self, name: str) -> str | None:
        """Return a value, None without one."""
        found = self._found.get(name.lower())
        return None if found is None else found[1]

    def set(self, name: str, value: str) -> None:
        self._found[name.lower()] = (name, value)

    def without(self, names: "Container[str]") -> "Headers":
        """Return the headers without some. names: in lower case."""
        return Headers(both for name, both in self._found.items() if name not in names)

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._found

    def __iter__(self) -> "Iterator[tuple[str, str]]":
        return iter(self._found.values())


class Request:
    """One request. headers: those of the caller. body: None for none."""

    __slots__ = ("body", "headers", "method", "url")

    def __init__(self, method: str, url: Url, headers: Headers, body: bytes | None = None) -> None:
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body or None

    @classmethod
    def make(cls, method: str, url: str, headers: Headers, body: bytes | None) -> "Request":
        """Return the request for a URL as people write it. Raises BadUsage."""
        if not is_http(url.lstrip()):
            raise BadUsage(f"{url!r} is not a URL that can be requested: it must begin with http:// or https://")
        if not (method.isascii() and method.isalpha()):
            raise BadUsage(f"{method!r} is not an HTTP method")
        _refuse_login(url)
        try:
            return cls(method.upper(), Url.parse(url), headers, body)
        except BadUrl as error:
            raise BadUsage(f"{url!r} cannot be requested: {error}") from None

    @property
    def target(self) -> str:
        """Method and URL, for errors."""
        return f"{self.method} {self.url}"

    def encoded(self, *, by_proxy: bool = False, extra: "Iterable[tuple[str, str]]" = ()) -> bytes:
        """Return head and body as they are sent. by_proxy: the proxy needs the whole URL. extra: further headers."""
        url = self.url
        target = f"{url.scheme}://{url.authority(with_port=url.has_port)}{url.target}" if by_proxy else url.target
        lines = [f"{self.method} {target} HTTP/1.1"]
        if "host" not in self.headers:
            lines.append(f"Host: {url.authority()}")
        sized = self.body is not None
        lines += [
            f"{name}: {value}" for name, value in self.headers if not (sized and name.lower() == "content-length")
        ]
        lines += [f"{name}: {value}" for name, value in extra]
        if sized:
            lines.append(f"Content-Length: {len(self.body or b'')}")
        elif self.method not in ("GET", "HEAD") and "content-length" not in self.headers:
            lines.append("Content-Length: 0")
        return "\r\n".join([*lines, "", ""]).encode("latin-1") + (self.body or b"")

    def redirected(self, status: int, location: str, private: "frozenset[str]") -> "Request":
        """Return the request that follows a redirect, without headers and body that must not leave the origin.

        private: names of further headers, in lower case, that only the origin may see. Raises Down.
        """
        problem = f"{self.target}: redirected to {clean(location, 200)!r}"
        text = self.url.join(location)
        if not is_http(text):
            raise Down(f"{problem}, which is not HTTP")
        try:
            url = Url.parse(text)
        except BadUrl:
            raise Down(f"{problem}, which is not a URL that can be requested") from None
        leaves = url.origin != self.url.origin
        keeps_method = status in _KEEP_METHOD or self.method in ("GET", "HEAD")
        dropped = {"content-length"} if keeps_method else {"content-length", "content-type"}
        if leaves:
            dropped |= private | _PRIVATE
        body = self.body if keeps_method else None
        if body and leaves:
            raise Down(f"{problem}, another origin, to which the body is not sent")
        return Request(self.method if keeps_method else "GET", url, self.headers.without(dropped), body)


def _refuse_login(url: str) -> None:
    """Refuse a URL with a user or password before anything shows it."""
    authority = url.partition("//")[2]
    for end in "/\\?#":
        authority = authority.partition(end)[0]
    if "@" in authority:
        host = clean(authority.rpartition("@")[2], 100)
        raise BadUsage(f"the URL for {host} holds a user or password: give them by --auth-env or --auth-file")
