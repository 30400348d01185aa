"""Latest results in Prometheus's text format: states, values by gauge, and the batch's own counters."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from checkwright.batch.latest import LatestResults
from checkwright.batch.measured_values import MeasuredValue, measured, source_of
from checkwright.batch.results import Result
from checkwright.core.outcome import STATES

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_")
#: Endings of Prometheus's metric names for base units.
_ENDINGS: Mapping[str, str] = {"s": "_seconds", "%": "_percent", "c": "_total", "B": "_bytes"}
#: Endings that the name of a gauge may not have, with their replacements.
_RESERVED = {"_count": "_number", "_sum": "_amount", "_bucket": "_class", "_info": "_details"}
_SPANS = {"minutes": "minute", "hours": "hour", "days": "day", "weeks": "week"}
_DAY = 86_400
Labels = tuple[tuple[str, str], ...]


class _Families:
    """Samples by metric name, each name with one help and one type: the format wants them together."""

    def __init__(self) -> None:
        self._help: dict[str, str] = {}
        self._samples: dict[str, dict[Labels, float]] = {}

    def add(self, name: str, help: str, labels: Mapping[str, str], value: float) -> None:
        """Add a sample. Two of one name with the same labels would make the whole page invalid: the first one stays."""
        self._help.setdefault(name, help)
        self._samples.setdefault(name, {}).setdefault(tuple(labels.items()), value)

    def text(self) -> str:
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        for name, samples in self._samples.items():
            yield f"# HELP {name} {_escaped(self._help[name])}"
            yield f"# TYPE {name} {'counter' if name.endswith('_total') else 'gauge'}"
            for labels, value in samples.items():
                shown = ",".join(f'{key}="{_quoted(text)}"' for key, text in labels)
                yield f"{name}{{{shown}}} {_number(value)}" if shown else f"{name} {_number(value)}"


def exposition(latest: LatestResults) -> str:
    """Return the page that Prometheus scrapes, or the content of the textfile collector's file."""
    families = _Families()
    for result in latest.results():
        _add_result(families, result)
    _add_batch(families, latest)
    return families.text()


def _add_result(families: _Families, result: Result) -> None:
    task = result.task
    place = {"host": task.host, "watch": task.watch}
    whole = {
        "environment": task.plan.environment,
        "role": task.entry.role,
        **place,
        "check": source_of(task.entry),
    }
    families.add("check_state", "0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN", whole, result.code)
    families.add("check_duration_seconds", "Duration of the last run", place, result.seconds)
    families.add("check_last_run_timestamp_seconds", "Start of the last run", place, result.started)
    for value in measured(result):
        _add_value(families, result, value, place)


def _add_value(families: _Families, result: Result, value: MeasuredValue, place: Mapping[str, str]) -> None:
    entry, number = result.task.entry, value.number
    if entry.check:
        name = metric_name(entry.check, value.gauge, value.unit)
        number *= _DAY if _has_days(value.gauge, value.unit) else 1
        labels = {**place, "item": value.item} if value.item else place
        help = f"{value.gauge} of the check {entry.check}"
    else:
        name = _with_ending("check_plugin_value", value.unit)
        labels = {**place, "plugin": os.path.basename(entry.plugin), "label": value.gauge}
        help = "Performance data of plugins"
    families.add(name, help, labels, number)


def metric_name(check: str, gauge: str, unit: str) -> str:
    """Return the name of a check's gauge in Prometheus. unit: a base unit."""
    name = f"check_{_in_name(check)}_{_in_name(gauge)}"
    if _has_days(gauge, unit):
        name, unit = name.removesuffix("_days"), "s"
    # A span of time in a name is no unit: the 6 hours of slo's window.
    return _with_ending("_".join(_SPANS.get(word, word) for word in name.split("_")), unit)


def _has_days(gauge: str, unit: str) -> bool:
    """Return whether a gauge counts days, which has no unit in performance data."""
    return not unit and (gauge == "days" or gauge.endswith("_days"))


def _with_ending(name: str, unit: str) -> str:
    ending = _ENDINGS.get(unit, "")
    # A gauge's own name may end in its unit already, and `_total` would turn a gauge into a counter.
    name = name.removesuffix("_total").removesuffix(ending)
    # Prometheus keeps these endings for histograms and summaries.
    return next((name.removesuffix(end) + new for end, new in _RESERVED.items() if name.endswith(end)), name) + ending


def _add_batch(families: _Families, latest: LatestResults) -> None:
    own = "checkwright_batch"
    for state in STATES:
        labels = {"state": state.lower()}
        families.add(f"{own}_runs_total", "Runs since the batch started, by state", labels, latest.runs[state])
    families.add(f"{own}_tasks", "Watches that this batch runs", {}, latest.tasks)
    families.add(f"{own}_missed_turns_total", "Turns left out since the run before had not ended", {}, latest.missed)
    families.add(f"{own}_start_timestamp_seconds", "Start of the batch", {}, latest.started)
    families.add(f"{own}_plan_reloads_total", "Changed plans that were taken", {}, latest.reloads)
    families.add(f"{own}_plan_reload_failures_total", "Plans that could not be read", {}, latest.failed_reloads)
    for one in latest.statuses():
        to = {"sink": one.sink}
        families.add(f"{own}_delivered_total", "Results delivered", to, one.delivered)
        families.add(f"{own}_refused_total", "Results that the receiver will never accept", to, one.refused)
        dropped = "Results dropped undelivered"
        families.add(f"{own}_dropped_total", dropped, {**to, "reason": "full"}, one.dropped_full)
        families.add(f"{own}_dropped_total", dropped, {**to, "reason": "old"}, one.dropped_old)
        families.add(f"{own}_delivery_failures_total", "Attempts to deliver that failed", to, one.failures)
        families.add(f"{own}_waiting", "Results that wait to be delivered", to, one.waiting)
        families.add(f"{own}_waiting_bytes", "Size of the waiting results", to, one.bytes)
        families.add(f"{own}_waiting_oldest_seconds", "Age of the oldest waiting result", to, one.oldest)


def _in_name(text: str) -> str:
    return "".join(character if character in _NAME_CHARACTERS else "_" for character in text.lower())


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(float(value))


def _escaped(text: str) -> str:
    return _encodable(text).replace("\\", "\\\\").replace("\n", "\\n")


def _quoted(text: str) -> str:
    return _escaped(text).replace('"', '\\"')


def _encodable(text: str) -> str:
    """Replace half a surrogate pair, which cannot be written as UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
