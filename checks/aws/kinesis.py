"""Kinesis data streams."""

from checks.aws._series import data_age
from checks.aws.source import AwsCheck, CloudMetric, Points, Series
from checkwright import UNLIMITED, BadUsage, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    Found = Mapping[tuple[Series, str], Points]

#: Seconds of one datapoint, and of the time to look back: three whole periods.
_PERIOD, _BACK = 300, 1260
_AGE, _INCOMING = "GetRecords.IteratorAgeMilliseconds", "IncomingRecords"
_THROTTLES = ("ReadProvisionedThroughputExceeded", "WriteProvisionedThroughputExceeded")
_STATS = {_AGE: "Maximum", _INCOMING: "Sum", **dict.fromkeys(_THROTTLES, "Sum")}


class Kinesis(AwsCheck):
    """Lag of the consumers of Kinesis streams, streams without a consumer, and throttled requests.

    `lag` is the age of the record that a consumer read last, in percent of the stream's retention period: at 100 %
    records are deleted before they are read. A shard that is read for the first time reports hours for a moment, so the
    lower of the two newest values counts. All consumers of a stream share this metric, and the slowest one sets it. To
    watch a function by itself, use `lambda_function --stream`.

    A stream without a consumer has no such metric: `readers` is CRITICAL if records arrive and nobody reads them. The
    metric excludes consumers with enhanced fan-out; a stream that has some is reported as `fan-out`.

    `throttled` counts rejected reads and writes of the last 15 minutes; producers and consumers retry a few of them by
    themselves. The values come from CloudWatch and are one to six minutes old. A stream that does not exist is
    CRITICAL.

    Permissions: kinesis:DescribeStreamSummary and cloudwatch:GetMetricData, which bills four metrics for each stream
    and run: every 5 minutes is enough.

    Tested with moto, and with answers that match botocore's service models. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("kinesis:DescribeStreamSummary", "cloudwatch:GetMetricData")
    reads = tuple(
        CloudMetric(
            "AWS/Kinesis",
            metric,
            {"StreamName": "{stream}"},
            stat,
            period=_PERIOD,
            gauges={stat: "age"} if metric == _AGE else {},
            scale=0.001 if metric == _AGE else 1.0,
        )
        for metric, stat in _STATS.items()
    )

    stream: tuple[str, ...] = option("Stream that must exist", flags="-s --stream", example="clicks")

    lag = gauge("Consumer lag of", "%", warn=25, crit=50, max=UNLIMITED, missing="ok")
    readers = verdict("Consumers of", ok=["reading", "idle", "fan-out"], crit=["nobody reads"])
    throttled = gauge("Throttled requests to", warn=0, crit=100, min=0)
    state = verdict("Stream", ok=["ACTIVE", "UPDATING"], warn=["CREATING"], crit=["DELETING"])
    age = gauge("Oldest record read from", "s", missing="ok")
    records = gauge("Records into", "/s", min=0)
    data_age = gauge("Data age", "s", missing="ok", optional=True)

    def validate(self) -> None:
        super().validate()
        if not self.stream or "" in self.stream:
            raise BadUsage("--stream needs the name of a stream")

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        prefix = "arn:{partition}:kinesis:{region}:{account}:stream/"
        streams = tuple(prefix + name for name in self.stream)
        return {"kinesis:DescribeStreamSummary": streams, "cloudwatch:GetMetricData": ("*",)}

    def probe(self) -> Metrics:
        found = dict(self.each(self.stream, self._stream))
        for name, stream in found.items():
            yield self.state(str(stream.get("StreamStatus", "")), of=name)
        series = {name: {metric: _series(name, metric) for metric in _STATS} for name in found}
        queries = [one for own in series.values() for one in own.values()]
        if not queries:
            return
        points = self.aws.series(self._about(", ".join(found)), self.where(), *queries)
        for name, stream in found.items():
            own = {metric: points[one, _STATS[metric]] for metric, one in series[name].items()}
            yield from self._one(name, stream, own)
        yield self.data_age(data_age(points.values()))

    def _one(self, name: str, stream: "Mapping[str, Any]", points: "Mapping[str, Points]") -> Metrics:
        ages = [value for _, value in points[_AGE].points[:2]]
        age = min(ages) / 1000 if ages else None
        retention = int(stream.get("RetentionPeriodHours", 0)) * 3600
        yield self.lag(100 * age / retention if age is not None and retention else None, of=name)
        yield self.age(age, of=name)
        incoming = points[_INCOMING].sum() or 0
        fan_out = int(stream.get("ConsumerCount", 0))
        word = "reading" if ages else "fan-out" if fan_out else "nobody reads" if incoming else "idle"
        hint = f"{incoming:,.0f} records in 15 minutes" if word == "nobody reads" else ""
        yield self.readers(word, of=name, hint=hint)
        refused = [points[metric].sum() or 0 for metric in _THROTTLES]
        words = f"{refused[0]:,.0f} reads, {refused[1]:,.0f} writes" if any(refused) else ""
        yield self.throttled(sum(refused), of=name, hint=words)
        yield self.records((points[_INCOMING].newest() or 0) / _PERIOD, of=name)

    def _about(self, name: str) -> str:
        return f"the stream {name}{self.where().suffix()}"

    def _stream(self, name: str) -> "Mapping[str, Any]":
        answer = self.aws.ask(
            "kinesis",
            "DescribeStreamSummary",
            self._about(name),
            self.where(),
            gone=("ResourceNotFoundException",),
            StreamName=name,
        )
        found: Mapping[str, Any] = answer.get("StreamDescriptionSummary", {})
        return found


def _series(name: str, metric: str) -> Series:
    dims = {"StreamName": name}
    return Series("AWS/Kinesis", metric, dims, _STATS[metric], period=_PERIOD, back=_BACK)
