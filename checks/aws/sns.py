"""SNS topics."""

from checks.aws._series import data_age
from checks.aws.source import AwsCheck, CloudMetric, Points, Series
from checkwright import BadUsage, Down, Metrics, gauge, option
from checkwright.sources.numbers import natural

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

#: Seconds of one datapoint, and of the time to look back: three whole periods.
_PERIOD, _BACK = 300, 1260
_SENT, _FAILED = "NumberOfNotificationsDelivered", "NumberOfNotificationsFailed"
_DEAD, _LOST = "NumberOfNotificationsRedrivenToDlq", "NumberOfNotificationsFailedToRedriveToDlq"
_METRICS = (_SENT, _FAILED, _DEAD, _LOST)
_SPENT = "SMSMonthToDateSpentUSD"


class Sns(AwsCheck):
    """Failed notifications of SNS topics, and subscriptions that are missing or not confirmed.

    `failed` is the percentage of notifications of the last 15 minutes that SNS could not deliver after its own retries.
    `dead` counts those that went to a dead-letter queue, `lost` those that should have and did not arrive there.
    `subscriptions` below 1 is a WARNING: SNS accepts messages to a topic without subscriptions, and drops them.
    `pending` counts subscriptions that nobody confirmed, so that they never receive a message.

    `--sms` adds the spending on text messages this month in percent of the account's limit, above which SNS stops
    sending; one watch in each account is enough.

    `--topic` is a name or an ARN. A topic that does not exist is CRITICAL. The numbers of notifications come from
    CloudWatch and are one to six minutes old. A topic without notifications has no datapoints, which is no error.

    Permissions: sns:GetTopicAttributes, sns:ListTopics for names, sns:GetSMSAttributes with `--sms`, and
    cloudwatch:GetMetricData, which bills four metrics for each topic and run: every 5 minutes is enough.

    Tested with moto without subscriptions, and with answers that match botocore's service models. Not tested against
    AWS.
    """

    thread_safe = True
    shared = True
    actions = ("sns:GetTopicAttributes", "sns:ListTopics", "sns:GetSMSAttributes", "cloudwatch:GetMetricData")
    reads = (
        *(CloudMetric("AWS/SNS", metric, {"TopicName": "{topic}"}, "Sum", period=_PERIOD) for metric in _METRICS),
        CloudMetric("AWS/SNS", _SPENT, {}, "Maximum", period=3600, when=("sms",)),
    )

    topic: tuple[str, ...] = option("Topic that must exist: name or ARN", flags="--topic", example="orders")
    sms: bool = option("Report the money spent on text messages", default=False)

    failed = gauge("Failed notifications of", "%", warn=1, crit=10, missing="ok")
    lost = gauge("Lost notifications of", crit=0, min=0)
    dead = gauge("Dead-lettered notifications of", warn=0, crit=100, min=0)
    pending = gauge("Unconfirmed subscriptions of", warn=0, min=0)
    subscriptions = gauge("Subscriptions of", warn="1:", min=0)
    spent = gauge("SMS spending limit used", "%", warn=80, crit=95, missing="ok", optional=True)
    data_age = gauge("Data age", "s", missing="ok", optional=True)

    def validate(self) -> None:
        super().validate()
        if not self.topic or "" in self.topic:
            raise BadUsage("--topic needs the name or ARN of a topic")

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        prefix = "arn:{partition}:sns:{region}:{account}:"
        topics = tuple(one if one.startswith("arn:") else prefix + one for one in self.topic)
        needed = {"sns:GetTopicAttributes": topics, "cloudwatch:GetMetricData": ("*",)}
        if any(not one.startswith("arn:") for one in self.topic):
            needed["sns:ListTopics"] = ("*",)
        return {**needed, "sns:GetSMSAttributes": ("*",)} if self.sms else needed

    def read_metrics(self) -> tuple[CloudMetric, ...]:
        found = super().read_metrics()
        for metric in found:
            if "TopicName" in metric.dims:
                metric.dims["TopicName"] = _name(metric.dims["TopicName"])
        return found

    def probe(self) -> Metrics:
        arns = self._arns()
        found = dict(self.each(self.topic, lambda topic: self._attributes(topic, arns)))
        for topic, attributes in found.items():
            name = _name(topic)
            yield self.subscriptions(natural(str(attributes.get("SubscriptionsConfirmed", ""))), of=name)
            yield self.pending(natural(str(attributes.get("SubscriptionsPending", ""))), of=name)
        series = {topic: {metric: _series(metric, _name(topic)) for metric in _METRICS} for topic in found}
        queries = [one for own in series.values() for one in own.values()]
        spending = Series("AWS/SNS", _SPENT, {}, "Maximum", period=3600, back=86_400, settle=0)
        if self.sms:
            queries.append(spending)
        if not queries:
            return
        points = self.aws.series(self._about(", ".join(map(_name, found))), self.where(), *queries)
        for topic, own in series.items():
            yield from self._one(_name(topic), {metric: points[one, "Sum"] for metric, one in own.items()})
        if self.sms:
            yield from self._sms(points[spending, "Maximum"].newest())
        yield self.data_age(data_age(points.values()))

    def _one(self, name: str, points: "Mapping[str, Points]") -> Metrics:
        sums = {metric: points[metric].sum() or 0 for metric in _METRICS}
        total = sums[_SENT] + sums[_FAILED]
        hint = f"{sums[_FAILED]:,.0f} of {total:,.0f}" if sums[_FAILED] else ""
        yield self.failed(100 * sums[_FAILED] / total if total else None, of=name, hint=hint)
        yield self.dead(sums[_DEAD], of=name)
        yield self.lost(sums[_LOST], of=name)

    def _sms(self, spent: float | None) -> Metrics:
        about = f"text messages{self.where().suffix()}"
        answer = self.aws.ask("sns", "GetSMSAttributes", about, self.where(), attributes=["MonthlySpendLimit"])
        limit = natural(str(answer.get("attributes", {}).get("MonthlySpendLimit", "")))
        known = spent is not None and limit
        hint = f"{spent:,.2f} of {limit:,} US dollars" if known else ""
        yield self.spent(100 * spent / limit if spent is not None and limit else None, hint=hint)

    def _about(self, name: str) -> str:
        return f"the topic {name}{self.where().suffix()}"

    def _arns(self) -> dict[str, str]:
        """Return the ARNs of all topics by name, nothing where `--topic` has ARNs alone."""
        if all(topic.startswith("arn:") for topic in self.topic):
            return {}
        pages = self.aws.pages("sns", "ListTopics", f"the topics{self.where().suffix()}", self.where(), most=100)
        found = [str(one["TopicArn"]) for page in pages for one in page.get("Topics", ())]
        return {_name(arn): arn for arn in found}

    def _attributes(self, topic: str, arns: "Mapping[str, str]") -> "Mapping[str, str]":
        arn = topic if topic.startswith("arn:") else arns.get(topic)
        if arn is None:
            raise Down(f"{self._about(topic)} does not exist")
        about, gone = self._about(_name(topic)), ("NotFound", "NotFoundException")
        answer = self.aws.ask("sns", "GetTopicAttributes", about, self.where(), gone=gone, TopicArn=arn)
        found: Mapping[str, str] = answer.get("Attributes", {})
        return found


def _name(topic: str) -> str:
    return topic.rpartition(":")[2]


def _series(metric: str, name: str) -> Series:
    return Series("AWS/SNS", metric, {"TopicName": name}, "Sum", period=_PERIOD, back=_BACK)
