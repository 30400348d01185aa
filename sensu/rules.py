"""What Sensu Go 6.12 demands of one resource beyond the types of its fields.

Ids: S102 unknown field or type, S103 wrong type, S104 refused when it is written,
S105 accepted although every result is thrown away later, S106 a token that cannot be
evaluated, S109 accepted and without the effect that the writer expects, S111 a value that a shell reads,
S112 a type that has no rules here.
References between resources (S107) and doubles (S108) need more than one resource: `validate.py`.
"""

from __future__ import annotations

import json
import marshal
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sensu import cron, expressions, tokens
from sensu.fields import API_VERSIONS, METADATA, NOT_JUDGED, SPECS, Path, Problem, Type, record, spoken
from sensu.fields import text as is_text

METRIC_FORMATS = (
    "nagios_perfdata",
    "graphite_plaintext",
    "influxdb_line",
    "opentsdb_line",
    "prometheus_text",
)
#: sensuctl reads files with a buffer that a line must fit into.
LONGEST_LINE = 65_535
#: What the backend's API takes in one request unless its operator allows more.
LARGEST_RESOURCE = 512_000

_NAME = re.compile(r"[A-Za-z0-9_.:-]+\Z")
_ASSET_NAME = re.compile(r"[A-Za-z0-9_.:/-]+\Z")
_HOOK_TYPES = ("ok", "warning", "critical", "unknown", "non-zero")
_EXIT_STATUS = re.compile(r"\d{1,3}\Z", re.ASCII)
_REPEATS = ("annually", "monthly", "weekly", "weekdays", "weekends", "daily")
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z", re.ASCII)
#: Go's "3:04PM", and the forms of it that Go takes.
_CLOCK = re.compile(r"(0?[1-9]|1[0-2]):[0-5]\d ?(AM|PM)\Z")

#: A version of marshal that writes equal texts as often as they stand in the data.
_WITHOUT_REFERENCES = 2
#: Bytes in JSON for one byte of text: \u001f.
_LONGEST_ESCAPE = 6

#: The whole document of each resource type.
_DOCUMENTS: Mapping[str, Type] = {
    kind: record({"type": is_text, "api_version": is_text, "metadata": record(METADATA), "spec": record(spec)})
    for kind, spec in SPECS.items()
}

Spec = Mapping[str, Any]
Rule = Callable[[Spec], Iterator[Problem]]


def problems(document: dict[str, Any]) -> Iterator[Problem]:
    """Everything wrong with one document of the form {type, api_version, metadata, spec}."""
    kind, spec = document.get("type"), document.get("spec")
    if kind is None:
        yield Problem("S102", (), "the document has no type", hint="such as type: CheckConfig")
        return
    if isinstance(kind, str) and kind in NOT_JUDGED:
        yield Problem("S112", ("type",), f"a {kind} is not judged here", "warning")
        return
    if not isinstance(kind, str) or kind not in SPECS:
        yield Problem("S102", ("type",), f"{kind} is not a resource type known here", hint=_meant(str(kind)))
        return
    wrong = list(_DOCUMENTS[kind](document, ()))
    yield from wrong
    version = document.get("api_version") or "core/v2"
    if version != API_VERSIONS[kind]:
        yield _refused(("api_version",), f"a {kind} belongs to {API_VERSIONS[kind]}, not {version}")
    if not isinstance(spec, dict):
        if spec is None:
            yield _refused((), f"this {kind} has no spec")
        return
    broken = {problem.path[:2] for problem in wrong}
    sound = _sound("spec", spec, broken)
    metadata = _sound("metadata", document.get("metadata"), broken)
    found = list(_RULES[kind](sound))
    if kind != "Namespace":
        found.extend(_metadata(kind, metadata))
    for problem in found:
        # What is misspelt or of a wrong type is not missing.
        if len(problem.path) > 1 or not any(path[:1] == problem.path for path in broken):
            yield problem
    text = _bytes(document)
    if kind in ("CheckConfig", "HookConfig", "Asset") and (b"{{" in text or tokens.NO_VALUE.encode() in text):
        yield from _templates({"metadata": metadata, "spec": sound})
    if len(text) * _LONGEST_ESCAPE > LONGEST_LINE:
        yield from _sizes(document)


def _meant(kind: str) -> str:
    # Imported here: most files have no unknown type.
    from difflib import get_close_matches

    close = get_close_matches(kind, [*SPECS, *NOT_JUDGED], n=1)
    return f"did you mean {close[0]}?" if close else f"known: {', '.join(sorted(SPECS))}"


