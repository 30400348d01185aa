"""Any CloudWatch metric."""

import re

from checks.aws._metric_spec import FORM, NamedSeries, dims_words, named, parse_series, unit_of
from checks.aws._series import data_age, newest_period
from checks.aws.source import AwsCheck, CloudMetric, Points, Series
from checkwright import BadUsage, CannotTell, Duration, Literal, Metrics, metric, option

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from checkwright import Unit

    Dims = Mapping[str, str]

_EXPRESSION = "NAME=EXPRESSION[:UNIT]"
_LONGEST_RECENT = 3600
#: Name of the age of the freshest data among the values.
_AGE = "data_age"
_LIMITS = (("--value-warning", "warnings"), ("--value-critical", "criticals"))


class Cloudwatch(AwsCheck):
    """CloudWatch metrics by name, each with its own limits: custom metrics, and those of services without a check.

    `--series` is a metric with all its dimensions and a statistic: Average, Sum, Minimum, Maximum, SampleCount, a
    percentile such as p99, or a trimmed mean such as tm90. The check uses the newest datapoint within `--look-back`.
    `--scale wait=0.001` converts a metric from milliseconds to seconds. `--value-warning data_age=1800` limits the age
    of the newest datapoint.

    `--per QueueName` splits a series by a dimension that the series omits, with one item for each value. `--expression`
    computes a value with CloudWatch metric math from the names of series, which then are operands and not reported
    themselves. A percentile of a few samples is noise: below `--min-samples` in one period it has no value. By default
    p99 needs 1,000 samples and p90 needs 100, which is CloudWatch's own rule.

    CloudWatch gives the same answer for a silent metric and for one that does not exist, so silence is never OK by
    itself. For a silent metric, the check searches for any metric of the same namespace and dimensions. If there is
    none, the result is UNKNOWN: a dimension or its value is wrong, or nothing wrote to it for two weeks. Otherwise the
    resource exists, and `--missing` decides: `unknown`, `ok`, or `zero` for counts that AWS omits when they are 0.

    Permissions: cloudwatch:GetMetricData, which bills one metric for each series, and cloudwatch:ListMetrics for silent
    series and `--per`. EBS, VPN and EC2 without detailed monitoring publish one datapoint in 5 minutes: use `--period
    5m` for them.

    Tested with moto (without percentiles and expressions), and with answers that match botocore's service models.
    Not tested against AWS.
    """

    thread_safe = True
    shared = True
    actions = ("cloudwatch:GetMetricData", "cloudwatch:ListMetrics")

    series: tuple[str, ...] = option(
        f"Series to watch, {FORM}",
        flags="-s --series",
        example="mails=AWS/SES:Send:Sum",
        literal=True,
    )
    per: str = option("Dimension whose values to watch, each as an item", default="", example="QueueName")
    expression: tuple[str, ...] = option(
        f"Metric math over the names of series, {_EXPRESSION}", flags="-e --expression", default=(), literal=True
    )
    warnings: tuple[str, ...] = option("Warning range of a value, NAME=RANGE", flags="--value-warning", default=())
    criticals: tuple[str, ...] = option("Critical range of a value, NAME=RANGE", flags="--value-critical", default=())
    scale: tuple[str, ...] = option("Factor of a value, NAME=NUMBER", default=())
    period: Duration = option("Time of one datapoint", default=300.0, unit="s")
    look_back: Duration = option(
        "Time to look back; by default four periods, at least 15 minutes", default=0.0, unit="s"
    )
    settle: Duration = option("Time from the end of a period to its last change", default=60.0, unit="s")
    missing: Literal["unknown", "ok", "zero"] = option(
        "Meaning of no datapoint of a thing that exists", default="unknown"
    )
    min_samples: int | None = option("Samples that a percentile needs", default=None)
    most: int = option("Series to read with --per; each is billed", default=100)

    def validate(self) -> None:
        super().validate()
        names = [one.name for one in self._named_series()] + list(self._expressions())
        for name in names:
            if names.count(name) > 1 or name == _AGE:
                raise BadUsage(
                    f"--series and --expression: the name {name!r} is used twice or reserved: choose another"
                )
        if self.expression and self.per:
            raise BadUsage("--expression excludes --per")
        values = [*(self._expressions() or names), _AGE]
        for flag, option_ in (*_LIMITS, ("--scale", "scale")):
            for name, text in self._by_name(flag, option_).items():
                if name not in values:
                    raise BadUsage(f"{flag}: there is no value named {name!r}, only {', '.join(values)}")
                _validate(flag, name, text)
        if self.period not in (1, 5, 10, 20, 30) and (self.period < 60 or self.period % 60):
            raise BadUsage("--period is 1, 5, 10, 20 or 30 seconds, or whole minutes")
        if self.look_back and self.look_back < 3 * self.period:
            raise BadUsage("--look-back is at least three periods")
        if self.settle > 3600 or (self.min_samples is not None and self.min_samples < 1) or self.most < 1:
            raise BadUsage("--settle is at most an hour, --min-samples and --most are at least 1")

    def read_metrics(self) -> tuple[CloudMetric, ...]:
        stats: dict[tuple[str, str, tuple[tuple[str, str], ...]], dict[str, str]] = {}
        for one in self._named_series():
            dims = {**one.dims, **({self.per: "*"} if self.per else {})}
            own = stats.setdefault((one.namespace, one.metric, tuple(dims.items())), {})
            own[one.stat] = one.name
            if one.samples_needed():
                own.setdefault("SampleCount", "")
        return tuple(
            CloudMetric(namespace, name, dict(dims), *own, period=int(self.period))
            for (namespace, name, dims), own in stats.items()
        )

    def probe(self) -> Metrics:
        if self.expression:
            yield from self._computed()
            return
        chosen = [(one, item) for spec in self._named_series() for one, item in self._things(spec)]
        series = {(one.name, item): self._series(one) for one, item in chosen}
        points = self.aws.series(self._about(), self.where(), *series.values())
        known = _Known(self)
        for one, item in chosen:
            own = series[one.name, item]
            found = points[own, one.stat]
            yield self._value(one, item, found, points.get((own, "SampleCount")), known)
        yield self._age(points)

    def _value(self, one: NamedSeries, item: str, found: Points, samples: Points | None, known: "_Known") -> "Any":
        needed = self.min_samples or one.samples_needed()
        start = newest_period([found])
        count = samples.at(start) if samples is not None else None
        value, hint, missing = found.newest(), "", self.missing
        if not found:
            hint, is_wrong = known.words(one)
            missing = "unknown" if is_wrong else missing
        elif one.samples_needed() and count is not None and count < needed:
            value, hint, missing = None, f"{count:,.0f} samples, {needed:,} needed", "ok"
        return self._metric(one.name, one.unit, value, item, hint, missing)

    def _metric(
        self,
        name: str,
        unit: "Unit",
        value: float | None,
        item: str,
        hint: str,
        missing: "Literal['unknown', 'ok', 'zero']",
    ) -> "Any":
        limits = [self._by_name(flag, option_).get(name) for flag, option_ in _LIMITS]
        factor = float(self._by_name("--scale", "scale").get(name, 1))
        number = None if value is None else value * factor
        return metric(name, number, unit, of=item, warn=limits[0], crit=limits[1], hint=hint, missing=missing)

    def _age(self, points: "Mapping[Any, Points]") -> "Any":
        limits = [self._by_name(flag, option_).get(_AGE) for flag, option_ in _LIMITS]
        age, label = data_age(points.values()), "Data age"
        return metric(_AGE, age, "s", label=label, warn=limits[0], crit=limits[1], missing="ok", min=0)

    def _computed(self) -> Metrics:
        operands = {one.name: (self._series(one), one.stat) for one in self._named_series()}
        expressions = self._expressions()
        found = self.aws.computed(
            self._about(), self.where(), operands, {name: text for name, (text, _) in expressions.items()}
        )
        known = _Known(self)
        for name, (_, unit) in expressions.items():
            hint, missing = "", self.missing
            if not found[name]:
                for one in self._named_series():
                    words, is_wrong = known.words(one)
                    if is_wrong:
                        hint, missing = f"{one.name}: {words}", "unknown"
            yield self._metric(name, unit, found[name].newest(), "", hint, missing)
        yield self._age(found)

    def _things(self, spec: NamedSeries) -> "Iterator[tuple[NamedSeries, str]]":
        """Yield the series with the item that it is for, one for each value of the dimension --per."""
        if not self.per:
            yield spec, ""
            return
        more: dict[str, Any] = {} if self.period > _LONGEST_RECENT else {"RecentlyActive": "PT3H"}
        names = {*spec.dims, self.per}
        found = [dims for dims in self.listed(spec, [self.per], MetricName=spec.metric, **more) if set(dims) == names]
        if not found:
            raise CannotTell(f"CloudWatch knows no metric {spec} by {self.per}{self.where().suffix()}")
        if len(found) > self.most:
            raise CannotTell(f"{spec} has {len(found)} values of {self.per}: raise --most, CloudWatch bills each")
        for dims in sorted(found, key=lambda dims: dims[self.per]):
            yield spec.of(spec.name, {self.per: dims[self.per]}), dims[self.per]

    def listed(self, spec: NamedSeries, further: "list[str]", **parameters: "Any") -> "Iterator[Dims]":
        """Yield the dimensions of all metrics that have those of a series, and the further ones."""
        filters: list[dict[str, str]] = [{"Name": name, "Value": value} for name, value in spec.dims.items()]
        filters += [{"Name": name} for name in further]
        pages = self.aws.pages(
            "cloudwatch",
            "ListMetrics",
            f"the metrics of {spec.namespace}{self.where().suffix()}",
            self.where(),
            Namespace=spec.namespace,
            Dimensions=filters,
            **parameters,
        )
        for page in pages:
            for one in page.get("Metrics", ()):
                yield {str(pair["Name"]): str(pair["Value"]) for pair in one.get("Dimensions", ())}

    def _series(self, one: NamedSeries) -> Series:
        stats = [one.stat, *(["SampleCount"] if one.samples_needed() else [])]
        period = int(self.period)
        back = int(self.look_back) or max(900, 4 * period)
        return Series(one.namespace, one.metric, one.dims, *stats, period=period, back=back, settle=int(self.settle))

    def _about(self) -> str:
        return f"the metrics {', '.join(one.name for one in self._named_series())}{self.where().suffix()}"

    def _named_series(self) -> list[NamedSeries]:
        found = [parse_series(text) for text in self.series]
        if not found:
            raise BadUsage(f"--series needs a metric: {FORM}")
        return found

    def _expressions(self) -> "dict[str, tuple[str, Unit]]":
        found = {}
        for text in self.expression:
            name, rest = named("--expression", text, _EXPRESSION)
            formula, colon, unit = rest.rpartition(":")
            found[name] = (formula, unit_of("--expression", name, unit)) if colon else (rest, unit_of("", name, ""))
        if len(found) < len(self.expression):
            raise BadUsage("--expression: a name is used twice")
        return found

    def _by_name(self, flag: str, option_: str) -> dict[str, str]:
        return dict(
            named(flag, text, "NAME=NUMBER" if flag == "--scale" else "NAME=RANGE") for text in getattr(self, option_)
        )


