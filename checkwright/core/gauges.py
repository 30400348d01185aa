"""Gauges: numbers worth watching. One declaration is the metric, its thresholds' flags and its typed limit."""

import sys

from checkwright.core import ranges
from checkwright.core.domain import Context, Metric, Ok, Performance, Result, ScalarContext, Unknown
from checkwright.core.errors import DeclarationError
from checkwright.core.text import clean, perf_label, shown_number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Generic, Literal, TypeVar, overload

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


#: Units, and what stands behind a value in the performance data ("" where the format has no such unit).
UNITS = {"": "", "s": "s", "B": "B", "%": "%", "c": "c", "B/s": "", "/s": "", "pages/s": "", "days": ""}
MISSING = ("unknown", "ok", "zero")
_LARGEST = sys.float_info.max


class Thresholds:
    """Ranges for one value as canonical text; None where there is none."""

    __slots__ = ("crit", "warn")

    def __init__(self, warn: str | None = None, crit: str | None = None) -> None:
        self.warn = warn
        self.crit = crit


class GaugeContext(ScalarContext):
    """One value of one gauge, evaluated by nagiosplugin, with what nagiosplugin leaves to us.

    No threshold means no limit (nagiosplugin's empty range alerts below zero);
    a missing or undefined value means what `missing` says; numbers are plain decimals.
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
    ) -> None:
        # What ScalarContext's own does, but that a range is read once: a warm process makes the same ones all day.
        Context.__init__(self, name)
        self.warning = ranges.known(thresholds.warn or ranges.NEVER)
        self.critical = ranges.known(thresholds.crit or ranges.NEVER)
        self.label = label
        self.unit = unit
        self.item = item
        self.thresholds = thresholds
        self.missing = missing
        self.lead = lead

    def evaluate(self, metric: Metric, resource: "Resource | None") -> Result:
        if metric.value is None:
            return Result(Ok if self.missing == "ok" else Unknown, None, metric)
        result = super().evaluate(metric, resource)
        if result.state is Ok:
            return result
        broken: Range = self.critical if not self.critical.match(metric.value) else self.warning
        return Result(result.state, ranges.violated(broken, metric.value, shown_unit(self.unit)), metric)

    def performance(self, metric: Metric, resource: "Resource | None") -> Performance:
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
        return f"{subject} {shown_number(metric.value, self.unit)}"


def shown_unit(unit: str) -> str:
    """The unit as text shows it behind a number: ` %`, ` s`, nothing for a plain count."""
    return f" {unit}" if unit not in ("", "c") else ""


def measured(
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
) -> Metric:
    """A metric that carries its own context, so that whoever holds it can evaluate it.

    value: a number; None, NaN, infinities and what no float can hold mean that there is none.
    Raises TypeError for anything else.
    """
    if isinstance(value, bool) or value is None:
        number: float | None = None if value is None else int(value)
    elif isinstance(value, int | float):
        number = value if -_LARGEST <= value <= _LARGEST else None
    else:
        raise TypeError(f"{name} was given {value!r}, which is not a number")
    if number is None and missing == "zero":
        number = 0
    context = GaugeContext(name, label, unit, item, thresholds, missing, lead)
    return Metric(perf_label(name, item), number, UNITS[unit], min, max, name, context)


class Gauge:
    """A declared gauge. On a check's class it is a MetricRef (`Disk.space.at(warn=75)`), on a run a MetricFactory."""

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
        self.min = 0 if min is None and unit in ("%", "s", "B", "c") else min
        self.max = 100 if max is None and unit == "%" else max
        if unit not in UNITS:
            raise DeclarationError(f"gauge({label!r}): {unit!r} is no unit; use one of {', '.join(map(repr, UNITS))}")
        if missing not in MISSING:
            raise DeclarationError(f"gauge({label!r}): missing={missing!r} is none of {', '.join(MISSING)}")
        try:
            self.default = Thresholds(
                None if warn is None else ranges.normal(warn), None if crit is None else ranges.normal(crit)
            )
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
    """Makes this run's metrics of one gauge: `yield self.space(85, of="/srv")`."""

    __slots__ = ("_check", "_gauge")

    def __init__(self, gauge: Gauge, check: "Check") -> None:
        self._gauge = gauge
        self._check = check

    def __call__(
        self,
        value: float | None,
        *,
        of: object = "",
        min: float | None = None,
        max: float | None = None,
    ) -> Metric:
        """One value, in the gauge's unit; None means missing. `of` names the item (a mount point, a queue)."""
        gauge, item = self._gauge, str(of)
        return measured(
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
        )


class Limit(Generic[C]):
    """Thresholds for one gauge of one check, as a registry states them. Made by `MetricRef.at`.

    items: a shell pattern over the item's name, "" for all. warn, crit: ranges, None to keep the lower level's.
    file, line: where it was written.
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
        # Invariance: without a method that takes a C, mypy would accept one check's limit on another.
        def _of(self, check: C) -> C: ...


class MetricRef(Generic[C]):
    """A gauge as the registry sees it."""

    __slots__ = ("check", "gauge")

    def __init__(self, check: "type[C]", gauge: Gauge) -> None:
        self.check = check
        self.gauge = gauge

    def at(self, items: str = "", *, warn: float | str | None = None, crit: float | str | None = None) -> "Limit[C]":
        """A limit on this gauge, for all items or for those that match the pattern. `"~:"` means never.

        Raises DeclarationError for a bad range or when neither is given.
        """
        from checkwright.core.source_lines import line_of

        frame = sys._getframe(1)
        where = f"{self.check.__name__}.{self.gauge.name}.at()"
        if not isinstance(items, str):
            raise DeclarationError(f"{where}: {items!r} is no pattern over items: write one as text, or warn= or crit=")
        if warn is None and crit is None:
            raise DeclarationError(f"{where} needs warn= or crit=")
        try:
            return Limit(
                self.check,
                self.gauge.name,
                items,
                None if warn is None else ranges.normal(warn),
                None if crit is None else ranges.normal(crit),
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
    """Declare a number worth watching.

    label: a noun in sentence case, without unit. unit: a base unit (B, s, %, c for a counter) or a rate.
    warn, crit: default thresholds as ranges; a number is the upper end.
    missing: what a missing value means. optional: not part of every run, so a failed run does not list it.
    threshold_required: no default would be right, so a watch without a threshold of its own is a mistake.
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
    value: float | None,
    unit: "Unit" = "",
    *,
    of: object = "",
    label: str = "",
    warn: float | str | None = None,
    crit: float | str | None = None,
    missing: "Missing" = "unknown",
    min: float | None = None,
    max: float | None = None,
) -> Metric:
    """A number whose name is known only at run time (one value of a JSON document, say).

    Raises BadRange for a bad threshold.
    """
    thresholds = Thresholds(
        None if warn is None else ranges.normal(warn), None if crit is None else ranges.normal(crit)
    )
    return measured(
        name, value, label or name, unit, str(of), thresholds, missing=missing, min=min, max=max, lead=1_000
    )
