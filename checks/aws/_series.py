"""A series of datapoints of one CloudWatch metric: what to ask for, and what came back."""

import math

#: Statistics that CloudWatch bills as one metric when one request asks for them.
MOST_STATISTICS = 5

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class Series:
    """One metric with its dimensions and the statistics to ask for. Serves as a key.

    dims: all dimensions of the metric; CloudWatch finds nothing for a part of them. stats: `Average`, `Sum`, `Minimum`,
    `Maximum`, `SampleCount`, or a percentile such as `p99`. period: seconds of one datapoint. back: seconds to look
    back, at least three periods. settle: seconds after the end of a period from which its datapoint counts; 0 for
    levels such as free space, 60 for traffic, whose newest period is still filling.
    """

    __slots__ = ("_key", "back", "dims", "metric", "namespace", "period", "settle", "stats")

    def __init__(
        self,
        namespace: str,
        metric: str,
        dims: "Mapping[str, str]",
        *stats: str,
        period: int = 60,
        back: int = 900,
        settle: int = 60,
    ) -> None:
        if not 1 <= len(stats) <= MOST_STATISTICS:
            raise ValueError(f"{metric}: give one to {MOST_STATISTICS} statistics, not {len(stats)}")
        if back < 3 * period:
            raise ValueError(f"{metric}: back={back} is less than three periods of {period} s, and would have gaps")
        self.namespace = namespace
        self.metric = metric
        self.dims = dict(dims)
        self.stats = stats
        self.period = period
        self.back = back
        self.settle = settle
        self._key = (namespace, metric, tuple(sorted(dims.items())), stats, period, back, settle)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Series) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __repr__(self) -> str:
        return f"Series({self.namespace!r}, {self.metric!r}, {self.dims!r}, {', '.join(map(repr, self.stats))})"


class Points:
    """Datapoints of one statistic, newest first. False if there are none.

    points: (start, value), where start is the beginning of the period in seconds since 1970. period: seconds. read_at:
    the time of the request, in seconds since 1970.
    """

    __slots__ = ("period", "points", "read_at")

    def __init__(self, points: "Iterable[tuple[float, float]]", period: int, read_at: float) -> None:
        self.points = sorted(points, reverse=True)
        self.period = period
        self.read_at = read_at

    def __bool__(self) -> bool:
        return bool(self.points)

    def newest(self) -> float | None:
        """Return the value of the newest datapoint, None without datapoints."""
        return self.points[0][1] if self.points else None

    def at(self, start: float | None) -> float | None:
        """Return the value of the period that began at `start`, None without one."""
        return next((value for began, value in self.points if began == start), None)

    def sum(self) -> float | None:
        """Return the sum of all values, None without datapoints."""
        return math.fsum(value for _, value in self.points) if self.points else None

    def highest(self) -> float | None:
        """Return the largest value, None without datapoints."""
        return max((value for _, value in self.points), default=None)

    def lowest(self) -> float | None:
        """Return the smallest value, None without datapoints."""
        return min((value for _, value in self.points), default=None)

    def age(self) -> int | None:
        """Return the whole seconds from the end of the newest datapoint's period to the request, None without any."""
        return max(0, int(self.read_at - self.points[0][0] - self.period)) if self.points else None


def newest_period(points: "Iterable[Points]") -> float | None:
    """Return the start of the newest period of several series, None without datapoints.

    CloudWatch leaves out periods without an event, so that the newest datapoints of two series may be of different
    periods: divide only values of the same one.
    """
    return max((one.points[0][0] for one in points if one), default=None)


def data_age(points: "Iterable[Points]") -> int | None:
    """Return the age of the freshest of several series in seconds, None without datapoints."""
    return min((age for one in points if (age := one.age()) is not None), default=None)
