"""Connections and requests of nginx."""

from checks.nginx._stub_status import StubStatus, parse
from checkwright import BadUsage, CannotTell, Metrics, gauge, option, uses
from checkwright.sources.http_service import HttpService
from checkwright.sources.statefile import StateFile

#: Line of nginx's configuration for the page. Debian's has none.
_PAGE = "location = /nginx_status { stub_status; allow 127.0.0.1; deny all; }"

#: Seconds for which a dropped connection keeps the check CRITICAL.
WINDOW = 600


class Nginx(HttpService):
    """Dropped and current connections of nginx, and its request rate, from the page of stub_status.

    nginx drops an accepted connection when all of its `worker_connections` are in use: a client saw an error, and no
    access log has it. Each drop in the last 10 minutes is CRITICAL. Raise `worker_connections`, or find out what keeps
    connections open. nginx closes idle connections first, so a full table alone is not a problem: `used` has no default
    limits. To report it, set `--connections` to worker_processes times worker_connections.

    A server that does not answer is CRITICAL. A page that is forbidden or missing, or that is not stub_status, is
    UNKNOWN. The page has no HTTP errors (4xx, 5xx): watch the access log for those.

    Debian's nginx has no such page until you add it to a `server` that listens on 127.0.0.1, such as the one in
    /etc/nginx/sites-available/default, and run `systemctl reload nginx`. It needs no account:

        location = /nginx_status { stub_status; allow 127.0.0.1; deny all; access_log off; }

    Defaults: `time` is a WARNING at 0.5 s, because the page takes nginx less than 1 ms; the rest is waiting for its
    workers. Counters start at zero when nginx restarts, so the first run after it has no request rate.

    Tested with nginx 1.22.1.
    """

    thread_safe = True

    memory = uses(StateFile)

    url: str = HttpService.url_option("http://127.0.0.1/nginx_status", "the page of stub_status")
    connections: int = option("Connections that all workers may have together, for `used`", default=0)

    dropped = gauge("Dropped connections in 10 min", crit=0, min=0, missing="ok")
    time = gauge("Time", "s", warn=0.5, crit=2)
    used = gauge("Connections in use", "%", max=float("inf"), optional=True)
    active = gauge("Connections", min=0)
    reading = gauge("Connections reading a request", min=0)
    writing = gauge("Connections being answered", min=0)
    waiting = gauge("Idle connections", min=0)
    requests = gauge("Requests", "/s", min=0, missing="ok")

    def validate(self) -> None:
        super().validate()
        if self.connections < 0:
            raise BadUsage(f"--connections: {self.connections} is no number of connections")

    def probe(self) -> Metrics:
        reply = self.fetch()
        if reply.status == 404:
            raise CannotTell(
                f"GET {reply.url}: status 404: give the address of the page by --url, "
                f"or add this line to the server: {_PAGE}"
            )
        self.accepted(reply)
        try:
            status: StubStatus = parse(reply.text)
        except ValueError:
            raise CannotTell(
                f"GET {reply.url}: this is not the page of stub_status, it begins {reply.excerpt(80)!r}: "
                f"add this line to the server: {_PAGE}"
            ) from None
        yield self.time(reply.seconds)
        if self.connections:
            yield self.used(100 * status.active / self.connections)
        yield self.active(status.active)
        yield self.reading(status.reading)
        yield self.writing(status.writing)
        yield self.waiting(status.waiting)
        # Last, so that the counts are reported even where memory cannot be kept.
        lost = {"dropped": status.accepted - status.handled}
        served = {"requests": status.requests}
        events, delta = self.memory.together(
            lambda memory: (memory.within(lost, WINDOW, "dropped"), memory.since_last_run(served, "requests"))
        )
        yield self.dropped(events["dropped"])
        yield self.requests(None if delta is None else delta.rate("requests"))
