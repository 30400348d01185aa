"""AWS Lambda functions."""

from checks.aws._series import data_age, newest_period
from checks.aws.source import AwsCheck, CloudMetric, Points, Series
from checkwright import BadUsage, Duration, Metrics, gauge, option, verdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    Found = Mapping[tuple[Series, str], Points]

#: Seconds of one datapoint, and the shortest and longest window.
_PERIOD, _SHORTEST, _LONGEST = 300, 1200, 86_400
_STATS = {"Invocations": "Sum", "Errors": "Sum", "Throttles": "Sum", "Duration": "Maximum"}


def _declared(alias: bool) -> "Iterator[CloudMetric]":
    """Yield the metrics of a function, or those of its alias."""
    dims = {"FunctionName": "{function}", **({"Resource": "{function}:{alias}"} if alias else {})}
    when = ("alias" if alias else "not alias",)
    for metric, stat in _STATS.items():
        yield CloudMetric("AWS/Lambda", metric, dims, stat, period=_PERIOD, when=when)
    yield CloudMetric(
        "AWS/Lambda",
        "IteratorAge",
        dims,
        "Maximum",
        period=_PERIOD,
        when=(*when, "stream"),
        gauges={"Maximum": "iterator_age"},
        scale=0.001,
    )


class LambdaFunction(AwsCheck):
    """State, errors, throttles and duration of AWS Lambda functions.

    `state` and `update` come from Lambda with its reason, and are current: after a failed update the old code stays in
    place. The other values come from CloudWatch and are one to six minutes old. `errors` is the percentage of
    invocations that failed, and `throttles` the percentage that Lambda rejected, in the newest 5 minutes with
    invocations. `duration` is the longest invocation in percent of the function's timeout. For a function that rarely
    runs, raise `--min-runs`; otherwise one failed run of one is 100 %.

    A function without invocations has no datapoints, which is no error. `runs` is the number of invocations in
    `--window`, by default an hour. For a function that runs on a schedule, set `--runs-critical 1:` and a window as
    long as its interval, at most a day: nothing else reports a schedule that stopped.

    `--stream` adds `iterator_age`, the age of the records that the function reads from Kinesis or DynamoDB.
    `--concurrency` adds the concurrent executions of all functions of the account in the region, in percent of the
    quota: one watch in each account is enough.

    A function or alias that does not exist is CRITICAL.

    Defaults: 1 % of errors is a WARNING, 5 % is an outage. A duration of 80 % of the timeout leaves little room for a
    slow database. An iterator age of 5 minutes means that the function cannot keep up; an hour is late for most
    consumers.

    Permissions: lambda:GetFunctionConfiguration and cloudwatch:GetMetricData, with `--concurrency` also
    lambda:GetAccountSettings. CloudWatch bills four metrics for each function and run: every 5 minutes is enough.

    Tested with moto, and with answers that match botocore's service models. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("lambda:GetFunctionConfiguration", "lambda:GetAccountSettings", "cloudwatch:GetMetricData")
    reads = (
        *_declared(alias=False),
        *_declared(alias=True),
        CloudMetric("AWS/Lambda", "ConcurrentExecutions", {}, "Maximum", period=_PERIOD, when=("concurrency",)),
    )

    function: tuple[str, ...] = option("Function that must exist", flags="-f --function", example="resize-images")
    alias: str = option("Alias of the functions, such as live", default="")
    window: Duration = option("Time over which runs count", default=3600.0, unit="s")
    min_runs: int = option("Invocations in 5 minutes from which on errors count", default=1)
    stream: bool = option("Report the age of the records that the function reads", default=False)
    concurrency: bool = option("Report the concurrent runs of the account", default=False)

    errors = gauge("Failed invocations", "%", warn=1, crit=5, missing="ok")
    throttles = gauge("Throttled invocations", "%", warn=1, crit=5, missing="ok")
    duration = gauge("Timeout used by the longest run", "%", warn=80, crit=95, missing="ok")
    state = verdict(
        "Function",
        ok=["Active"],
        warn=["Pending", "Inactive"],
        crit=["Failed", "ActiveNonInvocable", "Deactivating", "Deactivated", "Deleting"],
    )
    update = verdict("Update of", ok=["Successful", "InProgress"], crit=["Failed"])
    iterator_age = gauge("Age of the records", "s", warn=300, crit=3600, missing="ok", optional=True)
    runs = gauge("Invocations", min=0)
    account = gauge("Concurrency of the account", "%", warn=80, crit=95, missing="ok", optional=True)
    data_age = gauge("Data age", "s", missing="ok", optional=True)

    def validate(self) -> None:
        super().validate()
        if not self.function or "" in self.function:
            raise BadUsage("--function needs the name of a function")
        if not _SHORTEST <= self.window <= _LONGEST:
            raise BadUsage("--window is between 20 minutes and a day")
        if self.min_runs < 1:
            raise BadUsage("--min-runs is a number of runs, at least 1")

    def needs(self) -> "Mapping[str, tuple[str, ...]]":
        prefix = "arn:{partition}:lambda:{region}:{account}:function:"
        alias = f":{self.alias}" if self.alias else ""
        functions = tuple(f"{prefix}{name}{alias}" for name in self.function)
        needed = {"lambda:GetFunctionConfiguration": functions, "cloudwatch:GetMetricData": ("*",)}
        return needed | {"lambda:GetAccountSettings": ("*",)} if self.concurrency else needed

    def probe(self) -> Metrics:
        found = dict(self.each(self.function, self._configuration))
        for name, about in found.items():
            yield self.state(str(about.get("State") or "Active"), of=name, hint=str(about.get("StateReason") or ""))
            if status := about.get("LastUpdateStatus"):
                reason = str(about.get("LastUpdateStatusReason") or "")
                yield self.update(str(status), of=name, hint=reason)
        limit = self._limit() if self.concurrency else 0
        series = {name: self._series(str(about.get("FunctionName") or name)) for name, about in found.items()}
        all_series = [one for several in series.values() for one in several.values()]
        total = self._one("ConcurrentExecutions", {}, "Maximum")
        if limit:
            all_series.append(total)
        if not all_series:
            return
        points = self.aws.series(self._about(", ".join(found)), self.where(), *all_series)
        for name, about in found.items():
            yield from self._traffic(name, about, series[name], points)
        if limit:
            highest = points[total, "Maximum"].newest()
            yield self.account(None if highest is None else 100 * highest / limit)
        yield self.data_age(data_age(points.values()))

    def _traffic(
        self, name: str, about: "Mapping[str, Any]", series: "Mapping[str, Series]", points: "Found"
    ) -> Metrics:
        sums = {metric: points[series[metric], "Sum"] for metric in ("Invocations", "Errors", "Throttles")}
        durations = points[series["Duration"], "Maximum"]
        start = newest_period([*sums.values(), durations])
        runs, failed, refused = (sums[metric].at(start) or 0 for metric in ("Invocations", "Errors", "Throttles"))
        # CloudWatch leaves out a count of zero. A call that was refused is no run.
        yield self.errors(
            100 * min(1, failed / runs) if runs >= self.min_runs else None, of=name, hint=_counted(failed, runs)
        )
        calls = runs + refused
        yield self.throttles(100 * refused / calls if calls else None, of=name, hint=_counted(refused, calls))
        longest, timeout = durations.at(start), about.get("Timeout")
        yield self.duration(None if longest is None or not timeout else longest / 10 / timeout, of=name)
        if self.stream:
            age = points[series["IteratorAge"], "Maximum"].newest()
            yield self.iterator_age(None if age is None else age / 1000, of=name)
        yield self.runs(sums["Invocations"].sum() or 0, of=name)

    def _about(self, name: str) -> str:
        alias = f":{self.alias}" if self.alias else ""
        return f"the function {name}{alias}{self.where().suffix()}"

    def _configuration(self, name: str) -> "Mapping[str, Any]":
        parameters = {"Qualifier": self.alias} if self.alias else {}
        answer: Mapping[str, Any] = self.aws.ask(
            "lambda",
            "GetFunctionConfiguration",
            self._about(name),
            self.where(),
            gone=("ResourceNotFoundException",),
            FunctionName=name,
            **parameters,
        )
        return answer

    def _limit(self) -> int:
        about = f"the account{self.where().suffix()}"
        answer = self.aws.ask("lambda", "GetAccountSettings", about, self.where())
        return int(answer.get("AccountLimit", {}).get("ConcurrentExecutions", 0))

    def _series(self, name: str) -> "dict[str, Series]":
        dims = {"FunctionName": name}
        if self.alias:
            dims["Resource"] = f"{name}:{self.alias}"
        stats = dict(_STATS)
        if self.stream:
            stats["IteratorAge"] = "Maximum"
        return {metric: self._one(metric, dims, stat) for metric, stat in stats.items()}

    def _one(self, metric: str, dims: "Mapping[str, str]", stat: str) -> Series:
        return Series("AWS/Lambda", metric, dims, stat, period=_PERIOD, back=int(self.window))


def _counted(part: float, whole: float) -> str:
    return f"{part:,.0f} of {whole:,.0f}" if part else ""
