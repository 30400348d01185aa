"""Problems of the spec of a CheckConfig."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from sensu import cron
from sensu.common_problems import (
    WEEK,
    Spec,
    asset_problems,
    env_var_problems,
    expression_problems,
    name_error,
    name_problems,
    weekly_window_problems,
)
from sensu.fields import display_path
from sensu.rules import DroppedResults, NoEffect, Path, Problem, RefusedResource

METRIC_FORMATS = (
    "nagios_perfdata",
    "graphite_plaintext",
    "influxdb_line",
    "opentsdb_line",
    "prometheus_text",
)
#: Smallest ttl of an event in seconds.
SHORTEST_TTL = 5

_HOOK_TYPES = ("ok", "warning", "critical", "unknown", "non-zero")
_EXIT_STATUS = re.compile(r"\d{1,3}\Z", re.ASCII)
_REPEATS = ("annually", "monthly", "weekly", "weekdays", "weekends", "daily")
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z", re.ASCII)
_DROPPED = "Sensu accepts the check and drops all of its results"


def check_problems(spec: Spec) -> Iterator[Problem]:
    """Yield the problems of a check's spec, whose fields have the right types."""
    yield from _schedule(spec)
    yield from _subscriptions(spec)
    yield from _time_limits(spec)
    yield from _proxy(spec)
    yield from asset_problems(spec)
    yield from _hooks(spec)
    yield from env_var_problems(spec)
    yield from _metrics(spec)
    yield from _pipelines(spec)
    yield from _subdues(spec)
    low, high = spec.get("low_flap_threshold", 0), spec.get("high_flap_threshold", 0)
    if low and high and low >= high:
        message = f"low_flap_threshold {low} must be below high_flap_threshold {high}"
        yield RefusedResource.problem(("spec", "low_flap_threshold"), message)
    if spec.get("max_output_size", 0) < 0:
        yield DroppedResults.problem(("spec", "max_output_size"), f"max_output_size is below 0: {_DROPPED}")
    if not spec.get("command"):
        yield NoEffect.problem(("spec",), "the check has no command, so it always reports OK")


def _schedule(spec: Spec) -> Iterator[Problem]:
    interval, schedule = spec.get("interval", 0), spec.get("cron", "")
    if interval and schedule:
        yield RefusedResource.problem(("spec", "cron"), "interval and cron are both set: remove one of them")
    elif not interval and not schedule:
        yield RefusedResource.problem(("spec",), "the check needs an interval above 0 or a cron schedule")
    if schedule and (why := cron.error(schedule)):
        yield RefusedResource.problem(("spec", "cron"), f"Sensu cannot read the cron schedule {schedule!r}: {why}")
    if not spec.get("publish", False):
        message = "publish is not true, so Sensu never schedules this check"
        yield NoEffect.problem(("spec", "publish") if "publish" in spec else ("spec",), message)


def _subscriptions(spec: Spec) -> Iterator[Problem]:
    subscriptions = spec.get("subscriptions", ())
    if not subscriptions:
        yield NoEffect.problem(("spec",), "the check has no subscriptions, so no agent runs it")
    for index, subscription in enumerate(subscriptions):
        if not subscription:
            path = ("spec", "subscriptions", index)
            yield RefusedResource.problem(path, f"{display_path(path)} is empty")


def _time_limits(spec: Spec) -> Iterator[Problem]:
    interval, ttl = spec.get("interval", 0), spec.get("ttl", 0)
    if 0 < ttl <= interval:
        yield RefusedResource.problem(("spec", "ttl"), f"ttl {ttl} must be greater than the interval {interval}")
    elif 0 < ttl < SHORTEST_TTL:
        yield DroppedResults.problem(("spec", "ttl"), f"ttl {ttl} is below {SHORTEST_TTL} seconds: {_DROPPED}")
    if ttl > 0 and spec.get("round_robin") and not spec.get("proxy_entity_name"):
        message = "ttl with round_robin needs a proxy_entity_name, because another agent reports in each round"
        yield NoEffect.problem(("spec", "ttl"), message)
    if not spec.get("timeout"):
        yield NoEffect.problem(("spec",), "the check has no timeout, so it may run forever")


