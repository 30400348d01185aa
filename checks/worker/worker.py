"""Warm worker that runs the checks of Nagios."""

from checks.worker.source import Workers
from checkwright import BadUsage, Check, Metrics, gauge, option, uses, verdict


class Worker(Check):
    """Connection, backlog and latency of the warm worker.

    While the worker is down or not connected, Nagios forks each check itself: everything is still checked, at many
    times the cost. A worker that does not run is CRITICAL, a frontend that is not connected is WARNING. Jobs that are
    held for long and threads that do not return point to checks that hang.
    """

    thread_safe = True

    workers = uses(Workers)

    socket: str = option("Status socket of the worker", flags="-s --socket", default="/run/checkwright/worker.sock")

    frontend = verdict("Frontend", ok=["connected"], warn=["not connected"])
    oldest = gauge("Oldest job", "s", warn=60, crit=120, min=0)
    p99 = gauge("Latency p99", "s", min=0, optional=True)
    p50 = gauge("Latency p50", "s", min=0, optional=True)
    held = gauge("Jobs held", min=0)
    waiting = gauge("Jobs waiting", warn=500, crit=5_000, min=0)
    stuck = gauge("Threads stuck", warn=10, crit=30, min=0)
    ended = gauge("Processes lost", "c", min=0)
    jobs = gauge("Jobs", "c", min=0)
    memory = gauge("Memory", "B", min=0)

    def validate(self) -> None:
        if not self.socket.startswith("/"):
            raise BadUsage("--socket needs the full path of the worker's status socket")

    def probe(self) -> Metrics:
        status = self.workers.status(self.socket)
        for name, connected in status.frontends.items():
            yield self.frontend("connected" if connected else "not connected", of=name)
        yield self.oldest(status.oldest)
        yield self.held(status.held)
        yield self.waiting(status.waiting)
        yield self.stuck(status.stuck)
        if status.p99 is not None and status.p50 is not None:
            yield self.p99(status.p99)
            yield self.p50(status.p50)
        yield self.ended(status.ended)
        yield self.jobs(status.jobs)
        yield self.memory(status.memory)
