"""Messages piling up in an SQS queue."""

from checks.aws.source import Aws
from checkwright import BadUsage, Check, Metrics, gauge, option, uses


class SqsBacklog(Check):
    """How many messages wait in a queue, and for how long the oldest has.

    Depth comes from SQS, which is current; age comes from CloudWatch, which
    lags by some minutes, so keep its thresholds above five minutes. CloudWatch
    has no age for an idle queue: that is OK. A queue that is not there is
    CRITICAL; missing credentials or permissions are UNKNOWN. It needs
    sqs:GetQueueUrl, sqs:GetQueueAttributes and cloudwatch:GetMetricData.
    """

    thread_safe = True
    shared = True

    aws = uses(Aws)

    queue: str = option("Queue name", example="payments-events")
    region: str = option("AWS region of the queue", default="eu-west-1")
    endpoint_url: str | None = option(
        "Address to ask instead of AWS's public one", default=None, example="https://aws.internal.example.com"
    )

    oldest = gauge("Oldest message", "s", warn=600, crit=1800, missing="ok")
    depth = gauge("Messages waiting", warn=1_000, crit=10_000, min=0)
    in_flight = gauge("Messages in flight", min=0)

    def validate(self) -> None:
        if not self.queue or not self.region:
            raise BadUsage(f"--{'region' if self.queue else 'queue'} is empty: give the name of one")

    def probe(self) -> Metrics:
        queue = self.aws.queue(self.queue, self.region, self.endpoint_url)
        # Age last: without CloudWatch's permission the counts are still known.
        yield self.depth(queue.depth())
        yield self.in_flight(queue.in_flight())
        yield self.oldest(queue.oldest_seconds())
