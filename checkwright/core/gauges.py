"""Gauges: numbers to watch. One declaration gives the metric, the flags of its thresholds and its typed limit."""

import sys

from checkwright.core import ranges
from checkwright.core.domain import Context, Metric, Ok, Performance, Result, ScalarContext, Unknown
from checkwright.core.errors import DeclarationError
from checkwright.core.text import clean, format_number, perf_label

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generic, Literal, SupportsFloat, TypeVar, overload

    from checkwright.core.check import Check
    from checkwright.core.domain import Range, Resource

    C = TypeVar("C", bound=Check)
    Missing = Literal["unknown", "ok", "zero"]
    Unit = Literal["", "s", "B", "%", "c", "B/s", "/s", "pages/s", "days"]
else:
    C = None

    class Generic:
        def __class_getitem__(cls, _parameter: object) -> type:
            return cls


#: Units, each with its suffix in performance data ("" if that format has no such unit).
UNITS = {"": "", "s": "s", "B": "B", "%": "%", "c": "c", "B/s": "", "/s": "", "pages/s": "", "days": ""}
MISSING = ("unknown", "ok", "zero")
#: `max` of a percentage that may exceed 100, such as the CPU of a process with several threads.
UNLIMITED = float("inf")
_LARGEST = sys.float_info.max


class Thresholds:
    """Ranges of one value as canonical text, None for no threshold."""

    __slots__ = ("crit", "warn")

    def __init__(self, warn: str | None = None, crit: str | None = None) -> None:
        self.warn = warn
        self.crit = crit


class GaugeContext(ScalarContext):
    """Context of one value of one gauge. nagiosplugin evaluates it.

    Four differences to a ScalarContext: no threshold means no limit (nagiosplugin's empty range alerts
    below zero), a missing value has the state that `missing` names, numbers are plain decimals, and a bound
    of the value may decide the state in its place.
    """

    def __init__(
        self,
        name: str,
        label: str,
        unit: str,
        item: str,
        thresholds: Thresholds,
        missing: str,
        lead: int = 0,
        surely: float | None = None,
        hint: str = "",
        perfdata: bool = True,
    ) -> None:
        # Like ScalarContext's own, except that each range is parsed once: a worker uses the same ones all day.
        Context.__init__(self, name)
        self.warning = ranges.cached(thresholds.warn or ranges.NEVER)
        self.critical = ranges.cached(thresholds.crit or ranges.NEVER)
        self.label = label
        self.unit = unit
        self.item = item
        self.thresholds = thresholds
        self.missing = missing
        self.lead = lead
        self.surely = surely
        self.hint = hint
        self.perfdata = perfdata

    def evaluate(self, metric: Metric, resource: "Resource | None") -> Result:
        if metric.value is None:
            return Result(Ok if self.missing == "ok" else Unknown, self.hint or None, metric)
        if self.surely is None:
            judged, result = metric.value, super().evaluate(metric, resource)
            if result.state is Ok and not self.hint:
                return result
        else:
            judged = self.surely
            result = super().evaluate(metric.replace(value=judged), resource)
        state = result.state
        words = []
        if state is not Ok:
            broken: Range = self.critical if not self.critical.match(judged) else self.warning
            words = [ranges.violation(broken, judged, shown_unit(self.unit))]
        if about := ", ".join(text for text in (self._surely(metric.value, state), self.hint) if text):
            words.append(about)
        return Result(state, "; ".join(words) or None, metric)

    def _surely(self, value: float, state: object) -> str:
        """Return `surely above 1.4 s` where the bound decides, "" if the value alone gives the same state."""
        if self.surely is None or (state is Ok and self.critical.match(value) and self.warning.match(value)):
            return ""
        side = "above" if self.surely <= value else "below"
        return f"surely {side} {format_number(self.surely, self.unit)}"

    def performance(self, metric: Metric, resource: "Resource | None") -> Performance | None:
        if not self.perfdata:
            return None
        value = "U" if metric.value is None else ranges.number(metric.value)
        return Performance(
            metric.name,
            value,
            "" if metric.value is None else UNITS[self.unit],
            self.thresholds.warn or "",
            self.thresholds.crit or "",
            "" if metric.min is None else ranges.number(metric.min),
            "" if metric.max is None else ranges.number(metric.max),
        )

    def describe(self, metric: Metric) -> str:
        subject = f"{self.label} {clean(self.item, 200)}" if self.item else self.label
        if metric.value is None:
            return f"{subject} has no value"
        return f"{subject} {format_number(metric.value, self.unit)}"


def shown_unit(unit: str) -> str:
    """Return the unit as text shows it after a number: ` %`, ` s`, nothing for a plain count."""
    return f" {unit}" if unit not in ("", "c") else ""


