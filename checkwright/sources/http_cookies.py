"""Cookies of one HTTP request. They live as long as its redirects: the next run knows none of them."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from http.cookiejar import CookieJar

    from requests import PreparedRequest, Response


class Cookies:
    """Cookies that the servers of one request set, added to those of its own Cookie header."""

    __slots__ = ("_jar", "_own")

    def __init__(self, request: "PreparedRequest") -> None:
        self._jar: CookieJar | None = None
        self._own = _pairs(str(request.headers.get("Cookie") or ""))

    def store(self, request: "PreparedRequest", response: "Response") -> None:
        """Keep the cookies of an answer."""
        import warnings
        from http.cookiejar import CookieJar

        from requests.cookies import extract_cookies_to_jar

        if "set-cookie" in response.headers:
            if self._jar is None:
                # A cookie that cannot be parsed is ignored, but http.cookiejar would print a traceback.
                warnings.filterwarnings("ignore", "http.cookiejar bug", UserWarning)
                self._jar = CookieJar()
            extract_cookies_to_jar(self._jar, request, response.raw)  # type: ignore[no-untyped-call]

    def add_to(self, request: "PreparedRequest", *, same_origin: bool) -> None:
        """Set the Cookie header of the next request. A redirect to another origin drops the request's own cookies."""
        from requests.cookies import get_cookie_header

        if not same_origin:
            self._own = {}
        request.headers.pop("Cookie", None)
        kept = {}
        if self._jar is not None:
            kept = _pairs(get_cookie_header(self._jar, request) or "")  # type: ignore[no-untyped-call]
        pairs = {**self._own, **kept}
        if pairs:
            request.headers["Cookie"] = "; ".join(pairs.values())


def _pairs(header: str) -> dict[str, str]:
    """Return the cookies of a Cookie header, `name=value` by name."""
    pairs = (pair.strip() for pair in header.split(";"))
    return {pair.partition("=")[0]: pair for pair in pairs if pair}
