"""One run of one check: the same for the command line, the worker, the batch runner and the tests."""

import sys
import time

from checkwright.core.argv import CommandLine, parse
from checkwright.core.check import Check, bind
from checkwright.core.current import Current, enter, leave, state_of
from checkwright.core.domain import Critical as CriticalState
from checkwright.core.domain import Metric, Ok, Performance, Result, Warn
from checkwright.core.errors import BadUsage, CheckError, DeclarationError
from checkwright.core.gauges import UNITS
from checkwright.core.kept_labels import KeptLabels
from checkwright.core.outcome import Line, Outcome, Reading
from checkwright.core.ranges import BadRange, number
from checkwright.core.secret import mask
from checkwright.core.sensu_output import SENSU, for_sensu
from checkwright.core.text import clean, clean_indented, format_seconds, perf_label
from checkwright.core.world import World

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


class Run:
    """One run. `go()` measures; `overdue()` returns, from any thread, what is known when the time is up.

    since: start of the run's time on the monotonic clock, where that was before now. args: the words,
    already parsed; used by this run alone. project: the folder that the check was looked up in.
    """

    def __init__(
        self,
        kind: type[Check],
        words: "Sequence[str]",
        world: World,
        since: float | None = None,
        args: CommandLine | None = None,
        *,
        project: str = "",
    ) -> None:
        self.name = kind.title()
        self.args = CommandLine()
        #: The sentence for a command line that cannot be run, "" for a good one.
        self.usage = ""
        self._results: list[tuple[Result, str, Performance | None]] = []
        self._errors: list[tuple[str, str]] = []
        self._debug: list[str] = []
        self._started = time.monotonic() if since is None else since
        self._metrics: Iterable[Metric] = ()
        try:
            self.args = args or parse(kind, words)
            if self.args.project not in ("", project):
                raise BadUsage(f"put --project {self.args.project} before the check's name, where it is read first")
        except (BadUsage, DeclarationError) as error:
            self.usage = clean(error)
            self.current = Current(self.name, self.name, self._started)
            return
        memory = kind._label_memory
        self._labels = KeptLabels(world.optional(memory) if memory is not None else None)
        self.check = bind(self.args.check, world, self.args.limits, self.args.meanings)
        end = self._started + self.args.timeout
        self.current = Current(self.name, self.args.identity, end, self.args.timeout_state, project)
        self.current.seconds = self.args.timeout

    def go(self) -> Outcome:
        """Probe and evaluate. Raises nothing, except for what ends the process (KeyboardInterrupt)."""
        if self.usage:
            return Outcome(self.name, (Line("UNKNOWN", self.usage),))
        token = enter(self.current)
        try:
            self._measure()
        finally:
            leave(token)
        if self._labels.error:
            self._debug.append(f"labels of the last run: {self._labels.error}")
        self._debug.append(f"took {format_seconds(time.monotonic() - self._started)}")
        return self._outcome()

    def overdue(self) -> Outcome:
        """Return all results until now, and that the time is up. Another thread may still be measuring."""
        waiting = f" while waiting for {clean(self.current.doing, 200)}" if self.current.doing else ""
        text = f"timed out after {format_seconds(round(self.args.timeout, 2))}{waiting}"
        return self._ended(self.args.timeout_state, text)

    def stopped(self, why: str) -> Outcome:
        """Return the outcome of a run that something outside ended."""
        return self._ended("UNKNOWN", why)

    def _ended(self, state: str, text: str) -> Outcome:
        """Return the outcome of a run that may still be measuring, and let it begin nothing more."""
        self.current.over = True
        self._errors.append((state, text))
        return self._outcome()

    def render(self, outcome: Outcome, printed: str = "") -> tuple[str, int]:
        """Return the output in the requested format, without the last newline, and the exit code.

        printed: text that the run wrote to stdout. It is cleaned and masked like the rest, and shown at -vvv.
        """
        if printed:
            token = enter(self.current)
            try:
                outcome.debug += tuple(clean(f"printed: {line}", 4_000) for line in printed.splitlines())
            finally:
                leave(token)
        if self.args.output == "nagios":
            return outcome.text(self.args.verbose), outcome.exit_code
        if self.args.output == SENSU:
            return for_sensu(outcome.text(self.args.verbose)), outcome.exit_code
        from checkwright.core.formats import render

        return render(outcome, self.args.output), outcome.exit_code

    def _measure(self) -> None:
        try:
            self.check.validate()
            self._labels.recall()
            self._metrics = _iterable(self.check.probe())
            metrics = _yielded(self._metrics)  # a name keeps probe() open, so that an error knows its line
            for metric in metrics:
                if not isinstance(metric, Metric):
                    raise TypeError(f"probe() yielded {metric!r}, which is not a metric")
                # All calls into a foreign context happen here, where a failure of one can be reported.
                self._results.append((metric.evaluate(), metric.description or metric.name, metric.performance()))
            if not self.check.failed_items:
                self._labels.remember(self._measured())
        except CheckError as error:
            self._errors.append((state_of(error), clean(error) or "failed without a message"))
        except BadRange as error:
            self._errors.append(("UNKNOWN", clean(error)))
        except KeyboardInterrupt:
            raise
        except MemoryError:
            self._errors.append(("UNKNOWN", "the check needs more memory than it may use"))
        except BaseException as error:  # a check that calls sys.exit() must not end a worker
            self._errors.append(("UNKNOWN", self._missing_library(error) or self._crash(error)))
            self._debug.extend(_traceback(error))

    def _measured(self) -> "Iterator[tuple[str, str]]":
        """Yield gauge and item of each number of a declared gauge."""
        for result, _, performance in self._results:
            metric = result.metric
            if performance is not None and metric is not None and metric.context in type(self.check).gauges:
                yield metric.context, mask(str(getattr(metric.contextobj, "item", "")))

    def _missing_library(self, error: BaseException) -> str:
        if not isinstance(error, ModuleNotFoundError):
            return ""
        from checkwright.core.requirements import missing_library

        module = sys.modules.get(type(self.check).__module__)
        return clean(missing_library(error, self.name, getattr(module, "__file__", None) or ""))

    def _crash(self, error: BaseException) -> str:
        """Return one sentence for an unexpected error: what it is, and the author's line that led to it."""
        what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        return clean(f"the check itself failed: {what}{self._place(error)}", 400)

    def _place(self, error: BaseException) -> str:
        """Return ` at FILE:LINE`, the innermost line in the author's files.

        An error outside of them, in the evaluation of a metric, has the line of the `yield`.
        """
        folder = _author_folder(type(self.check))
        own = other = ""
        traceback = error.__traceback__
        while traceback is not None:
            file = traceback.tb_frame.f_code.co_filename
            if folder and file.startswith(folder):
                own = f" at {file}:{traceback.tb_lineno}"
            elif not other or not file.startswith(_CORE):
                other = f" at {file}:{traceback.tb_lineno}"
            traceback = traceback.tb_next
        return own or self._probe_line(folder) or other

    def _probe_line(self, folder: str) -> str:
        """Return ` at FILE:LINE` for the line that probe() has reached, "" if it is not the author's."""
        frame = getattr(self._metrics, "gi_frame", None)
        code = frame.f_code if frame is not None else getattr(self.check.probe, "__code__", None)
        if code is None or not folder or not code.co_filename.startswith(folder):
            return ""
        return f" at {code.co_filename}:{frame.f_lineno if frame is not None else code.co_firstlineno}"

    def _outcome(self) -> Outcome:
        token = enter(self.current)  # the texts are masked by the secrets of this run, in whichever thread
        try:
            return self._collected()
        finally:
            leave(token)

    def _collected(self) -> Outcome:
        # A label is used once: graphs of two values under one name show neither.
        lines: list[tuple[int, Line]] = []
        unmeasured: list[tuple[int, Line]] = []
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
                shown = unmeasured if _is_unmeasured(metric.value, context) else lines
                shown.append((getattr(context, "lead", 0), Line(state, clean(text), _detail(context))))
            if performance is not None and metric.name not in readings:
                readings[metric.name] = Reading(
                    perf_label(metric.name),
                    metric.context,
                    mask(str(getattr(context, "item", ""))),
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
        failed = [
            Line(state, clean(text) or "failed without a message")
            for _, state, text in ([] if self.usage else list(self.check.failed_items))
        ]
        errors = [Line(state, clean(text)) for state, text in self._errors]
        if not self.usage:
            self._add_missing(readings)
        return Outcome(
            self.name,
            (*errors, *failed, *found) or tuple(line for _, line in unmeasured),
            tuple(readings.values()),
            tuple(_perfdata(reading) for reading in readings.values()),
            tuple(clean_indented(line, 4_000) for line in self._debug),
        )

    def _add_missing(self, readings: dict[str, Reading]) -> None:
        """Keep the labels of items that could not be measured, with undetermined values."""
        if not (self._errors or self.check.failed_items):
            return
        seen = [(reading.gauge, reading.item) for reading in readings.values()]
        whole = {gauge for gauge, item in seen if not item}
        for gauge in type(self.check).gauges.values():
            if gauge.name in whole:
                continue
            items = self._labels.of(gauge.name, () if gauge.optional else self.check.expected_items)
            if items is None and gauge.optional:
                continue
            if items is None:
                items = self.check.expected_items or ([] if any(name == gauge.name for name, _ in seen) else [""])
            for item in items:
                label = perf_label(gauge.name, item)
                if label not in readings:
                    limits = self.check.thresholds(gauge, item)
                    readings[label] = Reading(
                        label,
                        gauge.name,
                        mask(item),
                        gauge.label,
                        None,
                        gauge.unit,
                        limits.warn or "",
                        limits.crit or "",
                        gauge.min,
                        gauge.max,
                        "UNKNOWN",
                    )


#: Frames in this folder belong to the library's core.
_CORE = __file__.rpartition("/")[0] + "/"
_STATES = {id(Ok): "OK", id(Warn): "WARNING", id(CriticalState): "CRITICAL"}


def run(kind: type[Check], words: "Sequence[str]", world: World) -> Outcome:
    """Run a check and return its outcome. Enforces no deadline: sources do, and the process around it."""
    return Run(kind, words, world).go()


def _yielded(metrics: "Iterable[Metric]") -> "Iterator[Metric]":
    """Yield the metrics. Raises TypeError if a probe() that yields elsewhere returns a metric."""
    returned: object = yield from metrics  # type: ignore[func-returns-value]
    if isinstance(returned, Metric):
        raise TypeError("probe() returned a metric: write yield, not return")


def _iterable(metrics: object) -> "Iterable[Metric]":
    """Return what probe() returned. Raises TypeError if the author wrote `return` instead of `yield`."""
    if metrics is None:
        raise TypeError("probe() returned nothing: it must yield metrics")
    # A metric is a tuple, so it would be iterated like a list of metrics.
    if isinstance(metrics, Metric):
        raise TypeError("probe() returned a metric: write yield, not return")
    if not hasattr(metrics, "__iter__") or isinstance(metrics, str):
        raise TypeError(f"probe() returned {metrics!r}: it must yield metrics, not return a value")
    return metrics


def _author_folder(kind: type[Check]) -> str:
    """Return how the paths of the author's files begin: the family's folder, or the project's or package's."""
    module = sys.modules.get(kind.__module__)
    file = getattr(module, "__file__", None) or ""
    top = kind.__module__.partition(".")[0]
    if top == "checks":
        return file.rpartition("/")[0] + "/"
    folder = next(iter(getattr(sys.modules.get(top), "__path__", ())), "")
    return f"{folder}/" if folder and file.startswith(f"{folder}/") else file


def _is_unmeasured(value: object, context: object) -> bool:
    """Return True for a gauge that may have no value, and has none: its label stays in the performance data alone."""
    return value is None and getattr(context, "missing", "") == "ok"


def _perfdata(reading: Reading) -> str:
    value = "U" if reading.value is None else f"{number(reading.value)}{UNITS.get(reading.unit, '')}"
    low = "" if reading.min is None else number(reading.min)
    high = "" if reading.max is None else number(reading.max)
    return f"{reading.label}={value};{reading.warn};{reading.crit};{low};{high}"


def _detail(context: object) -> str:
    """Return the thresholds of a number, or the flag that decided the state of a word, for -vv."""
    thresholds = getattr(context, "thresholds", None)
    if thresholds is None:
        return clean(getattr(context, "detail", ""))
    return f"warning {thresholds.warn or 'never'}, critical {thresholds.crit or 'never'}"


def _traceback(error: BaseException) -> list[str]:
    import traceback

    return [line for part in traceback.format_exception(error) for line in part.rstrip("\n").split("\n")]