def make_metric(
    name: str,
    value: object,
    label: str,
    unit: str,
    item: str,
    thresholds: Thresholds,
    *,
    missing: str = "unknown",
    min: float | None = None,
    max: float | None = None,
    lead: int = 0,
    surely: object = None,
    hint: str = "",
    perfdata: bool = True,
) -> Metric:
    """Return a metric with a context of its own, which evaluates it.

    value, surely: numbers: int, float, Decimal, or any other numbers.Real. None, NaN, infinities and numbers beyond the
    range of a float are missing values; without its bound `surely` a value decides the state itself.
    Raises TypeError for anything else.
    """
    number, bound = _number(name, value), _number(name, surely)
    if number is None and missing == "zero":
        number = 0
    about = clean(hint, 400) if hint else ""
    context = GaugeContext(name, label, unit, item, thresholds, missing, lead, bound, about, perfdata)
    return Metric(perf_label(name, item), number, UNITS[unit], min, None if max == UNLIMITED else max, name, context)


def _number(name: str, value: object) -> float | None:
    """Return a number in its plain form, None for a missing one."""
    if isinstance(value, bool) or value is None:
        return None if value is None else int(value)
    if isinstance(value, int | float):
        return value if -_LARGEST <= value <= _LARGEST else None
    return _other_number(name, value)


def _other_number(name: str, value: object) -> float | None:
    """Return a Decimal, a Fraction or a number of another library as an int or a float."""
    from decimal import Decimal
    from numbers import Integral, Real

    if not isinstance(value, Decimal | Real):
        raise TypeError(f"{name} got {value!r}, which is not a number")
    try:
        number = int(value) if isinstance(value, Integral) else float(value)
    except (OverflowError, ValueError):  # beyond the range of a float, and a signalling NaN
        return None
    return number if -_LARGEST <= number <= _LARGEST else None


class Gauge:
    """A declared gauge: a MetricRef on a check's class (`Disk.space.at(warn=75)`), a MetricFactory in a run."""

    def __init__(
        self,
        label: str,
        unit: "Unit" = "",
        *,
        warn: float | str | None = None,
        crit: float | str | None = None,
        missing: "Missing" = "unknown",
        min: float | None = None,
        max: float | None = None,
        optional: bool = False,
        threshold_required: bool = False,
    ) -> None:
        self.label = label
        self.unit = unit
        self.missing = missing
        self.optional = optional
        self.threshold_required = threshold_required
        self.name = ""
        self.min = 0 if min is None and unit in ("%", "s", "B", "c") else None if min == -UNLIMITED else min
        self.max = 100 if max is None and unit == "%" else None if max == UNLIMITED else max
        if unit not in UNITS:
            raise DeclarationError(f"gauge({label!r}): {unit!r} is no unit; use one of {', '.join(map(repr, UNITS))}")
        if missing not in MISSING:
            raise DeclarationError(f"gauge({label!r}): missing={missing!r} is not one of {', '.join(MISSING)}")
        try:
            self.default = _thresholds(warn, crit, unit)
        except ranges.BadRange as error:
            raise DeclarationError(f"gauge({label!r}): {error}") from None

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    if TYPE_CHECKING:

        @overload
        def __get__(self, instance: None, owner: type[C]) -> "MetricRef[C]": ...
        @overload
        def __get__(self, instance: "Check", owner: type) -> "MetricFactory": ...

    def __get__(self, instance: "Check | None", owner: type) -> object:
        if instance is None:
            return MetricRef(owner, self)
        return MetricFactory(self, instance)


class MetricFactory:
    """Factory of this run's metrics of one gauge: `yield self.space(85, of="/srv")`."""

    __slots__ = ("_check", "_gauge")

    def __init__(self, gauge: Gauge, check: "Check") -> None:
        self._gauge = gauge
        self._check = check

    def __call__(
        self,
        value: "SupportsFloat | None",
        *,
        of: object = "",
        min: float | None = None,
        max: float | None = None,
        surely: "SupportsFloat | None" = None,
        hint: str = "",
        perfdata: bool = True,
    ) -> Metric:
        """Return a metric of one value in the gauge's unit, None for a missing one.

        value: an int, a float, a Decimal, or any other numbers.Real. of: the item, such as a mount point or a queue.
        min, max: bounds for graphs, by default the gauge's. hint: a remark, shown in brackets.
        surely: a bound of an estimated value, such as the lower end of the confidence interval of a percentile. The
        state follows the bound; text and performance data show the value:

            yield self.p99(1.52, of=route, surely=1.48, hint="6,120 requests")

        perfdata: False leaves the value out of the performance data, for items that come and go or are too many.
        """
        gauge, item = self._gauge, str(of)
        return make_metric(
            gauge.name,
            value,
            gauge.label,
            gauge.unit,
            item,
            self._check.thresholds(gauge, item),
            missing=gauge.missing,
            min=gauge.min if min is None else min,
            max=gauge.max if max is None else max,
            lead=self._check.rank(gauge.name),
            surely=surely,
            hint=hint,
            perfdata=perfdata,
        )


