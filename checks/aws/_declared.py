"""CloudWatch metrics that a check reads, declared for the cost of a watch and for alarms of AWS's own."""

from checks.aws._series import MOST_STATISTICS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

#: Value of a dimension that no option has: it is known during a run only.
AT_RUN_TIME = "*"
#: The same for any number of things, such as all volumes of a region: a pattern.
SEVERAL = "?*"
_WILD = "*?["


class CloudMetric:
    """One CloudWatch metric that a check reads in each run.

        CloudMetric("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": "{queue}"}, "Maximum",
                    gauges={"Maximum": "oldest"})

    dims: dimensions by name. `{queue}` is the value of that option; a repeatable option is one metric for each of its
    values, and SEVERAL without any. AT_RUN_TIME is a value that no option has, such as the ID of a load balancer.
    metric: "" if a run alone knows it. stats, period: as for Series.
    gauges: by statistic, the gauge whose value is its newest datapoint, multiplied by scale; gauges that are computed
    of more than that are left out. when: names of options that must be set for the check to read the metric, with
    `not ` before the name of one that must not be. only: the things that have the metric, "" for all of them. billed:
    False for a metric that is equal to the gauge, but which the check reads elsewhere, without CloudWatch. region: the
    region that has the metric, "" for that of the check.
    """

    __slots__ = (
        "billed",
        "dims",
        "gauges",
        "metric",
        "namespace",
        "only",
        "period",
        "region",
        "scale",
        "stats",
        "when",
    )

    def __init__(
        self,
        namespace: str,
        metric: str,
        dims: "Mapping[str, str]",
        *stats: str,
        period: int = 60,
        gauges: "Mapping[str, str] | None" = None,
        scale: float = 1.0,
        when: "tuple[str, ...]" = (),
        only: str = "",
        billed: bool = True,
        region: str = "",
    ) -> None:
        if not 1 <= len(stats) <= MOST_STATISTICS:
            raise ValueError(f"{metric}: give one to {MOST_STATISTICS} statistics, not {len(stats)}")
        self.namespace = namespace
        self.metric = metric
        self.dims = dict(dims)
        self.stats = stats
        self.period = period
        self.gauges = dict(gauges or {})
        self.scale = scale
        self.when = when
        self.only = only
        self.billed = billed
        self.region = region

    def __repr__(self) -> str:
        return f"CloudMetric({self.namespace!r}, {self.metric!r}, {self.dims!r}, {', '.join(map(repr, self.stats))})"

    def is_known(self) -> bool:
        """Return True if all values of dimensions are known before a run: no pattern, and none of AT_RUN_TIME."""
        return bool(self.metric) and not any(set(_WILD) & set(value) for value in self.dims.values())

    def of(self, check: "Any") -> "Iterator[CloudMetric]":
        """Yield this metric for each value of the check's options that its dimensions name; nothing if `when` fails."""
        if any(bool(getattr(check, name.removeprefix("not "))) is name.startswith("not ") for name in self.when):
            return
        names = [option for option in check.options if any(f"{{{option}}}" in value for value in self.dims.values())]
        combinations: list[dict[str, str]] = [{}]
        for option in names:
            value = getattr(check, option)
            values = [str(one) for one in value] if isinstance(value, tuple) else [str(value)]
            combinations = [{**found, option: one} for found in combinations for one in values or [SEVERAL]]
        for found in combinations:
            yield self._with(found)

    def _with(self, values: "Mapping[str, str]") -> "CloudMetric":
        dims = {}
        for dimension, value in self.dims.items():
            for option, one in values.items():
                value = value.replace(f"{{{option}}}", one)
            dims[dimension] = value
        return CloudMetric(
            self.namespace,
            self.metric,
            dims,
            *self.stats,
            period=self.period,
            gauges=self.gauges,
            scale=self.scale,
            when=self.when,
            only=self.only,
            billed=self.billed,
            region=self.region,
        )
