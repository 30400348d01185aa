"""Outcome of a run: state, exit code, texts, readings. Plain data without secrets, safe to show."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")
#: From best to worst. nagiosplugin sorts by exit code: a missing mount point would hide a full one.
SEVERITY = ("OK", "WARNING", "UNKNOWN", "CRITICAL")
_NAMED_WHEN_OK = 3
#: Bytes of an output in any format. NRPE cuts at 65,505 bytes, without a mark and in the middle of a number.
LIMIT = 60_000
#: Bytes of the texts on the first line. The Nagios core keeps 8 KB of an output.
_SUMMARY_LIMIT = 8_000
#: Bytes for words such as `(12 metrics left out)`.
_RESERVE = 200
#: Bytes of the longest encoding of a character: half of a surrogate pair becomes \\udc80.
_LONGEST = 6


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
        """First line without state and performance data: all results of the worst state, and a count of the others.

        If there are too many, the first of them, and the number of the others.
        """
        worst_lines = [line.text for line in self.lines if line.state == self.state]
        named = worst_lines[:_NAMED_WHEN_OK] if self.state == "OK" else worst_lines
        shown = named[: max(1, _fitting(named, _SUMMARY_LIMIT, 2))]
        text = ", ".join(shown)
        if len(shown) == len(self.lines):
            return text
        rest = "{} more {}" if len(shown) == len(named) else "{} more {} left out"
        counts = []
        for state in reversed(SEVERITY):
            number = sum(line.state == state for line in self.lines)
            number -= len(shown) if state == self.state else 0
            if number > 0:
                counts.append((rest if state == self.state else "{} {}").format(number, state.lower()))
        return f"{text} ({', '.join(counts)})" if counts else text

    def text(self, verbose: int = 0) -> str:
        """Return the output of a plugin: first line, more lines by verbosity, then the bar and performance data.

        The bar comes last, because Sensu's agent reads all text after it as metrics. At most LIMIT bytes: whole metrics
        and lines are left out, the worst ones last, and the first line has their number.
        """
        first = f"{self.name.upper()} {self.state}: {self.summary}"
        details = self._details(verbose)
        kept: Sequence[str] = self.perfdata
        if not _surely_fits((first, *details, *kept), LIMIT - _RESERVE):
            first, details, kept = self._cut(first, details, verbose)
        printed = [first, *details]
        if kept:
            printed[-1] += " | " + " ".join(kept)
        return "\n".join(printed)

    def _cut(self, first: str, details: list[str], verbose: int) -> "tuple[str, list[str], Sequence[str]]":
        """Leave out metrics and lines until an output fits. Returns its first line, other lines and metrics."""
        room = LIMIT - _RESERVE - _size(first)
        kept = self._fitting_perfdata(room - min(LIMIT // 4, sum(_size(line) + 1 for line in details)))
        if len(kept) < len(self.perfdata):
            first += f" ({len(self.perfdata) - len(kept)} metrics left out)"
        room -= sum(_size(part) + 1 for part in kept)
        if _fitting(details, room, 1) < len(details):
            if verbose < 3:
                order = {state: rank for rank, state in enumerate(reversed(SEVERITY))}
                details.sort(key=lambda detail: order[detail.partition(":")[0]])
            number = _fitting(details, room, 1)
            details[number:] = [f"({len(details) - number} lines left out)"]
        return first, details, kept

    def _details(self, verbose: int) -> list[str]:
        printed = []
        for line in self.lines if verbose >= 1 else ():
            detail = f" [{line.detail}]" if verbose >= 2 and line.detail else ""
            printed.append(f"{line.state}: {line.text}{detail}")
        return [*printed, *(self.debug if verbose >= 3 else ())]

    def _fitting_perfdata(self, room: int) -> "Sequence[str]":
        if sum(_size(part) + 1 for part in self.perfdata) <= room:
            return self.perfdata
        ranks = worst_first(self.readings) if len(self.readings) == len(self.perfdata) else range(len(self.perfdata))
        ranked = [self.perfdata[rank] for rank in ranks]
        kept = sorted(ranks[: _fitting(ranked, room, 1)])
        return [self.perfdata[rank] for rank in kept]

    def __str__(self) -> str:
        return self.text()


def worst_first(readings: "Sequence[Reading] | Sequence[Line]") -> list[int]:
    """Return the positions of readings or lines, those of the worst state first, otherwise in their order."""
    return sorted(range(len(readings)), key=lambda rank: -SEVERITY.index(readings[rank].state))


def _size(text: str) -> int:
    return len(text.encode("utf-8", "backslashreplace"))


def _surely_fits(texts: "Sequence[str]", room: int) -> bool:
    """Return True if texts, with a byte between two of them, fit into `room` bytes in any encoding."""
    return len("\n".join(texts)) * _LONGEST <= room


def _fitting(texts: "Sequence[str]", room: int, separator: int) -> int:
    """Return how many of the texts fit into `room` bytes, with a separator of that size after each."""
    if len("\n".join(texts)) * _LONGEST + len(texts) * separator <= room:
        return len(texts)
    for number, text in enumerate(texts):
        room -= _size(text) + separator
        if room < 0:
            return number
    return len(texts)


def worst(states: "Iterable[str]") -> str:
    """Return the worst state, in the order CRITICAL, UNKNOWN, WARNING, OK; UNKNOWN for no states."""
    found = set(states)
    return next((state for state in reversed(SEVERITY) if state in found), "UNKNOWN")
