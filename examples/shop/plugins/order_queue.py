"""Orders on their way from the shop to the warehouse."""

from collections.abc import Mapping

from checks.aws.source import AwsCheck
from checkwright import Metrics, gauge, option


class OrderQueue(AwsCheck):
    """Orders that wait for the warehouse, and orders that were given up.

    After five failed deliveries SQS moves an order to the queue NAME-dead. Each
    order there is a customer who paid and gets nothing, so the first is CRITICAL.
    """

    thread_safe = True
    shared = True
    actions = ("sqs:GetQueueUrl", "sqs:GetQueueAttributes")

    queue: str = option("Queue name", example="orders-production")

    given_up = gauge("Orders given up", crit=0)
    waiting = gauge("Orders waiting", warn=200, crit=1_000)

    def probe(self) -> Metrics:
        yield self.given_up(self.aws.queue(f"{self.queue}-dead", self.where()).depth())
        yield self.waiting(self.aws.queue(self.queue, self.where()).depth())

    def needs(self) -> Mapping[str, tuple[str, ...]]:
        return dict.fromkeys(self.actions, ("arn:{partition}:sqs:{region}:{account}:" + self.queue + "*",))