def _proxy(spec: Spec) -> Iterator[Problem]:
    name = spec.get("proxy_entity_name", "")
    if name:
        yield from name_problems(name, ("spec", "proxy_entity_name"))
    requests = spec.get("proxy_requests")
    if requests is None:
        return
    path = ("spec", "proxy_requests")
    yield from expression_problems(requests.get("entity_attributes") or (), (*path, "entity_attributes"))
    coverage = requests.get("splay_coverage") or 0
    if coverage > 100:
        yield RefusedResource.problem((*path, "splay_coverage"), f"splay_coverage {coverage} is a percentage above 100")
    if requests.get("splay") and not coverage:
        yield RefusedResource.problem((*path, "splay"), "splay needs a splay_coverage above 0")


def _hooks(spec: Spec) -> Iterator[Problem]:
    for index, item in enumerate(spec.get("check_hooks", ())):
        path = ("spec", "check_hooks", index)
        if len(item) != 1:
            message = f"{display_path(path)} has {len(item)} types, and Sensu keeps only one of them"
            yield NoEffect.problem(path, message, "write one item for each type")
        for kind in item:
            if kind not in _HOOK_TYPES and not (_EXIT_STATUS.match(kind) and int(kind) <= 255):
                message = f"{display_path(path)} is for {kind}, which is neither an exit status nor a severity"
                yield NoEffect.problem((*path, kind), message, f"use 0 to 255, {', '.join(_HOOK_TYPES)}")


def _metrics(spec: Spec) -> Iterator[Problem]:
    metric_format = spec.get("output_metric_format", "")
    if metric_format and metric_format not in METRIC_FORMATS:
        message = f"output_metric_format {metric_format} is not one of {', '.join(METRIC_FORMATS)}"
        yield RefusedResource.problem(("spec", "output_metric_format"), message)
    for index, threshold in enumerate(spec.get("output_metric_thresholds", ())):
        for why in _threshold_errors(threshold):
            path = ("spec", "output_metric_thresholds", index)
            yield DroppedResults.problem(path, f"{display_path(path)} {why}: {_DROPPED}")


def _threshold_errors(threshold: Spec) -> Iterator[str]:
    if why := name_error(threshold.get("name") or ""):
        yield f"has a name that {why}"
    for tag in threshold.get("tags") or ():
        if not tag.get("value"):
            yield f"has the tag {tag.get('name') or ''} without a value"
    limits = threshold.get("thresholds") or ()
    if not limits:
        yield "has no thresholds"
    for limit in limits:
        bounds = [limit[key] for key in ("min", "max") if limit.get(key)]
        if not bounds:
            yield "has a threshold with neither min nor max"
        for bound in bounds:
            if not _is_number(bound):
                yield f'has the limit "{bound}", which is no number'


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text == text.strip() and "_" not in text


def _pipelines(spec: Spec) -> Iterator[Problem]:
    for index, pipeline in enumerate(spec.get("pipelines", ())):
        api = (pipeline.get("api_version") or "core/v2", pipeline.get("type") or "Pipeline")
        path = ("spec", "pipelines", index)
        if api != ("core/v2", "Pipeline"):
            message = f"{display_path(path)} is a {api[0]} {api[1]}, not a core/v2 Pipeline: {_DROPPED}"
            yield DroppedResults.problem(path, message)
        if not pipeline.get("name"):
            yield DroppedResults.problem(path, f"{display_path(path)} has no name: {_DROPPED}")


def _subdues(spec: Spec) -> Iterator[Problem]:
    for index, subdue in enumerate(spec.get("subdues", ())):
        path: Path = ("spec", "subdues", index)
        times = []
        for key in ("begin", "end"):
            try:
                times.append(_moment(subdue.get(key) or ""))
            except ValueError:
                message = f"{display_path(path)}.{key} is no time such as 2026-11-01T18:00:00Z"
                yield RefusedResource.problem((*path, key), message)
        if len(times) == 2 and times[1] < times[0]:
            yield RefusedResource.problem(path, f"{display_path(path)} ends before it begins")
        for repeat in subdue.get("repeat") or ():
            if repeat not in _REPEATS and repeat not in [f"{day}s" for day in WEEK]:
                message = f"{display_path(path)} repeats {repeat}, which Sensu does not know"
                hint = f"use {', '.join(_REPEATS)}, mondays and so on"
                yield RefusedResource.problem((*path, "repeat"), message, hint)
    yield from weekly_window_problems(spec, "subdue", "use subdues")


def _moment(text: str) -> datetime:
    """Return the time of an RFC 3339 text. Python's own parser accepts more. Raises ValueError."""
    if not _RFC_3339.match(text):
        raise ValueError
    return datetime.fromisoformat(text)