class _Known:
    """Memory of one run: which dimensions CloudWatch knows."""

    def __init__(self, check: Cloudwatch) -> None:
        self._check = check
        self._found: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[str, bool]] = {}

    def words(self, spec: NamedSeries) -> tuple[str, bool]:
        """Return a remark about a silent series, and True if it is not known that its dimensions exist."""
        key = spec.namespace, tuple(spec.dims.items())
        if key not in self._found:
            self._found[key] = self._look(spec)
        return self._found[key]

    def _look(self, spec: NamedSeries) -> tuple[str, bool]:
        others: set[str] = set()
        try:
            for dims in self._check.listed(spec, []):
                if set(dims) == set(spec.dims):
                    return "no datapoint", False
                others.add(", ".join(sorted(dims)))
        except CannotTell as error:  # the other series are worth reporting
            return str(error), True
        if others:
            return f"CloudWatch has such metrics by {' or by '.join(sorted(others)[:2])} only", True
        return f"CloudWatch knows no metric of {spec.namespace}{dims_words(spec.dims)}", True


def _validate(flag: str, name: str, text: str) -> None:
    try:
        if flag == "--scale":
            number = float(text) if re.fullmatch(r"-?[0-9.]+(e-?[0-9]+)?", text) else 0
            if not 0 < abs(number) < float("inf"):
                raise ValueError(f"{text!r} is no factor: write a number such as 0.001")
        else:
            metric(name, None, warn=text)
    except ValueError as error:
        raise BadUsage(f"{flag}: {name}: {error}") from None
