"""DynamoDB tables."""

from checks.aws._selection import selected
from checks.aws._series import data_age
from checks.aws.source import SEVERAL, AwsCheck, CloudMetric, Points, Series
from checkwright import UNLIMITED, BadUsage, Down, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    Found = Mapping[tuple[Series, str], Points]

#: Seconds of one datapoint, and of the time to look back: three whole periods.
_PERIOD, _BACK = 300, 1260
_THROTTLES = ("ReadThrottleEvents", "WriteThrottleEvents")
_CONSUMED = {"read": "ConsumedReadCapacityUnits", "write": "ConsumedWriteCapacityUnits"}
_CAPACITY = {"read": "ReadCapacityUnits", "write": "WriteCapacityUnits"}
_TABLE, _INDEX = {"TableName": "{table}"}, {"TableName": "{table}", "GlobalSecondaryIndexName": SEVERAL}
_OPERATION = {"TableName": "{table}", "Operation": "{operation}"}


def _declared() -> "Iterator[CloudMetric]":
    for dims, when in ((_TABLE, ()), (_INDEX, ("index",))):
        for metric in _THROTTLES:
            yield CloudMetric("AWS/DynamoDB", metric, dims, "Sum", period=_PERIOD, when=when)
        for metric in _CONSUMED.values():
            only = "provisioned capacity"
            yield CloudMetric("AWS/DynamoDB", metric, dims, "Sum", period=_PERIOD, when=when, only=only)
    for metric, stat, gauges, scale in (
        ("SystemErrors", "Sum", {}, 1.0),
        ("SuccessfulRequestLatency", "Average", {"Average": "latency"}, 0.001),
    ):
        yield CloudMetric(
            "AWS/DynamoDB",
            metric,
            _OPERATION,
            stat,
            period=_PERIOD,
            when=("operation",),
            gauges=gauges,
            scale=scale,
        )


