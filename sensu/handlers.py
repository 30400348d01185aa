"""Resources that process events: handlers, pipelines, filters and mutators, and the hooks of checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sensu.resources import Part, Reference, Resource, SecretReference


@dataclass(frozen=True, slots=True, kw_only=True)
class Socket(Part):
    """Address to which a tcp or udp handler writes the event."""

    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler(Resource):
    """Handler of an event.

    With type "pipe" the backend runs `command` with the event on its standard input. With "tcp" or "udp" it writes
    the event to `socket`. With "set" it calls `handlers`, which have their own filters and mutators. `timeout` is in
    seconds.
    """

    kind: ClassVar[str] = "Handler"

    type: str = "pipe"
    command: str = ""
    socket: Socket | None = None
    handlers: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    mutator: str = ""
    timeout: int = 0
    env_vars: tuple[str, ...] = ()
    runtime_assets: tuple[str, ...] = ()
    secrets: tuple[SecretReference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFilter(Resource):
    """Filter of events.

    With action "allow" an event passes if all expressions are true, with "deny" if none is. An expression is
    JavaScript (ES5) over `event`. Its times and the functions hour() and weekday() are in UTC.
    """

    kind: ClassVar[str] = "EventFilter"

    action: str
    expressions: tuple[str, ...]
    runtime_assets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutator(Resource):
    """Program that changes an event before a handler gets it: `command`, or `eval` with type "javascript"."""

    kind: ClassVar[str] = "Mutator"

    type: str = "pipe"
    command: str = ""
    eval: str = ""
    timeout: int = 0
    env_vars: tuple[str, ...] = ()
    runtime_assets: tuple[str, ...] = ()
    secrets: tuple[SecretReference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow(Part):
    """Step of a pipeline: an event that passes all filters goes to the handler."""

    name: str
    filters: tuple[Reference, ...] = ()
    mutator: Reference | None = None
    handler: Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline(Resource):
    """Workflows in order. An error in one ends the pipeline. An event that a filter drops does not."""

    kind: ClassVar[str] = "Pipeline"

    workflows: tuple[Workflow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HookConfig(Resource):
    """Command that an agent runs after a result. Its output is part of the event. `timeout` is in seconds."""

    kind: ClassVar[str] = "HookConfig"

    command: str
    timeout: int
    stdin: bool = False
    runtime_assets: tuple[str, ...] = ()


#: Filters and mutators that every backend has.
BUILT_IN_FILTERS = ("is_incident", "not_silenced", "has_metrics")
BUILT_IN_MUTATORS = ("json", "only_check_output")


def to(resource: str, name: str) -> Reference:
    """Return a reference to a resource of core/v2, such as `to("EventFilter", "is_incident")`."""
    return Reference(name=name, type=resource)