def _bytes(document: dict[str, Any]) -> bytes:
    """All text of a document, in no form that anybody reads: many times as fast as JSON."""
    try:
        return marshal.dumps(document, _WITHOUT_REFERENCES)
    except ValueError:  # what YAML alone has, such as dates
        return json.dumps(document, default=str, ensure_ascii=False).encode(errors="replace")


def _sound(part: str, values: object, broken: Collection[Path]) -> dict[str, Any]:
    """The fields of a part that are set, known and of the right type."""
    if not isinstance(values, dict):
        return {}
    return {key: one for key, one in values.items() if one is not None and (part, key) not in broken}


def _refused(path: Path, message: str, hint: str = "") -> Problem:
    return Problem("S104", path, message, hint=hint)


def _ineffective(path: Path, message: str, hint: str = "") -> Problem:
    return Problem("S109", path, message, "warning", hint)


def name_error(name: str, *, asset: bool = False) -> str:
    """Why Sensu refuses this name, as the end of a sentence; "" when it takes it."""
    if not name:
        return "is empty"
    if not (_ASSET_NAME if asset else _NAME).match(name):
        allowed = "letters, digits and _ . - :" + (" /" if asset else "")
        return f'"{name}" has other characters than {allowed}'
    return ""


def _name(value: object, path: Path, *, asset: bool = False) -> Iterator[Problem]:
    if isinstance(value, str) and (why := name_error(value, asset=asset)):
        yield _refused(path, f"{spoken(path)} {why}")


def _metadata(kind: str, metadata: Mapping[str, Any]) -> Iterator[Problem]:
    if "name" not in metadata:
        yield _refused(("metadata",), f"this {kind} has no metadata.name")
    else:
        yield from _name(metadata["name"], ("metadata", "name"), asset=kind == "Asset")
    if "namespace" in metadata:
        yield from _name(metadata["namespace"], ("metadata", "namespace"))


def _expressions(values: Sequence[str], path: Path) -> Iterator[Problem]:
    for index, expression in enumerate(values):
        if why := expressions.error(expression):
            place = (*path, index)
            yield _refused(place, f"{spoken(place)} is no JavaScript expression: {why}")


def _assets(spec: Spec) -> Iterator[Problem]:
    for index, asset in enumerate(spec.get("runtime_assets", ())):
        yield from _name(asset, ("spec", "runtime_assets", index), asset=True)


def _env_vars(spec: Spec) -> Iterator[Problem]:
    for index, pair in enumerate(spec.get("env_vars", ())):
        name, _, value = pair.partition("=")
        if not name or not value:
            path = ("spec", "env_vars", index)
            yield _refused(path, f'{spoken(path)} is "{pair}", and Sensu wants NAME=VALUE with both sides given')


def _check(spec: Spec) -> Iterator[Problem]:
    yield from _schedule(spec)
    yield from _subscriptions(spec)
    yield from _time_limits(spec)
    yield from _proxy(spec)
    yield from _assets(spec)
    yield from _hooks(spec)
    yield from _env_vars(spec)
    yield from _metrics(spec)
    yield from _pipelines(spec)
    yield from _subdues(spec)
    low, high = spec.get("low_flap_threshold", 0), spec.get("high_flap_threshold", 0)
    if low and high and low >= high:
        message = f"low_flap_threshold {low} must be below high_flap_threshold {high}"
        yield _refused(("spec", "low_flap_threshold"), message)
    if spec.get("max_output_size", 0) < 0:
        message = "max_output_size is below 0: Sensu takes the check and throws every result away"
        yield Problem("S105", ("spec", "max_output_size"), message)
    if not spec.get("command"):
        yield _ineffective(("spec",), "the check has no command, so it always reports OK")


def _schedule(spec: Spec) -> Iterator[Problem]:
    interval, schedule = spec.get("interval", 0), spec.get("cron", "")
    if interval and schedule:
        yield _refused(("spec", "cron"), "interval and cron are both set, and Sensu takes only one of them")
    elif not interval and not schedule:
        yield _refused(("spec",), "the check needs an interval above 0 or a cron schedule")
    if schedule and (why := cron.error(schedule)):
        yield _refused(("spec", "cron"), f"Sensu cannot read the cron schedule {schedule!r}: {why}")
    if not spec.get("publish", False):
        message = "publish is not true, so Sensu never schedules this check"
        yield _ineffective(("spec", "publish") if "publish" in spec else ("spec",), message)


