"""State and backlog of the checkout service."""

from checkwright import Check, Metrics, Secret, gauge, option, uses, verdict
from checkwright.sources.http import Http


class Checkout(Check):
    """State of the checkout service, from its health document.

    No answer is CRITICAL: customers cannot pay. An answer without the expected
    fields is UNKNOWN: somebody changed the document, and this check with it.
    """

    http = uses(Http)

    url: str = option("Health document", example="https://checkout.example.com/health")
    token: Secret | None = option("Bearer token", default=None)

    status = verdict("Status", ok=["up"], warn=["degraded"])
    answer = gauge("Response time", "s", warn=0.5, crit=2)
    waiting = gauge("Orders waiting", warn=100, crit=500)
    pool = gauge("Database connections in use", "%", warn=80, crit=95)

    def probe(self) -> Metrics:
        reply = self.http.get(self.url, token=self.token)
        health = reply.json()
        yield self.status(health.text("status"))
        yield self.answer(reply.seconds)
        yield self.waiting(health.number("orders.waiting"))
        yield self.pool(health.percent("pool.used", of="pool.size"))