class Limit(Generic[C]):
    """Thresholds of one gauge of one check in a registry. `MetricRef.at` creates it.

    items: a shell pattern for names of items, "" for all. warn, crit: ranges, None to keep the lower
    level's. file, line: the place in the registry.
    """

    __slots__ = ("check", "crit", "file", "gauge", "items", "line", "warn")

    def __init__(
        self,
        check: "type[C]",
        gauge: str,
        items: str,
        warn: str | None,
        crit: str | None,
        file: str,
        line: int,
    ) -> None:
        self.check = check
        self.gauge = gauge
        self.items = items
        self.warn = warn
        self.crit = crit
        self.file = file
        self.line = line

    if TYPE_CHECKING:
        # Makes C invariant. Otherwise mypy would accept one check's limit on another check.
        def _of(self, check: C) -> C: ...


class MetricRef(Generic[C]):
    """Reference to a gauge of a check, for registries."""

    __slots__ = ("check", "gauge")

    def __init__(self, check: "type[C]", gauge: Gauge) -> None:
        self.check = check
        self.gauge = gauge

    def at(self, items: str = "", *, warn: float | str | None = None, crit: float | str | None = None) -> "Limit[C]":
        """Return a limit on this gauge, for all items or for those that match a shell pattern.

            Disk.space.at("/srv*", warn=80, crit="90")

        warn, crit: a range or its upper end; `"~:"` never alerts. Gauges in seconds and bytes accept
        `"2h"` and `"512M"`. Raises DeclarationError for a bad range, or without warn and crit.
        """
        from checkwright.core.source_lines import line_of

        frame = sys._getframe(1)
        where = f"{self.check.__name__}.{self.gauge.name}.at()"
        if not isinstance(items, str):
            raise DeclarationError(f"{where}: {items!r} is no pattern over items: write one as text, or warn= or crit=")
        if warn is None and crit is None:
            raise DeclarationError(f"{where} needs warn= or crit=")
        try:
            limits = _thresholds(warn, crit, self.gauge.unit)
            return Limit(
                self.check,
                self.gauge.name,
                items,
                limits.warn,
                limits.crit,
                frame.f_code.co_filename,
                line_of(frame),
            )
        except ranges.BadRange as error:
            raise DeclarationError(f"{where}: {error}") from None


def gauge(
    label: str,
    unit: "Unit" = "",
    *,
    warn: float | str | None = None,
    crit: float | str | None = None,
    missing: "Missing" = "unknown",
    min: float | None = None,
    max: float | None = None,
    optional: bool = False,
    threshold_required: bool = False,
) -> Gauge:
    """Declare a number to watch.

        space = gauge("Used space", "%", warn=80, crit=90)

    label: a noun in sentence case, without the unit. unit: a base unit (B, s, %, c for a counter) or a rate.
    warn, crit: default thresholds as ranges; a number is the upper end. missing: the meaning of a missing
    value. min, max: bounds for graphs; max=UNLIMITED for a percentage that may exceed 100, min=-UNLIMITED for a time
    or size that may be below 0. optional: not part of every run, so a failed run does not list it.
    threshold_required: there is no sensible default, so a watch without a threshold is a mistake.
    """
    return Gauge(
        label,
        unit,
        warn=warn,
        crit=crit,
        missing=missing,
        min=min,
        max=max,
        optional=optional,
        threshold_required=threshold_required,
    )


def metric(
    name: str,
    value: "SupportsFloat | None",
    unit: "Unit" = "",
    *,
    of: object = "",
    label: str = "",
    warn: float | str | None = None,
    crit: float | str | None = None,
    missing: "Missing" = "unknown",
    min: float | None = None,
    max: float | None = None,
    surely: "SupportsFloat | None" = None,
    hint: str = "",
) -> Metric:
    """Return a metric whose name is known only at run time, such as one value of a JSON document.

    The arguments are the same as for `gauge()`; `of` is the item, and `surely` and `hint` work as when a gauge is
    called. Raises BadRange for a bad threshold.
    """
    thresholds = _thresholds(warn, crit, unit)
    return make_metric(
        name,
        value,
        label or name,
        unit,
        str(of),
        thresholds,
        missing=missing,
        min=min,
        max=max,
        lead=1_000,
        surely=surely,
        hint=hint,
    )


def _thresholds(warn: float | str | None, crit: float | str | None, unit: str) -> Thresholds:
    return Thresholds(
        None if warn is None else ranges.canonical(warn, unit), None if crit is None else ranges.canonical(crit, unit)
    )