def _subscriptions(spec: Spec) -> Iterator[Problem]:
    subscriptions = spec.get("subscriptions", ())
    if not subscriptions:
        yield _ineffective(("spec",), "the check has no subscriptions, so no agent runs it")
    for index, subscription in enumerate(subscriptions):
        if not subscription:
            path = ("spec", "subscriptions", index)
            yield _refused(path, f"{spoken(path)} is empty")


def _time_limits(spec: Spec) -> Iterator[Problem]:
    interval, ttl = spec.get("interval", 0), spec.get("ttl", 0)
    if 0 < ttl <= interval:
        yield _refused(("spec", "ttl"), f"ttl {ttl} must be greater than the interval {interval}")
    elif 0 < ttl < 5:
        message = f"ttl {ttl} is below 5 seconds: Sensu takes the check and throws every result away"
        yield Problem("S105", ("spec", "ttl"), message)
    if ttl > 0 and spec.get("round_robin") and not spec.get("proxy_entity_name"):
        message = "ttl with round_robin needs a proxy_entity_name: each round another agent reports"
        yield _ineffective(("spec", "ttl"), message)
    if not spec.get("timeout"):
        yield _ineffective(("spec",), "the check has no timeout, so it may run for ever")


def _proxy(spec: Spec) -> Iterator[Problem]:
    name = spec.get("proxy_entity_name", "")
    if name:
        yield from _name(name, ("spec", "proxy_entity_name"))
    requests = spec.get("proxy_requests")
    if requests is None:
        return
    path = ("spec", "proxy_requests")
    yield from _expressions(requests.get("entity_attributes") or (), (*path, "entity_attributes"))
    coverage = requests.get("splay_coverage") or 0
    if coverage > 100:
        yield _refused((*path, "splay_coverage"), f"splay_coverage {coverage} is a percentage above 100")
    if requests.get("splay") and not coverage:
        yield _refused((*path, "splay"), "splay needs a splay_coverage above 0")


def _hooks(spec: Spec) -> Iterator[Problem]:
    for index, item in enumerate(spec.get("check_hooks", ())):
        path = ("spec", "check_hooks", index)
        if len(item) != 1:
            message = f"{spoken(path)} has {len(item)} types, and Sensu keeps any one of them"
            yield _ineffective(path, message, "write one item for each type")
        for kind in item:
            if kind not in _HOOK_TYPES and not (_EXIT_STATUS.match(kind) and int(kind) <= 255):
                message = f"{spoken(path)} is for {kind}, which is neither an exit status nor a severity"
                yield _ineffective((*path, kind), message, f"0 to 255, {', '.join(_HOOK_TYPES)}")


def _metrics(spec: Spec) -> Iterator[Problem]:
    metric_format = spec.get("output_metric_format", "")
    if metric_format and metric_format not in METRIC_FORMATS:
        message = f"output_metric_format {metric_format} is not one of {', '.join(METRIC_FORMATS)}"
        yield _refused(("spec", "output_metric_format"), message)
    for index, threshold in enumerate(spec.get("output_metric_thresholds", ())):
        for why in _threshold_errors(threshold):
            path = ("spec", "output_metric_thresholds", index)
            message = f"{spoken(path)} {why}: Sensu takes the check and throws every result away"
            yield Problem("S105", path, message)


def _threshold_errors(threshold: Spec) -> Iterator[str]:
    if why := name_error(threshold.get("name") or ""):
        yield f"has a name that {why}"
    for tag in threshold.get("tags") or ():
        if not tag.get("value"):
            yield f"has the tag {tag.get('name') or ''} without a value"
    rules = threshold.get("thresholds") or ()
    if not rules:
        yield "has no thresholds"
    for rule in rules:
        limits = [rule[key] for key in ("min", "max") if rule.get(key)]
        if not limits:
            yield "has a threshold with neither min nor max"
        for limit in limits:
            if not _is_number(limit):
                yield f'has the limit "{limit}", which is no number'


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
            message = f"{spoken(path)} is a {api[0]} {api[1]}, not a core/v2 Pipeline: every result is thrown away"
            yield Problem("S105", path, message)
        if not pipeline.get("name"):
            yield Problem("S105", path, f"{spoken(path)} has no name: every result is thrown away")


