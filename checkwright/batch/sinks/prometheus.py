"""`prometheus:FILE` for node_exporter's textfile collector, or `prometheus:[ADDRESS:]PORT` for Prometheus to scrape."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence

from checkwright.batch.exposition import exposition
from checkwright.batch.latest import LatestResults
from checkwright.batch.results import Result
from checkwright.batch.scrape_server import ScrapeServer
from checkwright.batch.sink import Context, ViewSink
from checkwright.core.errors import BadUsage

_LOOPBACK = "127.0.0.1"


def make(place: str, context: Context) -> ViewSink:
    """Return the sink for a place. Raises BadUsage."""
    if place.startswith("/"):
        if not place.endswith(".prom"):
            raise BadUsage(f"node_exporter reads only files called NAME.prom, not {place}")
        if not os.access(os.path.dirname(place), os.W_OK | os.X_OK):
            raise BadUsage(f"cannot write {place}: there is no such folder, or this user may not write there")
        return TextFile(place)
    address, _, port = place.rpartition(":")
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 65_536:
        raise BadUsage(f"prometheus needs the full path of a file or a port, not {place!r}")
    if context.once:
        raise BadUsage("with --once no page remains to be scraped: name a file, prometheus:/PATH/NAME.prom")
    return ScrapedPage(address.strip("[]") or _LOOPBACK, int(port))


class TextFile(ViewSink):
    """Writes a file that is replaced as a whole, so that the collector never reads half of it."""

    def __init__(self, path: str) -> None:
        self._path = path

    def show(self, latest: LatestResults, fresh: Sequence[Result]) -> str:
        draft = ""
        try:
            # Its name does not end in .prom, so the collector ignores it.
            descriptor, draft = tempfile.mkstemp(prefix=".checkwright-", dir=os.path.dirname(self._path))
            with open(descriptor, "w", encoding="utf-8") as file:
                os.fchmod(file.fileno(), 0o644)
                file.write(exposition(latest))
            os.replace(draft, self._path)
        except OSError as error:
            if draft and os.path.lexists(draft):
                os.unlink(draft)
            return f"cannot write {self._path}: {error.strerror}"
        return ""


class ScrapedPage(ViewSink):
    """Serves a page that is rendered when it is requested."""

    def __init__(self, address: str, port: int) -> None:
        self._latest: LatestResults | None = None
        try:
            self._server = ScrapeServer(address, port, self._page)
        except (OSError, OverflowError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            raise BadUsage(f"cannot listen on {address} port {port} for Prometheus: {reason}") from None

    def show(self, latest: LatestResults, fresh: Sequence[Result]) -> str:
        self._latest = latest
        return ""

    def close(self) -> None:
        self._server.close()

    def _page(self) -> bytes:
        return exposition(self._latest).encode() if self._latest is not None else b""
