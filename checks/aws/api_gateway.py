"""APIs of Amazon API Gateway: the slowest calls first."""

from checks.aws._selection import selected
from checks.aws._series import data_age, newest_period
from checks.aws.source import SEVERAL, AwsCheck, CloudMetric, Points, Series
from checkwright import BadUsage, CannotTell, Duration, Metrics, gauge, option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    Found = Mapping[tuple[Series, str], Points]

_NAMESPACE = "AWS/ApiGateway"
_PERIOD, _SETTLE = 300, 60
_TIMES = ("p99", "p50", "SampleCount")
#: Samples that a median needs.
_MEDIAN_SAMPLES = 20
_ALL = "all calls"


def _declared() -> "Iterator[CloudMetric]":
    for option_, dimension, failures in (("api", "ApiName", "5XXError"), ("http_api", "ApiId", "5xx")):
        dims = {dimension: f"{{{option_}}}", "Stage": "{stage}"}
        call, when = {**dims, "Method": SEVERAL, "Resource": SEVERAL}, (option_,)
        yield CloudMetric(_NAMESPACE, "Latency", call, *_TIMES, period=_PERIOD, when=when, only="calls")
        yield CloudMetric(
            _NAMESPACE, "Latency", dims, *_TIMES, period=_PERIOD, when=when, only="stages without detailed metrics"
        )
        yield CloudMetric(_NAMESPACE, failures, dims, "Sum", period=_PERIOD, when=when)
        yield CloudMetric(_NAMESPACE, "Count", dims, "Sum", period=_PERIOD, when=when)


