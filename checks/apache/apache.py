"""Workers and requests of an Apache HTTP server."""

from checks.apache._server_status import parse
from checkwright import CannotTell, Metrics, gauge, uses
from checkwright.sources.http_service import HttpService
from checkwright.sources.statefile import StateFile


class Apache(HttpService):
    """Busy workers, requests and traffic of an Apache, from the page of mod_status.

    `busy` is the share of all slots (MaxRequestWorkers) that a request occupies. When all are busy, new customers wait,
    and so does this check: Apache cannot answer it either, which is CRITICAL. So `busy` rarely shows 100 %, and the
    warning before is what counts. An Apache that does not answer is CRITICAL. A page that is forbidden, missing, or
    something else than server-status is UNKNOWN.

    `duration` is the mean of all requests since the last run, and needs Apache 2.4.39. Counters begin again when Apache
    restarts: rates have no value in the first run after it.

    Debian enables the page for this machine. Elsewhere add it to a server that listens on 127.0.0.1; it needs no
    account:

        <Location "/server-status">
            SetHandler server-status
            Require local
        </Location>

    Rewrite rules of an application, such as WordPress's, may catch the path: exclude it there, or give the page a port
    of its own.

    Defaults: at 80 % there is room for a burst, at 95 % the next slow page takes the last workers. `time` warns at 1 s:
    the page takes milliseconds, all else is waiting for a worker.

    Run with Apache 2.4.71, the MPM event.
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