def _subdues(spec: Spec) -> Iterator[Problem]:
    for index, subdue in enumerate(spec.get("subdues", ())):
        path = ("spec", "subdues", index)
        times = []
        for key in ("begin", "end"):
            try:
                times.append(_moment(subdue.get(key) or ""))
            except ValueError:
                yield _refused((*path, key), f"{spoken(path)}.{key} is no time such as 2026-11-01T18:00:00Z")
        if len(times) == 2 and times[1] < times[0]:
            yield _refused(path, f"{spoken(path)} ends before it begins")
        for repeat in subdue.get("repeat") or ():
            if repeat not in _REPEATS and repeat not in [f"{day}s" for day in _WEEK]:
                message = f"{spoken(path)} repeats {repeat}, which Sensu does not know"
                yield _refused((*path, "repeat"), message, ", ".join(_REPEATS) + ", mondays and so on")
    yield from _weekly_windows(spec, "subdue", "use subdues")


def _moment(text: str) -> datetime:
    """A time as RFC 3339 writes it; Python alone would take more. Raises ValueError."""
    if not _RFC_3339.match(text):
        raise ValueError
    return datetime.fromisoformat(text)


def _weekly_windows(spec: Spec, key: str, instead: str) -> Iterator[Problem]:
    """The old form, {days: {monday: [{begin, end}]}}: read, checked, and dropped by sensuctl."""
    if key not in spec:
        return
    path = ("spec", key)
    yield _ineffective(path, f"sensuctl drops {key} without a word", instead)
    for day, windows in (spec[key].get("days") or {}).items():
        if day not in ("all", *_WEEK):
            yield _refused((*path, "days", day), f"{spoken(path)} has {day}, which is no day of the week")
        for window in windows or ():
            for edge in ("begin", "end"):
                if not _CLOCK.match(window.get(edge) or ""):
                    yield _refused(
                        (*path, "days", day),
                        f"the {edge} of {spoken(path)} on {day} is no time such as 5:00PM",
                    )


def _hook(spec: Spec) -> Iterator[Problem]:
    if not spec.get("command"):
        yield _refused(("spec",), "the hook has no command")
    if not spec.get("timeout"):
        yield _refused(("spec",), "the hook needs a timeout above 0")
    yield from _assets(spec)


def _asset(spec: Spec) -> Iterator[Problem]:
    builds = spec.get("builds", ())
    if not builds:
        yield from _build(spec, ("spec",))
        return
    for index, build in enumerate(builds):
        yield from _build(build, ("spec", "builds", index))
    if spec.keys() & {"url", "sha512", "filters", "headers"}:
        message = "the asset has builds, so Sensu ignores its own url, sha512, filters and headers"
        yield _ineffective(("spec",), message)


def _build(build: Spec, path: Path) -> Iterator[Problem]:
    place = spoken(path)
    if not build.get("url"):
        yield _refused(path, f"{place} has no url")
    if len(build.get("sha512") or "") < 128:
        yield _refused(path, f"{place} needs a sha512 of 128 characters")
    yield from _expressions(build.get("filters") or (), (*path, "filters"))


def _handler(spec: Spec) -> Iterator[Problem]:
    kind = spec.get("type", "")
    if kind not in ("pipe", "tcp", "udp", "set"):
        yield _refused(("spec",), f'a handler\'s type is pipe, tcp, udp or set, not "{kind}"')
    if kind == "pipe" and not spec.get("command", "").strip():
        yield _refused(("spec",), "a pipe handler needs a command")
    if kind in ("tcp", "udp"):
        socket = spec.get("socket") or {}
        if not socket.get("host") or not socket.get("port"):
            yield _refused(("spec",), f"a {kind} handler needs a socket with a host and a port above 0")
    if kind == "set":
        if not spec.get("handlers"):
            yield _refused(("spec",), "a handler set needs handlers")
        for key in ("filters", "mutator"):
            if spec.get(key):
                message = f"Sensu ignores the {key} of a handler set"
                yield _ineffective(("spec", key), message, "put it on the handlers in the set")
    yield from _env_vars(spec)
    yield from _assets(spec)


def _filter(spec: Spec) -> Iterator[Problem]:
    action = spec.get("action", "")
    if action not in ("allow", "deny"):
        yield _refused(("spec",), f'a filter\'s action is allow or deny, not "{action}"')
    if not spec.get("expressions"):
        yield _refused(("spec",), "a filter needs an expression")
    yield from _expressions(spec.get("expressions", ()), ("spec", "expressions"))
    yield from _weekly_windows(spec, "when", "write an expression with weekday() and hour()")
    yield from _assets(spec)


def _mutator(spec: Spec) -> Iterator[Problem]:
    kind = spec.get("type", "")
    if kind not in ("", "pipe", "javascript"):
        yield _refused(("spec", "type"), f'a mutator\'s type is pipe or javascript, not "{kind}"')
    elif kind == "javascript":
        if not spec.get("eval") or spec.get("command"):
            yield _refused(("spec",), "a javascript mutator needs eval, and no command")
    elif not spec.get("command"):
        yield _refused(("spec",), "a mutator needs a command, or the type javascript and eval")
    yield from _env_vars(spec)
    yield from _assets(spec)


