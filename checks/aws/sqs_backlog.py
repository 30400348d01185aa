"""Messages waiting in SQS queues, and messages in their dead-letter queues."""

from checks.aws.source import AwsCheck, CloudMetric, Points, Queue, oldest_messages
from checkwright import BadUsage, CannotTell, Down, Metrics, gauge, option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


class SqsBacklog(AwsCheck):
    """Number of waiting messages in a queue, the age of the oldest one, and the messages in its dead-letter queue.

    Messages in flight were received but not yet deleted. Delayed messages cannot be received yet, because of the delay
    of the queue or of the message. SQS moves a message that was received too often to the dead-letter queue, if there
    is one: each message there is work that was not done.

    The numbers come from SQS and are current. The age comes from CloudWatch and is some minutes old, so keep its limits
    above five minutes. An idle queue has no age, and a queue that was idle for hours has none for up to 15 minutes
    after new messages arrive: the status line says so. `retention` is the age in percent of the retention period, after
    which SQS deletes a message.

    A queue that does not exist is CRITICAL; missing credentials or permissions are UNKNOWN. `--queue 'shop-*'` selects
    all queues whose names begin like that, one item for each. A pattern that matches no queue is CRITICAL.

    Tested with moto. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("sqs:GetQueueUrl", "sqs:GetQueueAttributes", "sqs:ListQueues", "cloudwatch:GetMetricData")
    reads = (
        *(
            CloudMetric(
                "AWS/SQS", metric, {"QueueName": "{queue}"}, "Maximum", gauges={"Maximum": gauge}, billed=billed
            )
            for metric, gauge, billed in (
                ("ApproximateAgeOfOldestMessage", "oldest", True),
                ("ApproximateNumberOfMessagesVisible", "depth", False),
                ("ApproximateNumberOfMessagesNotVisible", "in_flight", False),
                ("ApproximateNumberOfMessagesDelayed", "delayed", False),
            )
        ),
    )

    queue: str = option("Queue name, or the beginning of several names with * at its end", example="payments-events")
    no_dead_letters: bool = option("Do not look at dead-letter queues", default=False)

    oldest = gauge("Oldest message", "s", warn=600, crit=1800, missing="ok")
    depth = gauge("Messages waiting", warn=1_000, crit=10_000, min=0)
    dead = gauge("Dead-lettered messages", warn=0, crit=100, min=0, missing="ok", optional=True)
    in_flight = gauge("Messages in flight", min=0)
    delayed = gauge("Messages delayed", min=0)
    retention = gauge("Retention used by the oldest message", "%", warn=50, crit=80, missing="ok")
    data_age = gauge("Data age", "s", missing="ok", optional=True)

    def validate(self) -> None:
        super().validate()
        if not self.queue.rstrip("*") or "*" in self.queue[:-1]:
            raise BadUsage(
                f"--queue: {self.queue!r} is no name of a queue, nor the beginning of names such as 'shop-*'"
            )

    def probe(self) -> Metrics:
        if self.queue.endswith("*"):
            queues = dict(self.each(self._names(self.queue[:-1]), self._measured))
        else:
            queues = {"": self._measured(self.queue)}
        ages, refusal = self._ages(queues)
        for item, queue in queues.items():
            yield from self._counts(queue, item)
            if queue.name in ages:
                age = ages[queue.name].newest()
                unknown = "their age is not known yet" if age is None and queue.depth() else ""
                yield self.depth(queue.depth(), of=item, hint=unknown)
                yield self.oldest(age, of=item)
                yield self.retention(None if age is None else 100 * age / queue.retention_seconds(), of=item)
            else:
                yield self.depth(queue.depth(), of=item)
        if refusal is not None:
            raise refusal
        found = [age for points in ages.values() if (age := points.age()) is not None]
        yield self.data_age(min(found, default=None))

    def _counts(self, queue: Queue, item: str) -> Metrics:
        yield self.in_flight(queue.in_flight(), of=item)
        yield self.delayed(queue.delayed(), of=item)
        if not self.no_dead_letters and (dead := queue.dead_letters()) is not None:
            yield self.dead(dead.depth(), of=item)

    def _ages(self, queues: "Mapping[str, Queue]") -> "tuple[dict[str, Points], CannotTell | None]":
        """Return the ages of each queue's oldest message, or the reason why CloudWatch has none.

        The counts of SQS are worth reporting without them.
        """
        try:
            return oldest_messages(self.aws, list(queues.values()), self.where()), None
        except CannotTell as error:
            return {}, error

    def _names(self, prefix: str) -> list[str]:
        about = f"the queues {prefix}*{self.where().suffix()}"
        pages = self.aws.pages("sqs", "ListQueues", about, self.where(), QueueNamePrefix=prefix, MaxResults=1000)
        names = [str(url).rpartition("/")[2] for page in pages for url in page.get("QueueUrls", ())]
        if not names:
            raise Down(f"there is no queue whose name begins with {prefix}{self.where().suffix()}")
        return sorted(names)

    def _measured(self, name: str) -> Queue:
        queue = self.aws.queue(name, self.where())
        queue.depth()  # so that an unreadable queue fails here, for itself
        return queue

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        # Nobody knows the dead-letter queue's name beforehand.
        name = self.queue if self.no_dead_letters else "*"
        queues = ("arn:{partition}:sqs:{region}:{account}:" + name,)
        needed = {"sqs:GetQueueUrl": queues, "sqs:GetQueueAttributes": queues, "cloudwatch:GetMetricData": ("*",)}
        return needed | {"sqs:ListQueues": ("*",)} if self.queue.endswith("*") else needed

    def calls(self) -> "Mapping[str, int]":
        queues = 1 if self.no_dead_letters else 2
        return dict.fromkeys(self.needs(), 1) | {"sqs:GetQueueUrl": queues, "sqs:GetQueueAttributes": queues}
