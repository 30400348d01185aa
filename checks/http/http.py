"""Status, content and timing of a web page or service."""

from checkwright import BadUsage, Metrics, gauge, option, verdict
from checkwright.sources.http_check import HttpCheck


class Http(HttpCheck):
    """Status and content of a URL, and the time of each phase of the request.

    Each run opens a new connection, so it sees what a new visitor sees. Cookies that a redirect sets are sent back to
    their host within the run. No response is CRITICAL, and so is a broken one, such as truncated gzip data. A response
    with an unexpected status or content is CRITICAL too, and the status line shows its beginning.
    """

    thread_safe = True

    expect: tuple[str, ...] = option("Text that the answer must contain", flags="-s --expect", default=())
    reject: tuple[str, ...] = option("Text that the answer must not contain", default=())
    expect_header: tuple[str, ...] = option(
        "Text that the headers of the answer must contain", flags="-d --expect-header", default=()
    )

    status = verdict("Status", ok=["expected"])
    content = verdict("Content", ok=["expected"])
    time = gauge("Time", "s", warn=1, crit=5)
    size = gauge("Size", "B")
    resolve_time = gauge("Name lookup", "s", optional=True)
    connect = gauge("Connect", "s", optional=True)
    tls = gauge("TLS handshake", "s", optional=True)
    first_byte = gauge("First byte", "s", optional=True)

    def validate(self) -> None:
        super().validate()
        if "" in (*self.expect, *self.reject, *self.expect_header):
            raise BadUsage("--expect, --reject and --expect-header need a text: every answer contains the empty text")

    def probe(self) -> Metrics:
        reply = self.fetch()
        excerpt = f": {text}" if (text := reply.excerpt()) else ", the answer is empty"
        fits = self.status_fits(reply)
        yield self.status("expected" if fits else "unexpected", hint=reply.format_status() + ("" if fits else excerpt))
        if self.expect or self.reject or self.expect_header:
            wrong = self._objections(reply.text, [f"{name}: {value}" for name, value in reply.headers.items()])
            yield self.content("unexpected" if wrong else "expected", hint=", ".join(wrong) + excerpt if wrong else "")
        yield self.time(reply.timings.total)
        yield self.size(reply.size)
        phases = reply.timings
        for phase, seconds in (
            (self.resolve_time, phases.resolve),
            (self.connect, phases.connect),
            (self.tls, phases.tls),
            (self.first_byte, phases.first_byte),
        ):
            if seconds is not None:
                yield phase(seconds)

    def _objections(self, text: str, headers: list[str]) -> list[str]:
        return [
            *(f"no {expected!r} in the answer" for expected in self.expect if expected not in text),
            *(f"{rejected!r} in the answer" for rejected in self.reject if rejected in text),
            *(
                f"no {expected!r} in its headers"
                for expected in self.expect_header
                if not any(expected.lower() in line.lower() for line in headers)
            ),
        ]