class ApiGateway(AwsCheck):
    """Latency of each call of an API in API Gateway, slowest first, and the error rate of its stage.

    `--api` is the name of a REST API, `--http-api` the ID of an HTTP API. `p99` is the latency of one method of one
    path, such as GET /orders, including the integration. The call with the worst p99 comes first in the output. It
    needs `--min-samples` requests in one period, 1,000 by default, because the p99 of a few requests is noise; `p50`
    needs 20. For calls with little traffic, use a longer `--period`, such as 1h. `--exclude 'GET /health*'` skips
    calls. The performance data holds the `--top` slowest calls, and the calls that have a limit of their own.

    API Gateway reports single calls only if detailed metrics are enabled for the stage. Without them, the check reports
    one p99 for all calls, and says so. Calls without a request for 3 hours are skipped.

    `errors` is the percentage of the stage's requests that got a 5xx response. It has no value below `--min-requests`
    requests. A stage without requests has no datapoints, which is no error. An API without any metric in CloudWatch
    either had no request for two weeks or does not exist: UNKNOWN. All values are one to six minutes old, and come from
    the newest of the last four periods that had requests.

    Defaults: users notice a p99 above 1 second, and clients give up above 3. 1 % of errors shows in the revenue of a
    shop, 5 % is an outage.

    Permissions: cloudwatch:ListMetrics and cloudwatch:GetMetricData, which bills one metric for each call and two for
    the stage. A month of 100 calls costs $8.94 with a run every 5 minutes, $44.70 with one every minute (unverified).
    More than `--most` calls are UNKNOWN before anything is billed.

    Tested with answers that match botocore's service models; moto has no percentiles. Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("cloudwatch:ListMetrics", "cloudwatch:GetMetricData")
    reads = tuple(_declared())

    api: str = option("Name of a REST API", flags="-a --api", default="", example="shop")
    http_api: str = option("ID of an HTTP API", default="", example="a1b2c3d4e5")
    stage: str = option("Stage, such as prod or $default", default="prod")
    exclude: tuple[str, ...] = option("Call to leave out, or a pattern", flags="-x --exclude", default=())
    top: int = option("Slowest calls in the performance data", default=20)
    most: int = option("Calls whose metrics to read; each is billed", default=100)
    period: Duration = option("Time of one datapoint", default=300.0, unit="s")
    min_samples: int = option("Requests in one period that a p99 needs", default=1000)
    min_requests: int = option("Requests in one period from which on errors count", default=20)

    p99 = gauge("Latency p99 of", "s", warn=1, crit=3, missing="ok", optional=True)
    errors = gauge("5xx responses", "%", warn=1, crit=5, missing="ok")
    p50 = gauge("Latency p50 of", "s", missing="ok", optional=True)
    requests = gauge("Requests", "/s", min=0, missing="ok")
    active_calls = gauge("Calls with requests", min=0, missing="ok")
    data_age = gauge("Data age", "s", missing="ok", optional=True)

    def validate(self) -> None:
        super().validate()
        if bool(self.api) == bool(self.http_api):
            raise BadUsage("give --api or --http-api")
        if not self.stage:
            raise BadUsage("--stage needs a name, such as prod or $default")
        if self.period % 60 or not 60 <= self.period <= 21_600:
            raise BadUsage("--period is whole minutes, at most 6 hours")
        if min(self.top, self.most, self.min_samples, self.min_requests) < 1:
            raise BadUsage("--top, --most, --min-samples and --min-requests are at least 1")

    def read_metrics(self) -> tuple[CloudMetric, ...]:
        found = super().read_metrics()
        for metric in found:
            metric.period = int(self.period)
        return found

    def probe(self) -> Metrics:
        dims = {"ApiName" if self.api else "ApiId": self.api or self.http_api, "Stage": self.stage}
        calls = self._calls(dims)
        times = {call: self._one("Latency", {**dims, **more}, *_TIMES) for call, more in (calls or {}).items()}
        if calls is not None and not times:
            times = {_ALL: self._one("Latency", dims, *_TIMES)}
        failed = self._one("5XXError" if self.api else "5xx", dims, "Sum")
        count = self._one("Count", dims, "Sum")
        points = self.aws.series(self._about(), self.where(), failed, count, *times.values())
        yield from self._latencies(times, points)
        start = newest_period(points[one, "Sum"] for one in (failed, count))
        total, bad = points[count, "Sum"].at(start), points[failed, "Sum"].at(start) or 0
        share = 100 * min(1, bad / total) if total and total >= self.min_requests else None
        yield self.errors(share, hint=f"{bad:,.0f} of {total:,.0f} requests" if share and total else "")
        yield self.requests(None if total is None else total / self.period)
        yield self.active_calls(0 if calls is None else len(calls) or None)
        yield self.data_age(data_age(points.values()))

    def _latencies(self, times: "Mapping[str, Series]", points: "Found") -> Metrics:
        rows = []
        for call, series in times.items():
            start = newest_period(points[series, stat] for stat in _TIMES)
            p99, p50, samples = (points[series, stat].at(start) for stat in _TIMES)
            samples = samples or 0
            words = [f"{samples:,.0f} requests"] if samples else []
            if call == _ALL:
                words.append("the stage has no detailed metrics")
            slow = None if p99 is None or samples < self.min_samples else p99 / 1000
            if slow is None and samples:
                words.append("too few for a p99")
            middle = None if p50 is None or samples < _MEDIAN_SAMPLES else p50 / 1000
            rows.append((call, slow, middle, ", ".join(words)))
        rows.sort(key=lambda row: (row[1] is None, -(row[1] or 0), row[0]))
        for position, (call, slow, middle, hint) in enumerate(rows):
            shown = position < self.top
            yield self.p99(slow, of=call, hint=hint, perfdata=shown or self.names_limit("p99", call))
            yield self.p50(middle, of=call, perfdata=shown or self.names_limit("p50", call))

    def _calls(self, dims: "Mapping[str, str]") -> "dict[str, dict[str, str]] | None":
        """Return the further dimensions of each call that had requests, by `METHOD /path`; None for an idle stage."""
        found = self._listed(dims, RecentlyActive="PT3H")
        if not found:
            if not self._listed(dims):
                hint = "it had no request for two weeks, or its name or stage is another"
                raise CannotTell(f"CloudWatch knows no metric of {self._about()}: {hint}")
            return None
        calls = {}
        for own in found:
            more = {name: value for name, value in own.items() if name not in dims}
            if set(more) == {"Method", "Resource"} and more["Method"] != "OPTIONS":
                call = f"{more['Method']} {more['Resource']}"
                if selected(call, (), self.exclude):
                    calls[call] = more
        if len(calls) > self.most:
            hint = f"leave some out with --exclude, or raise --most above {self.most}: CloudWatch bills each"
            raise CannotTell(f"{self._about()} has {len(calls)} calls: {hint}")
        return dict(sorted(calls.items()))

    def _listed(self, dims: "Mapping[str, str]", **parameters: "Any") -> list[dict[str, str]]:
        filters = [{"Name": name, "Value": value} for name, value in dims.items()]
        pages = self.aws.pages(
            "cloudwatch",
            "ListMetrics",
            self._about(),
            self.where(),
            Namespace=_NAMESPACE,
            MetricName="Latency",
            Dimensions=filters,
            **parameters,
        )
        metrics: list[Mapping[str, Any]] = [one for page in pages for one in page.get("Metrics", ())]
        return [{str(pair["Name"]): str(pair["Value"]) for pair in one.get("Dimensions", ())} for one in metrics]

    def _about(self) -> str:
        return f"the stage {self.stage} of the API {self.api or self.http_api}{self.where().suffix()}"

    def _one(self, metric: str, dims: "Mapping[str, str]", *stats: str) -> Series:
        period = int(self.period)
        return Series(_NAMESPACE, metric, dims, *stats, period=period, back=4 * period, settle=_SETTLE)
