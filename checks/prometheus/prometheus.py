"""Values, rates and quantiles of metrics in the Prometheus text format."""

from checks.prometheus import _queries
from checkwright import BadUsage, CannotTell, Duration, Metrics, gauge, metric, option, uses
from checkwright.sources.histograms import bound, quantile
from checkwright.sources.http_service import HttpService
from checkwright.sources.statefile import StateFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from checks.prometheus._queries import Query
    from checkwright.sources.counter_delta import CounterDelta
    from checkwright.sources.prometheus_text import PrometheusText, Sample

#: Most series of one metric. Above, a text costs more to read than a check may.
_MOST_SERIES = 2_000


class Prometheus(HttpService):
    """Values of any service or exporter that publishes Prometheus metrics, without a Prometheus server.

    `--value` is the sum of all matching series, with `:rate` their increase per second. `--ratio` is the increase of
    one metric as a percentage of the increase of another. `--quantile` is a percentile of a histogram. `:by=LABEL`
    reports one item for each value of that label, at most `--top` of them: first those outside a range, then the
    largest. This names the API call with the worst 99th percentile:

        check prometheus -u http://127.0.0.1:9100/metrics \
            --quantile 'api=0.99:http_request_duration_seconds:by=route' --value-warning api=0.5

    Rates, ratios and quantiles cover the last `--over` seconds, by default 10 minutes, and have no value in the first
    run. A ratio or quantile of fewer than `--least` observations has no value: one slow request at night is no
    percentile. A value that has no number is OK.

    A quantile above the largest bucket is reported as the bound of that bucket, although the true value is larger. A
    warning limit above the largest bound therefore never fires. Services choose their buckets.

    Labels are selected with `=`, `!=`, `=~` and `!~`, as in Prometheus. A metric that does not exist is UNKNOWN with
    its name: it was renamed. Many libraries publish an error counter only after the first error: list such a value with
    `--may-miss`, and it counts as 0. A metric with more than 2000 series is refused.

    A metric with colons in its name needs braces: `job:errors:rate5m{}`.

    Account: most services publish metrics without a login; otherwise use `--token-file` or `--auth-file`.

    Consumer lag of Kafka from kafka_exporter, and a group whose consumers are gone:

        check prometheus -u http://127.0.0.1:9308/metrics --value-critical lag=10000 --value-critical members=1: \
            --value 'lag=kafka_consumergroup_lag{consumergroup="shop"}:by=topic' \
            --value 'members=kafka_consumergroup_members{consumergroup="shop"}'

    A JVM with jmx_exporter or Micrometer: memory after garbage collection, and the slowest endpoint:

        check prometheus -u http://127.0.0.1:8080/actuator/prometheus \
            --value 'live=jvm_gc_live_data_size_bytes:B' \
            --quantile 'api=0.99:http_server_requests_seconds:by=uri' --value-warning api=0.5

    Tested with Prometheus 2.42 and its own metrics, and with output of HAProxy 2.6, RabbitMQ 3.10 and etcd 3.4. Not
    tested: kafka_exporter and a JVM, whose metrics come from their documentation.
    """

    thread_safe = True

    memory = uses(StateFile, keeps_labels=True)

    url: str = HttpService.url_option("http://127.0.0.1:9090/metrics", "the metrics")
    values: tuple[str, ...] = option(
        f"Value to watch, {_queries.VALUE}",
        flags="--value",
        default=(),
        example='free=node_filesystem_avail_bytes{mountpoint="/"}:B',
        literal=True,
    )
    ratios: tuple[str, ...] = option(
        f"Percentage to watch, {_queries.RATIO}",
        flags="--ratio",
        default=(),
        example='errors=http_requests_total{code=~"5.."}/http_requests_total',
        literal=True,
    )
    quantiles: tuple[str, ...] = option(
        f"Quantile of a histogram to watch, {_queries.QUANTILE}",
        flags="--quantile",
        default=(),
        example="api=0.99:http_request_duration_seconds:by=route",
        literal=True,
    )
    warnings: tuple[str, ...] = option("Warning range of a value, NAME=RANGE", flags="--value-warning", default=())
    criticals: tuple[str, ...] = option("Critical range of a value, NAME=RANGE", flags="--value-critical", default=())
    may_miss: tuple[str, ...] = option("Name of a value whose metric may be missing, as 0", default=())
    over: Duration = option("Time that rates, ratios and quantiles cover", default=600.0, unit="s")
    least: int = option("Observations that a ratio or a quantile needs", default=50)
    top: int = option("Most items of a value to show, the worst of them; 0 for all", default=5)

    time = gauge("Time", "s", warn=1, crit=5)

    def validate(self) -> None:
        super().validate()
        queries = self._queries()
        if not queries:
            raise BadUsage("give a --value, a --ratio or a --quantile to watch")
        names = [query.name for query in queries]
        for name in names:
            if names.count(name) > 1 or name == "time":
                raise BadUsage(f"--value, --ratio and --quantile: the name {name!r} is used twice or reserved")
        for flag, limits in (("--value-warning", self.warnings), ("--value-critical", self.criticals)):
            for name, spec in _queries.named(flag, limits, "NAME=RANGE").items():
                if name not in names:
                    raise BadUsage(f"{flag}: there is no value named {name!r}")
                try:
                    metric(name, None, warn=spec)
                except ValueError as error:
                    raise BadUsage(f"{flag}: {name}: {error}") from None
        for name in self.may_miss:
            if name not in names:
                raise BadUsage(f"--may-miss: there is no value named {name!r}")
        if self.over <= 0:
            raise BadUsage("--over is a duration above 0")
        if self.top < 0 or self.least < 0:
            raise BadUsage("--top and --least are 0 or more")

    def probe(self) -> Metrics:
        reply = self.get()
        metrics = _Samples(reply.metrics())
        yield self.time(reply.seconds)
        counters: dict[str, float] = {}
        grown: list[Query] = []
        for query in self._queries():
            self._require(query, metrics, reply.url)
            if query.kind == "value":
                sums = _sums(query, metrics)
                if not sums and query.name not in self.may_miss:
                    raise CannotTell(f"{reply.url}: no series of {query.selector.text} has a number, for {query.name}")
                sums = sums or ({} if query.by else {"": 0.0})
                yield from self._worst(query, {item: (value, "") for item, value in sums.items()})
            else:
                grown.append(query)
                counters.update(_counters(query, metrics))
        # Last, so that the values are reported even where memory cannot be kept.
        if grown:
            delta = self.memory.over(counters, self.over)
            for query in grown:
                yield from self._worst(query, self._grown(query, counters, delta))

    def _queries(self) -> "list[Query]":
        found: list[Query] = []
        kinds: tuple[tuple[str, tuple[str, ...], str, Callable[[str, str], Query]], ...] = (
            ("--value", self.values, _queries.VALUE, _queries.value_query),
            ("--ratio", self.ratios, _queries.RATIO, _queries.ratio_query),
            ("--quantile", self.quantiles, _queries.QUANTILE, _queries.quantile_query),
        )
        for flag, texts, form, parse in kinds:
            found += [parse(name, rest) for name, rest in _queries.named(flag, texts, form).items()]
        return found

    def _require(self, query: "Query", metrics: "_Samples", target: str) -> None:
        """Raise CannotTell for a metric or label that is not there: a misspelt one would be 0 forever."""
        for name, labels in query.needs:
            number = metrics.count(name)
            if number > _MOST_SERIES:
                raise CannotTell(f"{target}: {name} has {number} series, at most {_MOST_SERIES} are read")
            if query.name in self.may_miss:
                continue
            if not number:
                raise CannotTell(f"{target}: no metric {name} for {query.name}: it was renamed, or see --may-miss")
            known = {label for sample in metrics.of(name) for label in sample.labels} if labels else set()
            for label in sorted(labels - known):
                raise CannotTell(f"{target}: no series of {name} has the label {label}, only {_listed(known)}")

    def _worst(self, query: "Query", values: "Mapping[str, tuple[float | None, str]]") -> Metrics:
        """Yield the values of a query, at most `--top`: those outside a range first, then the largest, then missing.

        values: value and hint of each item.
        """
        warn = _queries.named("--value-warning", self.warnings, "NAME=RANGE").get(query.name)
        crit = _queries.named("--value-critical", self.criticals, "NAME=RANGE").get(query.name)
        found = [
            metric(query.name, value, query.unit, of=item, warn=warn, crit=crit, missing="ok", hint=hint)
            for item, (value, hint) in values.items()
        ]
        found.sort(key=lambda one: (one.value is None, -one.evaluate().state.code, -(one.value or 0)))
        yield from found[: self.top or None] if query.by else found

    def _grown(
        self, query: "Query", counters: "Mapping[str, float]", delta: "CounterDelta | None"
    ) -> "dict[str, tuple[float | None, str]]":
        """Return value and hint of each item."""
        items = dict.fromkeys(_item(key) for key in counters if key.startswith(f"{query.name}\x1f"))
        if delta is None or not items:
            return dict.fromkeys(items or [""], (None, ""))
        return {item: self._increase(query, item, counters, delta) for item in items}

    def _increase(
        self, query: "Query", item: str, counters: "Mapping[str, float]", delta: "CounterDelta"
    ) -> tuple[float | None, str]:
        """Return rate, ratio or quantile of an item, and a hint."""
        key = f"{query.name}\x1f{item}\x1f"
        if query.kind == "rate":
            return delta.rate(key), ""
        if query.kind == "ratio":
            many = (delta.of(f"{key}of") or 0) >= max(1, self.least)
            return delta.percent(key, of=f"{key}of") if many else None, ""
        buckets: dict[float, float] = {}
        for name in counters:
            if name.startswith(key):
                increase = delta.of(name)
                if increase is None:
                    return None, ""
                buckets[float(name.removeprefix(key))] = increase
        if not buckets or max(buckets.values()) < max(1, self.least):
            return None, ""
        value, above = quantile(query.part, buckets)
        return value, "above the largest bucket" if above else ""


