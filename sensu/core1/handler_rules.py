"""What Sensu Core 1.x demands of handlers and filters: S103 wrong type, S211 refused when Core reads its settings."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sensu.core1.rules import name_error, refused
from sensu.fields import Path, Problem, Type, anything, flag, mapping, text, texts, whole

Spec = Mapping[str, Any]

_DAYS = ("all", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?( ?[AaPp][Mm])?\Z", re.ASCII)
_SEVERITIES = ("ok", "warning", "critical", "unknown")
_object = mapping(anything)
_HANDLER: Mapping[str, Type] = {
    "type": text,
    "command": text,
    "socket": _object,
    "pipe": _object,
    "handlers": texts,
    "filter": text,
    "filters": texts,
    "severities": texts,
    "mutator": text,
    "handle_flapping": flag,
    "handle_silenced": flag,
}
_FILTER: Mapping[str, Type] = {"negate": flag, "attributes": _object, "when": _object}
_port = whole(1, 65_535)


def handler_problems(name: str, spec: object) -> Iterator[Problem]:
    """Everything wrong with one handler of `handlers`; paths begin below it."""
    yield from _judged("handler", name, spec, _HANDLER, _handler)


def filter_problems(name: str, spec: object) -> Iterator[Problem]:
    """Everything wrong with one filter of `filters`; paths begin below it."""
    yield from _judged("filter", name, spec, _FILTER, _filter)


def _judged(what: str, name: str, spec: object, known: Mapping[str, Type], rule: Any) -> Iterator[Problem]:
    if why := name_error(name):
        yield refused((), f"the name of a {what} {why}")
    if not isinstance(spec, dict):
        yield refused((), f"a {what} is an object")
        return
    typed = ((key, one) for key, one in spec.items() if one is not None and key in known)
    wrong = [problem for key, one in typed for problem in known[key](one, (key,))]
    yield from wrong
    broken = {problem.path[0] for problem in wrong}
    sound = {key: one for key, one in spec.items() if one is not None and key not in broken}
    yield from rule(sound, broken)


def _handler(spec: Spec, broken: Collection[object]) -> Iterator[Problem]:
    kind = spec.get("type")
    if kind not in ("pipe", "tcp", "udp", "transport", "set", "extension") and "type" not in broken:
        yield refused(("type",), f"a handler's type is pipe, tcp, udp, transport or set, not {kind or 'none'}")
    if kind == "pipe" and not spec.get("command") and "command" not in broken:
        yield refused((), "a pipe handler needs a command")
    if kind in ("tcp", "udp"):
        socket = spec.get("socket", {})
        if not isinstance(socket.get("host"), str) or any(_port(socket.get("port"), ())):
            yield refused((), f"a {kind} handler needs a socket with a host and a port")
    if kind == "set" and not spec.get("handlers") and "handlers" not in broken:
        yield refused((), "a handler set needs handlers")
    timeout = spec.get("timeout")
    if timeout is not None and (isinstance(timeout, bool) or not isinstance(timeout, (int, float))):
        yield refused(("timeout",), "timeout must be a number of seconds")
    for one in spec.get("severities", ()):
        if one not in _SEVERITIES:
            yield refused(("severities",), f"severities has {one}, which is none of {', '.join(_SEVERITIES)}")


def _filter(spec: Spec, broken: Collection[object]) -> Iterator[Problem]:
    if "attributes" not in spec and "attributes" not in broken:
        yield refused((), "a filter needs attributes, an object")
    if "when" in spec:
        yield from _windows(spec["when"])


def _windows(when: Spec) -> Iterator[Problem]:
    days = when.get("days")
    if not isinstance(days, dict) or not days:
        yield refused(("when",), "when needs days, an object with times for a day at least")
        return
    for day, spans in days.items():
        path: Path = ("when", "days", day)
        if day not in _DAYS:
            yield refused(path, f"when has {day}, which is no day of the week and not all")
        if not isinstance(spans, list) or not spans:
            yield refused(path, f"when needs a list of times on {day}")
            continue
        for span in spans:
            edges = [span.get(key) for key in ("begin", "end")] if isinstance(span, dict) else [None]
            if not all(isinstance(edge, str) and _CLOCK.match(edge) for edge in edges):
                yield refused(path, f"a time on {day} has no begin and end such as 17:30")
