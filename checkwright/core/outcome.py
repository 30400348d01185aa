"""Outcome of a run: state, exit code, texts, readings. Plain data without secrets, safe to show."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
#: From best to worst. nagiosplugin sorts by exit code: a missing mount point would hide a full one.
SEVERITY = ("OK", "WARNING", "UNKNOWN", "CRITICAL")
_NAMED_WHEN_OK = 3


class Line:
    """One result as text, with its state. detail: thresholds and the like, shown at -vv."""

    __slots__ = ("detail", "state", "text")

    def __init__(self, state: str, text: str, detail: str = "") -> None:
        self.state = state
        self.text = text
        self.detail = detail


class Reading:
    """One number, ready for performance data and all other formats.

    label: made of gauge and item, safe for performance data. value: None for a missing value. unit: as
    declared. warn, crit: canonical ranges or "". min, max: None for no bound.
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
    """Result of one run. `str(outcome)` is the output of a plugin.

    perfdata: one `label=value;warn;crit;min;max` for each reading. debug: lines that -vvv adds.
    """

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
        self.perfdata = perfdata
        self.debug = debug
        self.state = worst(line.state for line in self.lines)

    @property
    def exit_code(self) -> int:
        return STATES.index(self.state)

    @property
    def summary(self) -> str:
        """First line without state and performance data: all results of the worst state, and a count of the others."""
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
        """Return the output of a plugin: first line, more lines by verbosity, then the bar and performance data.

        The bar comes last, because Sensu's agent reads all text after it as metrics.
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
    """Return the worst state, in the order CRITICAL, UNKNOWN, WARNING, OK; UNKNOWN for no states."""
    found = set(states)
    return next((state for state in reversed(SEVERITY) if state in found), "UNKNOWN")
