"""One SQS queue: its counts from SQS, the age of its oldest message from CloudWatch."""

from collections.abc import Mapping, Sequence

from checks.aws._series import Points, Series
from checks.aws._where import Where
from checkwright.core.text import clean
from checkwright.sources import CannotTell
from checkwright.sources.numbers import natural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from checks.aws.source import Aws

_ATTRIBUTES = [
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
    "MessageRetentionPeriod",
    "RedrivePolicy",
]


class Queue:
    """One SQS queue. Its counts are fetched once.

    about: name and region, for errors.
    """

    def __init__(self, aws: "Aws", name: str, url: str, about: str, where: Where) -> None:
        self.name = name
        self.about = about
        self._aws = aws
        self._url = url
        self._where = where
        self._attributes: Mapping[str, object] | None = None

    def depth(self) -> int:
        """Return the number of messages that wait to be received."""
        return self._count("ApproximateNumberOfMessages")

    def in_flight(self) -> int:
        """Return the number of messages that were received, and neither deleted nor returned to the queue yet."""
        return self._count("ApproximateNumberOfMessagesNotVisible")

    def delayed(self) -> int:
        """Return the number of messages that cannot be received before their delay has passed."""
        return self._count("ApproximateNumberOfMessagesDelayed")

    def retention_seconds(self) -> int:
        """Return the age at which SQS deletes a message that nobody received."""
        return self._count("MessageRetentionPeriod")

    def dead_letters(self) -> "Queue | None":
        """Return the queue that takes messages after too many deliveries, None if there is none."""
        policy = self._all().get("RedrivePolicy")
        if not policy:
            return None
        import json

        try:
            arn = json.loads(str(policy))["deadLetterTargetArn"]
        except (ValueError, KeyError, TypeError):
            arn = None
        if not isinstance(arn, str) or arn.count(":") < 5:
            raise CannotTell(f"the RedrivePolicy of {self.about} names no queue: {clean(policy, 100)}")
        region, name = arn.split(":")[3], arn.split(":")[5]
        return self._aws.queue(name, self._where.at(region) if self._where.region else self._where)

    def oldest_seconds(self) -> float | None:
        """Return the age of the oldest waiting message; None without a datapoint, as for an idle queue."""
        return oldest_messages(self._aws, [self], self._where)[self.name].newest()

    def _all(self) -> Mapping[str, object]:
        if self._attributes is None:
            answer = self._aws.ask(
                "sqs",
                "GetQueueAttributes",
                self.about,
                self._where,
                QueueUrl=self._url,
                AttributeNames=_ATTRIBUTES,
            )
            found = answer.get("Attributes")
            self._attributes = found if isinstance(found, Mapping) else {}
        return self._attributes

    def _count(self, attribute: str) -> int:
        count = natural(str(self._all().get(attribute, "")))
        if count is None:
            raise CannotTell(f"the answer to sqs:GetQueueAttributes for {self.about} has no {attribute}")
        return count


def oldest_messages(aws: "Aws", queues: "Sequence[Queue]", where: Where) -> dict[str, Points]:
    """Return the ages in seconds of each queue's oldest waiting message, by name, from one request.

    An idle queue has no datapoint.
    """
    series = {
        queue.name: Series(
            "AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": queue.name}, "Maximum", back=900, settle=0
        )
        for queue in queues
    }
    about = queues[0].about if len(queues) == 1 else f"{len(queues)} queues{where.suffix()}"
    found = aws.series(about, where, *series.values()) if series else {}
    return {name: found[ages, "Maximum"] for name, ages in series.items()}
