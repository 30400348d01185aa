"""Problems of handlers and filters of Sensu Core 1.x: wrong types (S103) and refused definitions (S211)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sensu.core1.rules import RefusedDefinition, name_error
from sensu.fields import Type, anything, flag, mapping, text, texts, whole
from sensu.rules import Path, Problem

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
    """Yield the problems of one handler in `handlers`. Paths begin below it."""
    yield from _problems("handler", name, spec, _HANDLER, _handler)


def filter_problems(name: str, spec: object) -> Iterator[Problem]:
    """Yield the problems of one filter in `filters`. Paths begin below it."""
    yield from _problems("filter", name, spec, _FILTER, _filter)


def _problems(what: str, name: str, spec: object, known: Mapping[str, Type], rule: Any) -> Iterator[Problem]:
    if why := name_error(name):
        yield RefusedDefinition.problem((), f"the name of a {what} {why}")
    if not isinstance(spec, dict):
        yield RefusedDefinition.problem((), f"a {what} is an object")
        return
    checked = ((key, one) for key, one in spec.items() if one is not None and key in known)
    wrong = [problem for key, one in checked for problem in known[key](one, (key,))]
    yield from wrong
    broken = {problem.path[0] for problem in wrong}
    sound = {key: one for key, one in spec.items() if one is not None and key not in broken}
    yield from rule(sound, broken)


def _handler(spec: Spec, broken: Collection[object]) -> Iterator[Problem]:
    kind = spec.get("type")
    if kind not in ("pipe", "tcp", "udp", "transport", "set", "extension") and "type" not in broken:
        yield RefusedDefinition.problem(
            ("type",), f"a handler's type is pipe, tcp, udp, transport or set, not {kind or 'none'}"
        )
    if kind == "pipe" and not spec.get("command") and "command" not in broken:
        yield RefusedDefinition.problem((), "a pipe handler needs a command")
    if kind in ("tcp", "udp"):
        socket = spec.get("socket", {})
        if not isinstance(socket.get("host"), str) or any(_port(socket.get("port"), ())):
            yield RefusedDefinition.problem((), f"a {kind} handler needs a socket with a host and a port")
    if kind == "set" and not spec.get("handlers") and "handlers" not in broken:
        yield RefusedDefinition.problem((), "a handler set needs handlers")
    timeout = spec.get("timeout")
    if timeout is not None and (isinstance(timeout, bool) or not isinstance(timeout, (int, float))):
        yield RefusedDefinition.problem(("timeout",), "timeout must be a number of seconds")
    for one in spec.get("severities", ()):
        if one not in _SEVERITIES:
            yield RefusedDefinition.problem(
                ("severities",), f"severities has {one}, which is not one of {', '.join(_SEVERITIES)}"
            )


def _filter(spec: Spec, broken: Collection[object]) -> Iterator[Problem]:
    if "attributes" not in spec and "attributes" not in broken:
        yield RefusedDefinition.problem((), "a filter needs attributes, an object")
    if "when" in spec:
        yield from _windows(spec["when"])


def _windows(when: Spec) -> Iterator[Problem]:
    days = when.get("days")
    if not isinstance(days, dict) or not days:
        yield RefusedDefinition.problem(("when",), "when needs days, an object with times for at least one day")
        return
    for day, spans in days.items():
        path: Path = ("when", "days", day)
        if day not in _DAYS:
            yield RefusedDefinition.problem(path, f"when has {day}, which is neither a day of the week nor all")
        if not isinstance(spans, list) or not spans:
            yield RefusedDefinition.problem(path, f"when needs a list of times on {day}")
            continue
        for span in spans:
            edges = [span.get(key) for key in ("begin", "end")] if isinstance(span, dict) else [None]
            if not all(isinstance(edge, str) and _CLOCK.match(edge) for edge in edges):
                yield RefusedDefinition.problem(path, f"a time on {day} has no begin and end such as 17:30")
