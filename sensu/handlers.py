"""What becomes of an event: handlers, pipelines, filters, mutators, and the hooks that an agent runs beside a check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sensu.resources import Part, Reference, Resource, SecretReference


@dataclass(frozen=True, slots=True, kw_only=True)
class Socket(Part):
    """Where a tcp or udp handler writes the event."""

    host: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Handler(Resource):
    """What is done with an event.

    type "pipe": the backend runs `command` with the event on its standard input. "tcp", "udp": it writes the event
    to `socket`. "set": `handlers` are called, and filters and mutator are theirs. `timeout` in seconds.
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
    """Which events go on: action "allow" those for which all expressions hold, "deny" those for which none does.

    An expression is JavaScript (ES5) over `event`; its times and its hour() and weekday() are UTC.
    """

    kind: ClassVar[str] = "EventFilter"

    action: str
    expressions: tuple[str, ...]
    runtime_assets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutator(Resource):
    """What an event becomes before a handler gets it: the output of `command`, or of `eval` for type "javascript"."""

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
    """One way through a pipeline: an event that passes all filters, in order, goes to the handler."""

    name: str
    filters: tuple[Reference, ...] = ()
    mutator: Reference | None = None
    handler: Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline(Resource):
    """Workflows in order. The first that fails ends the pipeline; one that filters the event does not."""

    kind: ClassVar[str] = "Pipeline"

    workflows: tuple[Workflow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HookConfig(Resource):
    """A command that an agent runs after a bad result, whose output goes with the event. `timeout` in seconds."""

    kind: ClassVar[str] = "HookConfig"

    command: str
    timeout: int
    stdin: bool = False
    runtime_assets: tuple[str, ...] = ()


#: Filters and mutators that every backend brings along.
BUILT_IN_FILTERS = ("is_incident", "not_silenced", "has_metrics")
BUILT_IN_MUTATORS = ("json", "only_check_output")


def to(resource: str, name: str) -> Reference:
    """A reference to a resource of core/v2, such as `to("EventFilter", "is_incident")`."""
    return Reference(name=name, type=resource)
