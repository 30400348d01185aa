"""One run of one check: the same for the command line, the warm worker, the batch runner and the tests."""

import time

from checkwright.core.argv import CommandLine, parse
from checkwright.core.check import Check, bind
from checkwright.core.current import Current, enter, leave, state_of
from checkwright.core.domain import Critical as CriticalState
from checkwright.core.domain import Metric, Ok, Performance, Result, Warn
from checkwright.core.errors import BadUsage, CheckError, DeclarationError
from checkwright.core.formats import rendered
from checkwright.core.outcome import Line, Outcome, Reading
from checkwright.core.ranges import BadRange, number
from checkwright.core.secret import masked
from checkwright.core.text import clean, perf_label, shown_seconds
from checkwright.core.world import World

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType


class Run:
    """One run. `go()` measures; `overdue()` says, from any thread, what is known when time is up.

    since: when its time began on the monotonic clock, where that was before now.
    said: what the words say, where they have been read before; it is this run's alone.
    """

    def __init__(
        self,
        kind: type[Check],
        words: "Sequence[str]",
        world: World,
        since: float | None = None,
        said: CommandLine | None = None,
    ) -> None:
        self.name = kind.title()
        self.said = CommandLine()
        self.usage: str = ""
        self._results: list[tuple[Result, str, Performance | None]] = []
        self._troubles: list[tuple[str, str]] = []
        self._debug: list[str] = []
        self._started = time.monotonic() if since is None else since
        try:
            self.said = said or parse(kind, words)
        except (BadUsage, DeclarationError) as error:
            self.usage = clean(error)
            self.current = Current(self.name, self.name, self._started)
            return
        self.check = bind(self.said.check, world, self.said.limits)
        self.current = Current(
            self.name, self.said.identity, self._started + self.said.seconds, self.said.timeout_state
        )

    def go(self) -> Outcome:
        """Probe and evaluate. Never raises but for what ends the process (KeyboardInterrupt)."""
        if self.usage:
            return Outcome(self.name, (Line("UNKNOWN", self.usage),))
        token = enter(self.current)
        try:
            self._measure()
        finally:
            leave(token)
        self._debug.append(f"took {shown_seconds(time.monotonic() - self._started)}")
        return self._outcome()

    def overdue(self) -> Outcome:
        """What was found until now, and that time is up. Another thread may still be measuring."""
        waiting = f" while waiting for {clean(self.current.doing, 200)}" if self.current.doing else ""
        text = f"timed out after {shown_seconds(round(self.said.seconds, 2))}{waiting}"
        self._troubles.append((self.said.timeout_state, text))
        return self._outcome()

    def stopped(self, why: str) -> Outcome:
        """The outcome of a run that something outside ended."""
        self._troubles.append(("UNKNOWN", why))
        return self._outcome()

    def told(self, outcome: Outcome, printed: str = "") -> tuple[str, int]:
        """The text as the command line wants it, without its last line's end, and the exit code.

        printed: what the run wrote to stdout; it is cleaned and masked as the run's own words are, for -vvv.
        """
        if printed:
            token = enter(self.current)
            try:
                outcome.debug += tuple(clean(f"printed: {line}", 4_000) for line in printed.splitlines())
            finally:
                leave(token)
        return rendered(outcome, self.said.output, self.said.verbose), outcome.exit_code

    def _measure(self) -> None:
        try:
            self.check.validate()
            metrics = self.check.probe()
            if metrics is None:
                raise TypeError("probe() returned nothing: it must yield metrics")
            for metric in metrics:
                if not isinstance(metric, Metric):
                    raise TypeError(f"probe() yielded {metric!r}, which is not a metric")
                # All that a foreign context may fail at is asked here, where a failure has a place to be told.
                self._results.append((metric.evaluate(), metric.description or metric.name, metric.performance()))
        except CheckError as trouble:
            self._troubles.append((state_of(trouble), clean(trouble) or "failed without a word"))
        except BadRange as error:
            self._troubles.append(("UNKNOWN", clean(error)))
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a check that calls sys.exit() must not end a worker
            self._troubles.append(("UNKNOWN", _crash(error)))
            self._debug.extend(_traceback(error))

    def _outcome(self) -> Outcome:
        token = enter(self.current)  # the texts below are masked by what this run has read, whichever thread asks
        try:
            return self._told()
        finally:
            leave(token)

    def _told(self) -> Outcome:
        # One metric's label may come once only: graphs of two values under one name show neither.
        lines: list[tuple[int, Line]] = []
        readings: dict[str, Reading] = {}
        for result, text, performance in list(self._results):
            state = _STATES.get(id(result.state), "UNKNOWN")
            metric = result.metric
            if metric is None:
                lines.append((0, Line(state, clean(result.hint or ""))))
                continue
            context = metric.contextobj
            if result.hint:
                text += f" ({result.hint})"
            if not getattr(context, "silent", False):
                lines.append((getattr(context, "lead", 0), Line(state, clean(text), _thresholds_shown(context))))
            if performance is not None and metric.name not in readings:
                readings[metric.name] = Reading(
                    perf_label(metric.name),
                    metric.context,
                    masked(str(getattr(context, "item", ""))),
                    getattr(context, "label", metric.context),
                    metric.value if isinstance(metric.value, int | float) else None,
                    getattr(context, "unit", metric.uom or ""),
                    str(performance.warn),
                    str(performance.crit),
                    metric.min,
                    metric.max,
                    state,
                )
        lines.sort(key=lambda ranked: ranked[0])
        found = [line for _, line in lines]
        troubled = [
            Line(state, clean(text) or "failed without a word")
            for _, state, text in ([] if self.usage else list(self.check.trouble))
        ]
        own = [Line(state, clean(text)) for state, text in self._troubles]
        if not self.usage:
            self._add_missing(readings)
        return Outcome(
            self.name,
            (*own, *troubled, *found),
            tuple(readings.values()),
            tuple(_perfdata(reading) for reading in readings.values()),
            tuple(clean(line, 4_000) for line in self._debug),
        )

    def _add_missing(self, readings: dict[str, Reading]) -> None:
        """Keep the labels of what could not be measured, as undetermined values."""
        if not (self._troubles or self.check.trouble):
            return
        seen = [(reading.gauge, reading.item) for reading in readings.values()]
        whole = {gauge for gauge, item in seen if not item}
        for gauge in type(self.check).gauges.values():
            if gauge.optional or gauge.name in whole:
                continue
            items = self.check.announced or ([] if any(name == gauge.name for name, _ in seen) else [""])
            for item in items:
                label = perf_label(gauge.name, item)
                if label not in readings:
                    limits = self.check.thresholds(gauge, item)
                    readings[label] = Reading(
                        label,
                        gauge.name,
                        masked(item),
                        gauge.label,
                        None,
                        gauge.unit,
                        limits.warn or "",
                        limits.crit or "",
                        gauge.min,
                        gauge.max,
                        "UNKNOWN",
                    )