class Dynamodb(AwsCheck):
    """State of DynamoDB tables, throttled requests and consumed capacity.

    `state` comes from DynamoDB and is current; a table that does not exist is CRITICAL. The other values come from
    CloudWatch and are one to six minutes old. `throttled` counts the reads and writes that DynamoDB rejected in the
    last 15 minutes; without any, there is no datapoint, and the value is 0. `read` and `write` are averages over 5
    minutes, in percent of the provisioned capacity; on-demand tables have no value.

    `--index` adds global secondary indexes by name or pattern, such as '*' for all. A throttled index throttles the
    writes to its table. `--operation GetItem` adds `errors`, the number of 500 responses in the last 15 minutes, and
    `latency`, the mean over 5 minutes. CloudWatch has these two per operation only.

    Defaults: one throttled request is a WARNING, because clients retry a few by themselves; 100 are CRITICAL. Above 80
    % of the capacity, short peaks within the 5 minutes are throttled. A hot key may be throttled at any value.

    Permissions: dynamodb:DescribeTable and cloudwatch:GetMetricData. CloudWatch bills two metrics for each on-demand
    table and index, four with provisioned capacity, and two for each operation: every 5 minutes is enough.

    Tested with moto, and with answers that match botocore's service models. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("dynamodb:DescribeTable", "cloudwatch:GetMetricData")
    reads = tuple(_declared())

    table: tuple[str, ...] = option("Table that must exist", flags="--table", example="orders")
    index: tuple[str, ...] = option("Global secondary index to watch, or a pattern", flags="-i --index", default=())
    operation: tuple[str, ...] = option("Operation whose errors and latency to watch", default=(), example="GetItem")

    throttled = gauge("Throttled requests to", warn=0, crit=100, min=0)
    state = verdict(
        "Table",
        ok=["ACTIVE", "UPDATING"],
        warn=["CREATING", "ARCHIVING"],
        crit=["DELETING", "INACCESSIBLE_ENCRYPTION_CREDENTIALS", "ARCHIVED"],
    )
    read = gauge("Read capacity of", "%", warn=80, crit=95, max=UNLIMITED, missing="ok", optional=True)
    write = gauge("Write capacity of", "%", warn=80, crit=95, max=UNLIMITED, missing="ok", optional=True)
    errors = gauge("Errors of", warn=0, crit=100, min=0, optional=True)
    latency = gauge("Latency of", "s", missing="ok", optional=True)
    data_age = gauge("Data age", "s", missing="ok", optional=True)

    def validate(self) -> None:
        super().validate()
        if not self.table or "" in (*self.table, *self.index, *self.operation):
            raise BadUsage("--table, --index and --operation need a name")

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        prefix = "arn:{partition}:dynamodb:{region}:{account}:table/"
        return {
            "dynamodb:DescribeTable": tuple(prefix + name for name in self.table),
            "cloudwatch:GetMetricData": ("*",),
        }

    def probe(self) -> Metrics:
        tables = dict(self.each(self.table, self._table))
        parts: dict[str, _Part] = {}
        for name, table in tables.items():
            yield self.state(str(table.get("TableStatus", "")), of=name)
            parts[name] = _Part({"TableName": name}, table)
            for index, about in self._indexes(name, table):
                yield self.state(str(about.get("IndexStatus", "")), of=f"{name}/{index}")
                parts[f"{name}/{index}"] = _Part({"TableName": name, "GlobalSecondaryIndexName": index}, about)
        operations = {
            f"{name} {operation}": {"TableName": name, "Operation": operation}
            for name in tables
            for operation in self.operation
        }
        queries = [one for part in parts.values() for one in part.series()]
        queries += [one for dims in operations.values() for one in _operation_series(dims)]
        if not queries:
            return
        points = self.aws.series(self._about(", ".join(tables)), self.where(), *queries)
        for item, part in parts.items():
            refused = [points[one, "Sum"].sum() or 0 for one in part.throttles]
            words = f"{refused[0]:,.0f} reads, {refused[1]:,.0f} writes" if any(refused) else ""
            yield self.throttled(sum(refused), of=item, hint=words)
            for gauge_, name in ((self.read, "read"), (self.write, "write")):
                if name in part.consumed:
                    yield gauge_(part.share(name, points), of=item)
        for item, dims in operations.items():
            failed, times = _operation_series(dims)
            yield self.errors(points[failed, "Sum"].sum() or 0, of=item)
            mean = points[times, "Average"].newest()
            yield self.latency(None if mean is None else mean / 1000, of=item)
        yield self.data_age(data_age(points.values()))

    def _about(self, name: str) -> str:
        return f"the table {name}{self.where().suffix()}"

    def _table(self, name: str) -> "Mapping[str, Any]":
        gone = ("ResourceNotFoundException",)
        answer = self.aws.ask("dynamodb", "DescribeTable", self._about(name), self.where(), gone=gone, TableName=name)
        found: Mapping[str, Any] = answer.get("Table", {})
        return found

    def _indexes(self, name: str, table: "Mapping[str, Any]") -> "Iterator[tuple[str, Mapping[str, Any]]]":
        """Yield the chosen indexes of a table. Raises Down for one that is named and does not exist."""
        known = {str(one["IndexName"]): one for one in table.get("GlobalSecondaryIndexes", ())}
        for pattern in self.index:
            if not any(selected(index, [pattern]) for index in known):
                raise Down(f"{self._about(name)} has no index {pattern}")
        yield from ((index, one) for index, one in sorted(known.items()) if self.index and selected(index, self.index))


class _Part:
    """A table or an index: its metrics, and its provisioned capacity."""

    def __init__(self, dims: "Mapping[str, str]", about: "Mapping[str, Any]") -> None:
        provisioned = about.get("ProvisionedThroughput", {})
        self.capacity = {name: int(provisioned.get(key, 0)) for name, key in _CAPACITY.items()}
        self.throttles = [_series(metric, dims, "Sum") for metric in _THROTTLES]
        self.consumed = {
            name: _series(metric, dims, "Sum") for name, metric in _CONSUMED.items() if self.capacity[name]
        }

    def series(self) -> list[Series]:
        return [*self.throttles, *self.consumed.values()]

    def share(self, name: str, points: "Found") -> float | None:
        """Return the used part of the capacity in percent, None without a datapoint."""
        units = points[self.consumed[name], "Sum"].newest()
        return None if units is None else 100 * units / _PERIOD / self.capacity[name]


def _operation_series(dims: "Mapping[str, str]") -> tuple[Series, Series]:
    return _series("SystemErrors", dims, "Sum"), _series("SuccessfulRequestLatency", dims, "Average")


def _series(metric: str, dims: "Mapping[str, str]", stat: str) -> Series:
    return Series("AWS/DynamoDB", metric, dims, stat, period=_PERIOD, back=_BACK)
