"""Orders on their way from the shop to the warehouse."""

from checks.aws.source import Aws
from checkwright import Check, Metrics, gauge, option, uses


class OrderQueue(Check):
    """Orders that wait for the warehouse, and orders that were given up.

    After five failed deliveries SQS moves an order to the queue NAME-dead. Each
    order there is a customer who paid and gets nothing, so the first is CRITICAL.
    """

    aws = uses(Aws)

    queue: str = option("Queue name", example="orders-production")
    region: str = option("AWS region of both queues", default="eu-west-1")

    given_up = gauge("Orders given up", crit=0)
    waiting = gauge("Orders waiting", warn=200, crit=1_000)

    def probe(self) -> Metrics:
        yield self.given_up(self.aws.queue(f"{self.queue}-dead", self.region).depth())
        yield self.waiting(self.aws.queue(self.queue, self.region).depth())
