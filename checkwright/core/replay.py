"""Metrics whose state is already decided: what another run found, told again by this one."""

from checkwright.core.domain import Context, Critical, Metric, Ok, Performance, Result, State, Unknown, Warn
from checkwright.core.outcome import Outcome, Reading
from checkwright.core.ranges import number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from checkwright.core.domain import Resource

_STATES = {"OK": Ok, "WARNING": Warn, "CRITICAL": Critical, "UNKNOWN": Unknown}


class SummaryContext(Context):
    """Tells a whole run as one line, and no performance data."""

    def __init__(self, name: str, state: State, lead: int) -> None:
        super().__init__(name)
        self._state = state
        self.lead = lead

    def evaluate(self, metric: Metric, resource: "Resource | None") -> Result:
        return Result(self._state, None, metric)

    def describe(self, metric: Metric) -> str:
        return f"{self.name}: {metric.value}"


class ReadingContext(Context):
    """Tells one number as performance data, and no line: the run's summary has it already."""

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


def replayed(name: str, outcome: Outcome, rank: int = 0) -> "Iterator[Metric]":
    """An outcome as metrics: one line for all of it, and each number under its label behind `NAME.`.

    name: of letters, digits and _.:/- only. rank: among lines of one state the lowest leads.
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