#: Frames below this folder are not the check's.
_CORE = __file__.rpartition("/")[0] + "/"
_STATES = {id(Ok): "OK", id(Warn): "WARNING", id(CriticalState): "CRITICAL"}


def run(kind: type[Check], words: "Sequence[str]", world: World) -> Outcome:
    """Run a check and say what it found. Keeps no deadline by itself: sources do, and whoever calls."""
    return Run(kind, words, world).go()


def _perfdata(reading: Reading) -> str:
    from checkwright.core.gauges import UNITS

    value = "U" if reading.value is None else f"{number(reading.value)}{UNITS.get(reading.unit, '')}"
    low = "" if reading.min is None else number(reading.min)
    high = "" if reading.max is None else number(reading.max)
    return f"{reading.label}={value};{reading.warn};{reading.crit};{low};{high}"


def _thresholds_shown(context: object) -> str:
    thresholds = getattr(context, "thresholds", None)
    if thresholds is None:
        return ""
    return f"warning {thresholds.warn or 'never'}, critical {thresholds.crit or 'never'}"


def _crash(error: BaseException) -> str:
    """One sentence for an error that nobody foresaw: what, and in which line of the check."""
    place = _place(error.__traceback__)
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return clean(f"the check itself failed: {what}{place}", 400)


def _place(traceback: "TracebackType | None") -> str:
    """The innermost line outside the library's core: usually the check's own."""
    found = ""
    while traceback is not None:
        file = traceback.tb_frame.f_code.co_filename
        if not found or not file.startswith(_CORE):
            found = f" at {file}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return found


def _traceback(error: BaseException) -> list[str]:
    import traceback

    return [line for part in traceback.format_exception(error) for line in part.rstrip("\n").split("\n")]
