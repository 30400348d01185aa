"""What a run found: state, exit code, texts, readings. Plain data, already masked and safe to show."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
#: From best to worst. nagiosplugin ranks by exit code, so that a missing mount point would hide a full one.
SEVERITY = ("OK", "WARNING", "UNKNOWN", "CRITICAL")
_NAMED_WHEN_OK = 3


class Line:
    """One result in words, with its state."""

    __slots__ = ("detail", "state", "text")

    def __init__(self, state: str, text: str, detail: str = "") -> None:
        self.state = state
        self.text = text
        self.detail = detail  # thresholds and the like, shown at -vv


class Reading:
    """One number, ready for performance data and for every other format.

    label: safe for performance data. gauge, item: what it is made of. value: None when undetermined.
    unit: as declared. warn, crit: canonical ranges or "". min, max: None when unknown.
    """

    __slots__ = ("crit", "gauge", "item", "label", "max", "min", "state", "title", "unit", "value", "warn")

    def __init__(
        self,
        label: str,
        gauge: str,
        item: str,
        title: str,
        value: float | None,
        unit: str,
        warn: str,
        crit: str,
        min: float | None,
        max: float | None,
        state: str,
    ) -> None:
        self.label = label
        self.gauge = gauge
        self.item = item
        self.title = title
        self.value = value
        self.unit = unit
        self.warn = warn
        self.crit = crit
        self.min = min
        self.max = max
        self.state = state


class Outcome:
    """The result of one run. `str(outcome)` is what a plugin prints."""

    __slots__ = ("debug", "lines", "name", "perfdata", "readings", "state")

    def __init__(
        self,
        name: str,
        lines: tuple[Line, ...],
        readings: tuple[Reading, ...] = (),
        perfdata: tuple[str, ...] = (),
        debug: tuple[str, ...] = (),
    ) -> None:
        self.name = name
        self.lines = lines or (Line("UNKNOWN", "measured nothing"),)
        self.readings = readings
        self.perfdata = perfdata  # one `label=value;warn;crit;min;max` each
        self.debug = debug  # shown at -vvv
        self.state = worst(line.state for line in self.lines)

    @property
    def exit_code(self) -> int:
        return STATES.index(self.state)

    @property
    def summary(self) -> str:
        """The first line without state word and performance data: all results of the worst state, the rest counted."""
        worst_lines = [line.text for line in self.lines if line.state == self.state]
        shown = worst_lines[:_NAMED_WHEN_OK] if self.state == "OK" else worst_lines
        text = ", ".join(shown)
        counts = []
        for state in reversed(SEVERITY):
            number = sum(line.state == state for line in self.lines)
            if state == self.state:
                number -= len(shown)
            if number > 0:
                counts.append(f"{number} {'more ' if state == self.state else ''}{state.lower()}")
        return f"{text} ({', '.join(counts)})" if counts else text

    def text(self, verbose: int = 0) -> str:
        """What a plugin prints: first line, further lines by verbosity, then the bar and all performance data.

        The bar comes last, for Sensu's agent reads all that follows it as metrics.
        """
        printed = [f"{self.name.upper()} {self.state}: {self.summary}"]
        if verbose >= 1:
            for line in self.lines:
                detail = f" [{line.detail}]" if verbose >= 2 and line.detail else ""
                printed.append(f"{line.state}: {line.text}{detail}")
        if verbose >= 3:
            printed.extend(self.debug)
        if self.perfdata:
            printed[-1] += " | " + " ".join(self.perfdata)
        return "\n".join(printed)

    def __str__(self) -> str:
        return self.text()


def worst(states: "Iterable[str]") -> str:
    """The worst of some states: CRITICAL, UNKNOWN, WARNING, OK. Of none: UNKNOWN."""
    found = set(states)
    return next((state for state in reversed(SEVERITY) if state in found), "UNKNOWN")