def _pipeline(spec: Spec) -> Iterator[Problem]:
    workflows = spec.get("workflows", ())
    if not workflows:
        yield _ineffective(("spec",), "a pipeline without workflows fails for every event")
    for index, workflow in enumerate(workflows):
        path: Path = ("spec", "workflows", index)
        if why := name_error(workflow.get("name") or ""):
            yield _refused(path, f"the name of {spoken(path)} {why}")
        if workflow.get("handler") is None:
            yield _refused(path, f"{spoken(path)} has no handler")
        else:
            yield from _reference(workflow["handler"], (*path, "handler"), "Handler")
        if workflow.get("mutator") is not None:
            yield from _reference(workflow["mutator"], (*path, "mutator"), "Mutator")
        for position, event_filter in enumerate(workflow.get("filters") or ()):
            yield from _reference(event_filter, (*path, "filters", position), "EventFilter")


def _reference(reference: Spec, path: Path, kind: str) -> Iterator[Problem]:
    missing = [key for key in ("name", "type", "api_version") if not reference.get(key)]
    if missing:
        yield _refused(path, f"{spoken(path)} has no {' and no '.join(missing)}")
    elif reference["api_version"] == "core/v2" and reference["type"] != kind:
        yield _refused(path, f"{spoken(path)} is a {reference['type']} where a {kind} belongs")


def _entity(spec: Spec) -> Iterator[Problem]:
    if not spec.get("entity_class"):
        yield _refused(("spec",), "an entity needs an entity_class", "proxy, for what has no agent")
    else:
        yield from _name(spec["entity_class"], ("spec", "entity_class"))


def _namespace(spec: Spec) -> Iterator[Problem]:
    yield from _name(spec.get("name", ""), ("spec", "name"))


def _secret(spec: Spec) -> Iterator[Problem]:
    for key in ("id", "provider"):
        if not spec.get(key):
            yield _refused(("spec",), f"a secret needs its {key}")


_RULES: Mapping[str, Rule] = {
    "CheckConfig": _check,
    "HookConfig": _hook,
    "Asset": _asset,
    "Handler": _handler,
    "EventFilter": _filter,
    "Mutator": _mutator,
    "Pipeline": _pipeline,
    "Entity": _entity,
    "Namespace": _namespace,
    "Secret": _secret,
}


def _strings(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from _strings(one, (*path, key))
    elif isinstance(value, (list, tuple)):
        for index, one in enumerate(value):
            yield from _strings(one, (*path, index))


_INSTEAD = 'env_vars: ["PORT={{ .labels.port }}"] and "$PORT" in the command'


def _templates(parts: Mapping[str, dict[str, Any]]) -> Iterator[Problem]:
    proxied = parts["spec"].get("proxy_requests") is not None
    for path, text in _strings(parts, ()):
        if ("{{" in text or tokens.NO_VALUE in text) and path[-1] != "sha512":
            if path == ("spec", "proxy_entity_name"):
                continue  # the name rule has refused it
            if why := tokens.error(text):
                yield Problem("S106", path, f"Sensu cannot evaluate {spoken(path)}: {why}")
                continue
            for doubt in tokens.doubts(text):
                yield _ineffective(path, f"{spoken(path)}: {doubt}")
            if proxied and tokens.uses(text, "system"):
                message = f"{spoken(path)}: a proxy request asks an entity as it is stored, which has no system"
                yield _ineffective(path, message, "a default is what it always gives")
            if path == ("spec", "command") and tokens.is_of_a_label(text):
                message = "a label's value becomes text of the shell in the command, and `a; reboot` is a value too"
                yield Problem("S111", path, message, "warning", _INSTEAD)


def _sizes(document: dict[str, Any]) -> Iterator[Problem]:
    size = len(json.dumps(document, default=str))
    if size > LARGEST_RESOURCE:
        message = f"the resource has {size} bytes, and Sensu's API takes {LARGEST_RESOURCE} in one request"
        yield _refused((), message)
    if size > LONGEST_LINE:
        for path, text in _strings(document, ()):
            # Its key, quotes and indentation stand on the same line.
            if (length := len(json.dumps(text)) + len(str(path[-1])) + 20) > LONGEST_LINE:
                message = f"{spoken(path)} makes a line of {length} bytes; sensuctl reads {LONGEST_LINE} at most"
                yield _refused(path, message)
