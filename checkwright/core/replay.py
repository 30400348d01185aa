"""Metrics with a fixed state: the outcome of another run as part of this one."""

from checkwright.core.domain import Context, Critical, Metric, Ok, Performance, Result, State, Unknown, Warn
from checkwright.core.outcome import Outcome, Reading
from checkwright.core.ranges import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from checkwright.core.domain import Resource

_STATES = {"OK": Ok, "WARNING": Warn, "CRITICAL": Critical, "UNKNOWN": Unknown}


class SummaryContext(Context):
    """Context that shows a whole run as one line, without performance data."""

    def __init__(self, name: str, state: State, lead: int) -> None:
        super().__init__(name)
        self._state = state
        self.lead = lead

    def evaluate(self, metric: Metric, resource: "Resource | None") -> Result:
        return Result(self._state, None, metric)

    def describe(self, metric: Metric) -> str:
        return f"{self.name}: {metric.value}"


class ReadingContext(Context):
    """Context that shows one number as performance data, without a line: the run's summary mentions it."""

    silent = True

    def __init__(self, name: str, reading: Reading) -> None:
        super().__init__(name)
        self._reading = reading
        self.item = reading.item
        self.label = reading.title
        self.unit = reading.unit

    def evaluate(self, metric: Metric, resource: "Resource | None") -> Result:
        return Result(_STATES[self._reading.state], None, metric)

    def performance(self, metric: Metric, resource: "Resource | None") -> Performance:
        reading = self._reading
        return Performance(
            metric.name,
            "U" if reading.value is None else number(reading.value),
            reading.unit,
            reading.warn,
            reading.crit,
            "" if reading.min is None else number(reading.min),
            "" if reading.max is None else number(reading.max),
        )


def replay_outcome(name: str, outcome: Outcome, rank: int = 0) -> "Iterator[Metric]":
    """Yield an outcome as metrics: one for the summary, and one for each number, labelled `NAME.LABEL`.

    name: of letters, digits and _.:/- only. rank: of the lines of one state, the lowest rank comes first.
    """
    context = SummaryContext(name, _STATES[outcome.state], rank)
    yield Metric(name, outcome.summary, None, None, None, name, context)
    for reading in outcome.readings:
        gauge = f"{name}.{reading.gauge}"
        yield Metric(
            f"{name}.{reading.label}",
            reading.value,
            reading.unit,
            reading.min,
            reading.max,
            gauge,
            ReadingContext(gauge, reading),
        )
