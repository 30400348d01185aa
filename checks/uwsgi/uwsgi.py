"""Workers and queues of uWSGI."""

from checks.uwsgi.source import UwsgiServers
from checkwright import BadUsage, Check, Metrics, gauge, option, uses
from checkwright.sources.statefile import StateFile

_WINDOW = 600.0


class Uwsgi(Check):
    """Busy workers, waiting connections, and killed requests.

    The statistics come from a separate socket, which the master answers even if every worker is busy. Enable it in the
    configuration, on the loopback interface or a Unix socket:

        stats = 127.0.0.1:1717

    No answer is CRITICAL. Defaults: `busy` 80/95 % of the workers that are not cheaped; `queue` 10/50 % of the socket's
    queue, because connections are refused at 100 %; `harakiri` WARNING above 0 in 10 minutes: uWSGI killed a request
    that took too long. `waiting`, `exceptions` and `requests` have none. The queue of a Unix socket is always 0 on
    Linux.

    No account is needed. gunicorn has no such page: use `processes`, and `prometheus` with statsd.

    Tested with uWSGI 2.0.21.
    """

    thread_safe = True

    servers = uses(UwsgiServers)
    past = uses(StateFile)

    host: str = option(
        "Socket of the statistics, HOST[:PORT] with port 1717 by default, or a path",
        flags="-H --host",
        default="127.0.0.1",
    )

    busy = gauge("Busy workers", "%", warn=80, crit=95)
    queue = gauge("Queue of", "%", warn=10, crit=50, optional=True)
    waiting = gauge("Connections waiting at", min=0, optional=True)
    harakiri = gauge("Requests killed in 10 minutes", warn=0, min=0, missing="ok")
    exceptions = gauge("Exceptions in 10 minutes", min=0, missing="ok")
    workers = gauge("Workers", crit="1:", min=0)
    requests = gauge("Requests", "/s", min=0, missing="ok")
    time = gauge("Response time", "s", warn=0.5, crit=2)

    def validate(self) -> None:
        if not self.host:
            raise BadUsage("--host is empty: give HOST[:PORT] or the path of a socket")

    def probe(self) -> Metrics:
        state = self.servers.state(self.host)
        working = [word for word in state.workers if word not in ("cheap", "pause")]
        busy = sum(word.startswith("busy") or word.startswith("sig") for word in working)
        yield self.workers(len(working))
        yield self.busy(round(100 * busy / len(working), 2) if working else None)
        for name, (waiting, length) in state.queues.items():
            yield self.waiting(waiting, of=name)
            if length:
                yield self.queue(round(100 * waiting / length, 2), of=name)
        yield self.time(state.seconds)
        events = {name: state.counters.get(name, 0) for name in ("harakiri", "exceptions")}
        found = self.past.within(events, _WINDOW)
        yield self.harakiri(found["harakiri"])
        yield self.exceptions(found["exceptions"])
        delta = self.past.since_last_run({"requests": state.counters.get("requests", 0)}, "rates")
        yield self.requests(delta.rate("requests") if delta else None)