class _Samples:
    """Samples of one answer. Each metric is parsed once, however many queries read it."""

    __slots__ = ("_found", "_text")

    def __init__(self, text: "PrometheusText") -> None:
        self._text = text
        self._found: dict[str, list[Sample]] = {}

    def count(self, name: str) -> int:
        return self._text.count(name)

    def of(self, name: str) -> "list[Sample]":
        if name not in self._found:
            self._found[name] = self._text.samples(name)
        return self._found[name]


def _listed(names: "set[str]") -> str:
    return ", ".join(sorted(names)[:10]) or "none"


def _item(key: str) -> str:
    return key.split("\x1f")[1]


def _sums(query: "Query", metrics: "_Samples") -> dict[str, float | None]:
    """Return the sum of the series of each item. Without a label there is one item at most."""
    found: dict[str, float | None] = {}
    for sample in query.selector.select(metrics.of(query.selector.name)):
        item = sample.labels.get(query.by, "") if query.by else ""
        found[item] = (found.get(item) or 0.0) + sample.value
    return found


def _counters(query: "Query", metrics: "_Samples") -> dict[str, float]:
    """Return the counters that a query compares with an earlier run, summed over all labels that it does not name."""
    found: dict[str, float] = {}
    if query.kind == "quantile":
        for sample in query.selector.select(metrics.of(query.metric)):
            upper = bound(sample.labels.get("le", ""))
            if upper is not None:
                item = sample.labels.get(query.by, "") if query.by else ""
                key = f"{query.name}\x1f{item}\x1f{upper!r}"
                found[key] = found.get(key, 0.0) + sample.value
        return found
    wholes: dict[str, float] = {}
    if query.of is not None:
        for sample in query.of.select(metrics.of(query.of.name)):
            item = sample.labels.get(query.by, "") if query.by else ""
            wholes[item] = wholes.get(item, 0.0) + sample.value
    parts = {item: value or 0.0 for item, value in _sums(query, metrics).items()}
    if not query.by:
        parts.setdefault("", 0.0)
    for item in {**parts, **wholes}:
        found[f"{query.name}\x1f{item}\x1f"] = parts.get(item, 0.0)
        if query.of is not None:
            found[f"{query.name}\x1f{item}\x1fof"] = wholes.get(item, 0.0)
    return found
