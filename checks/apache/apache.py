"""Workers and requests of an Apache HTTP server."""

from checks.apache._server_status import parse
from checkwright import CannotTell, Metrics, gauge, uses
from checkwright.sources.http_service import HttpService
from checkwright.sources.statefile import StateFile


class Apache(HttpService):
    """Busy workers, requests and traffic of an Apache server, from the page of mod_status.

    `busy` is the percentage of all slots (MaxRequestWorkers) that serve a request. When all are busy, new requests
    wait, and so does this check: Apache cannot answer it either, which is CRITICAL. `busy` therefore rarely reaches 100
    %, and the WARNING before it matters. A server that does not answer is CRITICAL. A status page that is forbidden or
    missing, or a page that is not server-status, is UNKNOWN.

    `duration` is the mean time of all requests since the last run, and needs Apache 2.4.39. Counters start at zero when
    Apache restarts, so rates have no value in the first run after it.

    Debian enables the page for local requests. Elsewhere, add it to a server that listens on 127.0.0.1; it needs no
    account:

        <Location "/server-status">
            SetHandler server-status
            Require local
        </Location>

    An application's rewrite rules, such as those of WordPress, may catch the path: exclude it there, or give the page a
    port of its own.

    Defaults: at 80 % there is room for a burst, at 95 % the next slow page takes the last workers. `time` is a WARNING
    at 1 s, because the page itself takes milliseconds; the rest is waiting for a worker.

    Tested with Apache 2.4.71 and the event MPM.
    """

    thread_safe = True

    memory = uses(StateFile)

    url: str = HttpService.url_option("http://127.0.0.1/server-status", "the page of mod_status")

    busy = gauge("Busy workers", "%", warn=80, crit=95)
    time = gauge("Time", "s", warn=1, crit=5)
    idle = gauge("Idle workers", min=0)
    closing = gauge("Finishing workers", min=0)
    uptime = gauge("Uptime", "s")
    duration = gauge("Mean request time", "s", missing="ok")
    requests = gauge("Requests", "/s", min=0, missing="ok")
    traffic = gauge("Traffic", "B/s", min=0, missing="ok")

    def probe(self) -> Metrics:
        reply = self.get("" if "?" in self.url else "?auto")
        try:
            status = parse(reply.text)
        except ValueError:
            raise CannotTell(
                f"GET {reply.url}: this is not the page of server-status, it begins {reply.excerpt(80)!r}"
            ) from None
        yield self.busy(100 * status.busy / status.slots if status.slots else None)
        yield self.time(reply.seconds)
        yield self.idle(status.idle)
        yield self.closing(status.closing)
        yield self.uptime(status.uptime)
        # Last, so that the counts are reported even where memory cannot be kept.
        counters = {"requests": status.accesses, "kilobytes": status.kilobytes, "duration": status.duration}
        delta = self.memory.since_last_run({name: value for name, value in counters.items() if value is not None})
        requests = None if delta is None else delta.of("requests")
        spent = None if delta is None else delta.of("duration")
        yield self.duration(spent / 1_000 / requests if requests and spent is not None else None)
        yield self.requests(None if delta is None else delta.rate("requests"))
        kilobytes = None if delta is None else delta.rate("kilobytes")
        yield self.traffic(None if kilobytes is None else 1_024 * kilobytes)
