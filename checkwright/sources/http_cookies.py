"""Cookies of one HTTP request. They live as long as its redirects: the next run knows none of them."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from checkwright.sources.http_answer import Answer
    from checkwright.sources.http_request import Request


class Cookies:
    """Cookies that the servers of one request set, added to those of its own Cookie header."""

    __slots__ = ("_jar", "_own")

    def __init__(self, request: "Request") -> None:
        import warnings
        from http.cookiejar import CookieJar

        # A cookie that cannot be parsed is ignored, but http.cookiejar would print a traceback.
        warnings.filterwarnings("ignore", "http.cookiejar bug", UserWarning)
        self._jar = CookieJar()
        self._own = _pairs(request.headers.get("Cookie") or "")

    def store(self, request: "Request", answer: "Answer") -> None:
        """Keep the cookies of an answer."""
        both: Any = (_Received(answer), _Sent(request))
        self._jar.extract_cookies(*both)

    def add_to(self, request: "Request", *, same_origin: bool) -> None:
        """Set the Cookie header of the next request. A redirect to another origin drops the request's own cookies."""
        if not same_origin:
            self._own = {}
        request.headers = request.headers.without(("cookie",))
        sent: Any = _Sent(request)
        self._jar.add_cookie_header(sent)
        pairs = {**self._own, **_pairs(sent.cookie)}
        if pairs:
            request.headers.set("Cookie", "; ".join(pairs.values()))


class _Sent:
    """Request, as http.cookiejar reads one of urllib."""

    unverifiable = True

    def __init__(self, request: "Request") -> None:
        self._request = request
        self.cookie = ""
        self.type = request.url.scheme
        self.host = request.headers.get("Host") or request.url.authority()
        self.origin_req_host = self.host

    def get_full_url(self) -> str:
        return f"{self.type}://{self.host}{self._request.url.target}"

    def has_header(self, name: str) -> bool:
        return name in self._request.headers

    def get_header(self, name: str, default: str | None = None) -> str | None:
        found = self._request.headers.get(name)
        return default if found is None else found

    def add_unredirected_header(self, name: str, value: str) -> None:
        if name == "Cookie":
            self.cookie = value


class _Received:
    """Answer, as http.cookiejar reads one of urllib."""

    def __init__(self, answer: "Answer") -> None:
        self._answer = answer

    def info(self) -> "_Received":
        return self

    def get_all(self, name: str, default: list[str]) -> list[str]:
        return [value for known, value in self._answer.headers if known == name.lower()] or default


def _pairs(header: str) -> dict[str, str]:
    """Return the cookies of a Cookie header, `name=value` by name."""
    pairs = (pair.strip() for pair in header.split(";"))
    return {pair.partition("=")[0]: pair for pair in pairs if pair}
