"""A web page or service: its status, its content, and where the time goes."""

from checkwright import BadUsage, Metrics, gauge, option, verdict
from checkwright.sources.http_check import HttpCheck


class Http(HttpCheck):
    """Whether a URL answers as it should, how fast, and in which phase the time is spent.

    Each run opens a new connection, so that it meets what a new customer does. No answer is CRITICAL, and so is an
    answer with another status or content than expected; the line then shows how the answer begins.
    """

    thread_safe = True

    expect: tuple[str, ...] = option("Text that the answer must contain", flags="-s --expect", default=())
    reject: tuple[str, ...] = option("Text that the answer must not contain", default=())
    expect_header: tuple[str, ...] = option(
        "Text that the head of the answer must contain", flags="-d --expect-header", default=()
    )

    status = verdict("Status", ok=["expected"])
    content = verdict("Content", ok=["expected"])
    time = gauge("Time", "s", warn=1, crit=5)
    size = gauge("Size", "B")
    resolve_time = gauge("Look-up of the name", "s", optional=True)
    connect = gauge("Connection", "s", optional=True)
    tls = gauge("TLS handshake", "s", optional=True)
    first_byte = gauge("First byte", "s", optional=True)

    def validate(self) -> None:
        super().validate()
        if "" in (*self.expect, *self.reject, *self.expect_header):
            raise BadUsage("--expect, --reject and --expect-header need a text: every answer contains the empty one")

    def probe(self) -> Metrics:
        reply = self.ask()
        begins = f": {words}" if (words := reply.first_words()) else ", the answer is empty"
        fits = self.status_fits(reply)
        yield self.status("expected" if fits else "unexpected", hint=reply.status_words() + ("" if fits else begins))
        if self.expect or self.reject or self.expect_header:
            wrong = self._objections(reply.text, [f"{name}: {value}" for name, value in reply.headers.items()])
            yield self.content("unexpected" if wrong else "expected", hint=", ".join(wrong) + begins if wrong else "")
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

    def _objections(self, text: str, head: list[str]) -> list[str]:
        return [
            *(f"no {wanted!r} in the answer" for wanted in self.expect if wanted not in text),
            *(f"{unwanted!r} in the answer" for unwanted in self.reject if unwanted in text),
            *(
                f"no {wanted!r} in its head"
                for wanted in self.expect_header
                if not any(wanted.lower() in line.lower() for line in head)
            ),
        ]
