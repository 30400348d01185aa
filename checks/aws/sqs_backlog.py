"""Messages waiting in an SQS queue."""

from checks.aws.source import Aws
from checkwright import BadUsage, Check, Metrics, gauge, option, uses


class SqsBacklog(Check):
    """Number of waiting messages in a queue, and the age of the oldest.

    Messages in flight were received and are not deleted yet. Delayed messages cannot be received yet, by the delay of
    the queue or of the message.

    The number comes from SQS and is current. The age comes from CloudWatch, which is
    some minutes late, so keep its thresholds above five minutes. CloudWatch has no age
    for an idle queue: that is OK. A queue that does not exist is CRITICAL; missing
    credentials or permissions are UNKNOWN. The check needs the permissions
    sqs:GetQueueUrl, sqs:GetQueueAttributes and cloudwatch:GetMetricData.
    """

    thread_safe = True
    shared = True

    aws = uses(Aws)

    queue: str = option("Queue name", example="payments-events")
    region: str = option("AWS region of the queue", default="eu-west-1")
    endpoint_url: str | None = option(
        "Endpoint instead of the public one of AWS", default=None, example="https://aws.internal.example.com"
    )

    oldest = gauge("Oldest message", "s", warn=600, crit=1800, missing="ok")
    depth = gauge("Messages waiting", warn=1_000, crit=10_000, min=0)
    in_flight = gauge("Messages in flight", min=0)
    delayed = gauge("Messages delayed", min=0)

    def validate(self) -> None:
        if not self.queue or not self.region:
            raise BadUsage(f"--{'region' if self.queue else 'queue'} is empty")

    def probe(self) -> Metrics:
        queue = self.aws.queue(self.queue, self.region, self.endpoint_url)
        # Age last, so that the counts are reported even without permission for CloudWatch.
        yield self.depth(queue.depth())
        yield self.in_flight(queue.in_flight())
        yield self.delayed(queue.delayed())
        yield self.oldest(queue.oldest_seconds())
