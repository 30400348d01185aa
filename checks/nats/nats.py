"""Connections, slow consumers and JetStream of a NATS server."""

from checkwright import UNLIMITED, Metrics, gauge, uses, verdict
from checkwright.sources.http_service import HttpService
from checkwright.sources.statefile import StateFile

_WINDOW = 600.0


class Nats(HttpService):
    """Health of one NATS server, from its monitoring port.

    CRITICAL: no answer, a health other than `ok` (JetStream lost its quorum, or is still recovering), and connections
    at the limit. A slow consumer is WARNING for 10 minutes: the server disconnected a client that did not read, and
    without JetStream its messages are lost.

    Enable the port on the loopback interface; it has no login:

        http: 127.0.0.1:8222

    Defaults: `connections` 80/95 % of max_connections (65,536 by default); `slow` above 0; `storage` 80/90 % of the
    JetStream limit, because messages are rejected at 100 %. `memory`, `subscriptions`, `routes` and the rates have
    none; set `--routes-critical 2:` in a cluster of three.

    Tested with NATS 2.9.10, with and without JetStream.
    """

    thread_safe = True

    past = uses(StateFile)

    url: str = HttpService.url_option("http://127.0.0.1:8222", "the monitoring port")

    health = verdict("Health", ok=["ok"])
    connections = gauge("Connections used", "%", warn=80, crit=95, missing="ok")
    slow = gauge("Slow consumers in 10 minutes", warn=0, min=0, missing="ok")
    storage = gauge("JetStream storage", "%", warn=80, crit=90, missing="ok", max=UNLIMITED)
    memory = gauge("Memory", "B")
    subscriptions = gauge("Subscriptions", min=0)
    routes = gauge("Routes", min=0)
    received = gauge("Messages received", "/s", min=0, missing="ok")
    sent = gauge("Messages sent", "/s", min=0, missing="ok")
    time = gauge("Response time", "s", warn=0.5, crit=2)

    def probe(self) -> Metrics:
        reply = self.get("/varz")
        values = reply.json()
        status = self.fetch("/healthz").json()  # its status is 503 where the health is not ok
        names = status.keys()
        yield self.health(status.text("status"), hint=(status.text("error") or "") if "error" in names else "")
        yield self.connections(values.percent("connections", of="max_connections"))
        used = values.number("jetstream.stats.storage", missing=None)
        most = values.number("jetstream.config.max_storage", missing=None)
        yield self.storage(round(100 * used / most, 2) if used is not None and most else None)
        yield self.memory(values.number("mem"))
        yield self.subscriptions(values.number("subscriptions"))
        yield self.routes(values.number("routes"))
        yield self.time(reply.seconds)
        yield self.slow(self.past.within({"slow": values.number("slow_consumers") or 0}, _WINDOW)["slow"])
        counters = {name: values.number(name) or 0 for name in ("in_msgs", "out_msgs")}
        delta = self.past.since_last_run(counters, "rates")
        yield self.received(delta.rate("in_msgs") if delta else None)
        yield self.sent(delta.rate("out_msgs") if delta else None)
