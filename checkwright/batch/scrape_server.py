"""Server of the one page that Prometheus scrapes."""

from __future__ import annotations

import time
from collections.abc import Callable

from checkwright.batch.exposition import CONTENT_TYPE
from checkwright.web.http_server import HttpServer, Response, not_found

_PATH = "/metrics"
#: Seconds for which a rendered page serves further requests: rendering is most of the work.
_FRESH = 0.2


class ScrapeServer:
    """Serves `page()` at /metrics until it is closed. Raises OSError, OverflowError if it cannot listen."""

    def __init__(self, address: str, port: int, page: Callable[[], bytes]) -> None:
        self._page = page
        self._rendered = b""
        self._rendered_at = -_FRESH
        self._server = HttpServer(address, port, self._answer, name="checkwright-batch")

    def close(self) -> None:
        """Stop to listen and drop all connections."""
        self._server.close()

    def _answer(self, path: str) -> Response:
        if path != _PATH:
            return not_found(_PATH)
        if time.monotonic() - self._rendered_at >= _FRESH:
            self._rendered, self._rendered_at = self._page(), time.monotonic()
        return Response("200 OK", CONTENT_TYPE, self._rendered)
