"""Problems of the specs of all resource types except CheckConfig."""

from __future__ import annotations

from collections.abc import Iterator

from sensu.common_problems import (
    Spec,
    asset_problems,
    env_var_problems,
    expression_problems,
    name_error,
    name_problems,
    weekly_window_problems,
)
from sensu.fields import display_path
from sensu.rules import NoEffect, Path, Problem, RefusedResource

#: Characters of a SHA-512 checksum in hex.
_SHA512 = 128


def hook_problems(spec: Spec) -> Iterator[Problem]:
    """Yield the problems of a HookConfig's spec."""
    if not spec.get("command"):
        yield RefusedResource.problem(("spec",), "the hook has no command")
    if not spec.get("timeout"):
        yield RefusedResource.problem(("spec",), "the hook needs a timeout above 0")
    yield from asset_problems(spec)


def asset_definition_problems(spec: Spec) -> Iterator[Problem]:
    """Yield the problems of an Asset's spec."""
    builds = spec.get("builds", ())
    if not builds:
        yield from _build(spec, ("spec",))
        return
    for index, build in enumerate(builds):
        yield from _build(build, ("spec", "builds", index))
    if spec.keys() & {"url", "sha512", "filters", "headers"}:
        message = "the asset has builds, so Sensu ignores its own url, sha512, filters and headers"
        yield NoEffect.problem(("spec",), message)


def _build(build: Spec, path: Path) -> Iterator[Problem]:
    place = display_path(path)
    if not build.get("url"):
        yield RefusedResource.problem(path, f"{place} has no url")
    if len(build.get("sha512") or "") < _SHA512:
        yield RefusedResource.problem(path, f"{place} needs a sha512 of {_SHA512} characters")
    yield from expression_problems(build.get("filters") or (), (*path, "filters"))


def handler_problems(spec: Spec) -> Iterator[Problem]:
    """Yield the problems of a Handler's spec."""
    kind = spec.get("type", "")
    if kind not in ("pipe", "tcp", "udp", "set"):
        yield RefusedResource.problem(("spec",), f'a handler\'s type is pipe, tcp, udp or set, not "{kind}"')
    if kind == "pipe" and not spec.get("command", "").strip():
        yield RefusedResource.problem(("spec",), "a pipe handler needs a command")
    if kind in ("tcp", "udp"):
        socket = spec.get("socket") or {}
        if not socket.get("host") or not socket.get("port"):
            message = f"a {kind} handler needs a socket with a host and a port above 0"
            yield RefusedResource.problem(("spec",), message)
    if kind == "set":
        if not spec.get("handlers"):
            yield RefusedResource.problem(("spec",), "a handler set needs handlers")
        for key in ("filters", "mutator"):
            if spec.get(key):
                message = f"Sensu ignores the {key} of a handler set"
                yield NoEffect.problem(("spec", key), message, "put it on the handlers in the set")
    yield from env_var_problems(spec)
    yield from asset_problems(spec)


def filter_problems(spec: Spec) -> Iterator[Problem]:
    """Yield the problems of an EventFilter's spec."""
    action = spec.get("action", "")
    if action not in ("allow", "deny"):
        yield RefusedResource.problem(("spec",), f'a filter\'s action is allow or deny, not "{action}"')
    if not spec.get("expressions"):
        yield RefusedResource.problem(("spec",), "a filter needs an expression")
    yield from expression_problems(spec.get("expressions", ()), ("spec", "expressions"))
    yield from weekly_window_problems(spec, "when", "write an expression with weekday() and hour()")
    yield from asset_problems(spec)


def mutator_problems(spec: Spec) -> Iterator[Problem]:
    """Yield the problems of a Mutator's spec."""
    kind = spec.get("type", "")
    if kind not in ("", "pipe", "javascript"):
        yield RefusedResource.problem(("spec", "type"), f'a mutator\'s type is pipe or javascript, not "{kind}"')
    elif kind == "javascript":
        if not spec.get("eval") or spec.get("command"):
            yield RefusedResource.problem(("spec",), "a javascript mutator needs eval, and no command")
    elif not spec.get("command"):
        yield RefusedResource.problem(("spec",), "a mutator needs a command, or the type javascript and eval")
    yield from env_var_problems(spec)
    yield from asset_problems(spec)


def pipeline_problems(spec: Spec) -> Iterator[Problem]:
    """Yield the problems of a Pipeline's spec."""
    workflows = spec.get("workflows", ())
    if not workflows:
        yield NoEffect.problem(("spec",), "a pipeline without workflows fails for every event")
    for index, workflow in enumerate(workflows):
        path: Path = ("spec", "workflows", index)
        if why := name_error(workflow.get("name") or ""):
            yield RefusedResource.problem(path, f"the name of {display_path(path)} {why}")
        if workflow.get("handler") is None:
            yield RefusedResource.problem(path, f"{display_path(path)} has no handler")
        else:
            yield from _reference(workflow["handler"], (*path, "handler"), "Handler")
        if workflow.get("mutator") is not None:
            yield from _reference(workflow["mutator"], (*path, "mutator"), "Mutator")
        for position, event_filter in enumerate(workflow.get("filters") or ()):
            yield from _reference(event_filter, (*path, "filters", position), "EventFilter")


def _reference(reference: Spec, path: Path, kind: str) -> Iterator[Problem]:
    missing = [key for key in ("name", "type", "api_version") if not reference.get(key)]
    if missing:
        yield RefusedResource.problem(path, f"{display_path(path)} has no {' and no '.join(missing)}")
    elif reference["api_version"] == "core/v2" and reference["type"] != kind:
        message = f"{display_path(path)} is a {reference['type']}, but must be a {kind}"
        yield RefusedResource.problem(path, message)


def entity_problems(spec: Spec) -> Iterator[Problem]:
    """Yield the problems of an Entity's spec."""
    if not spec.get("entity_class"):
        hint = "use proxy for an entity without an agent"
        yield RefusedResource.problem(("spec",), "an entity needs an entity_class", hint)
    else:
        yield from name_problems(spec["entity_class"], ("spec", "entity_class"))


def namespace_problems(spec: Spec) -> Iterator[Problem]:
    """Yield the problems of a Namespace's spec."""
    yield from name_problems(spec.get("name", ""), ("spec", "name"))


def secret_problems(spec: Spec) -> Iterator[Problem]:
    """Yield the problems of a Secret's spec."""
    for key in ("id", "provider"):
        if not spec.get(key):
            yield RefusedResource.problem(("spec",), f"a secret has no {key}")
