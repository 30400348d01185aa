"""Sensu resources as typed values that are always valid.

Creating one that Sensu would refuse, or whose results it would drop, raises `Invalid` with the rule's message.
`document()` returns what a file for `sensuctl create` contains.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar

from sensu.fields import API_VERSIONS
from sensu.problems import problems

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Invalid(ValueError):
    """Error for a resource that Sensu would refuse. The message names the resource and the reason."""


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """Return the names of a model's fields."""
    return tuple([each.name for each in fields(kind)])


@cache
def _own_names(kind: Any) -> tuple[str, ...]:
    """Return the names of the fields of a model's spec."""
    return tuple([name for name in _names(kind) if name not in ("name", "namespace", "labels", "annotations")])


#: Types of immutable values, which a document contains unchanged.
_SIMPLE = frozenset((str, int, bool, type(None)))


@cache
def _containers(kind: Any) -> tuple[str, ...]:
    """Return the names of the fields whose values may be mutable."""
    return tuple([each.name for each in fields(kind) if each.type not in ("str", "int", "bool")])


def _freeze(made: Any) -> None:
    model: Any = type(made)
    for name in _containers(model):
        value = getattr(made, name)
        kind = type(value)
        if kind in _SIMPLE or kind is tuple:
            continue
        if kind is dict or isinstance(value, Mapping):
            object.__setattr__(made, name, MappingProxyType(dict(value)))
        elif isinstance(value, list):
            object.__setattr__(made, name, tuple(value))


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Base class of all resources. Subclasses set `kind`, their Sensu type, and define the fields of the spec.

    Sequences become tuples and mappings become read-only copies, so that a validated resource cannot change.
    """

    kind: ClassVar[str]
    #: Spec fields that are written even with Sensu's default value, so that readers see them.
    explicit: ClassVar[frozenset[str]] = frozenset()

    name: str
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    annotations: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    def __post_init__(self) -> None:
        _freeze(self)
        for problem in problems(self.document()):
            if problem.severity == "error":
                raise Invalid(f"{self.kind} {self.name}: {problem.message}")

    def metadata(self) -> dict[str, Any]:
        """Return the name, and the namespace, labels and annotations that are set."""
        written: dict[str, Any] = {"name": self.name}
        for key in ("namespace", "labels", "annotations"):
            if value := getattr(self, key):
                written[key] = _plain(value)
        return written

    def spec(self) -> dict[str, Any]:
        """Return the fields of the spec that are set or `explicit`."""
        model: Any = type(self)
        values = ((name, getattr(self, name)) for name in _own_names(model))
        return {name: _plain(value) for name, value in values if value or name in self.explicit}

    def document(self) -> dict[str, Any]:
        """Return {type, api_version, metadata, spec} of dicts, lists, text, numbers and booleans."""
        return {
            "type": self.kind,
            "api_version": API_VERSIONS[self.kind],
            "metadata": self.metadata(),
            "spec": self.spec(),
        }


def _plain(value: Any) -> Any:
    kind = type(value)
    if kind in _SIMPLE:
        return value
    if kind is MappingProxyType:
        return dict(value)
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Part):
        return value.plain()
    if isinstance(value, Mapping):
        return dict(value)
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Object within a spec. It is validated together with its resource."""

    #: True if empty fields are written too.
    complete: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _freeze(self)

    def plain(self) -> dict[str, Any]:
        """Return the object as the spec contains it."""
        model: Any = type(self)
        values = ((name, getattr(self, name)) for name in _names(model))
        return {name: _plain(value) for name, value in values if value or self.complete}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyRequests(Part):
    """Request to run the check once for each entity that matches all expressions.

    With `splay` the runs are spread over `splay_coverage` percent of the interval.
    """

    complete: ClassVar[bool] = True

    entity_attributes: tuple[str, ...]
    splay: bool = True
    splay_coverage: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretReference(Part):
    """Environment variable `name` with the value of the Secret resource `secret`."""

    complete: ClassVar[bool] = True

    name: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference(Part):
    """Reference to another resource: a check's to a pipeline, or a pipeline's to a filter, mutator or handler."""

    name: str
    type: str
    api_version: str = "core/v2"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckHook(Part):
    """Hooks for one kind of result: an exit status such as "1", or ok, warning, critical, unknown, non-zero."""

    on: str
    hooks: tuple[str, ...]

    def plain(self) -> dict[str, Any]:
        return {self.on: _plain(self.hooks)}


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricTag(Part):
    """Tag of every metric of a check. `value` may be a token."""

    complete: ClassVar[bool] = True

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricLimits(Part):
    """Limits of a metric, as text. A value below `min` or above `max` gives the check at least `status`."""

    min: str = ""
    max: str = ""
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricThreshold(Part):
    """Limits of the metrics called `name` with these tags.

    The agent applies them only if the check's own status is 0 and it extracted at least one metric.
    """

    name: str
    tags: tuple[MetricTag, ...] = ()
    null_status: int = 0
    thresholds: tuple[MetricLimits, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subdue(Part):
    """Time span (RFC 3339) without runs of the check, and the days on which it repeats."""

    begin: str
    end: str
    repeat: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetBuild(Part):
    """One archive of an asset: its URL, its checksum in hex, and filters that select the entities that use it."""

    url: str
    sha512: str
    filters: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset(Resource):
    """Archive that agents download for their checks. An agent uses the first build whose filters all match."""

    kind: ClassVar[str] = "Asset"

    builds: tuple[AssetBuild, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckConfig(Resource):
    """Check: a command, its schedule in seconds, its subscriptions and its entities."""

    kind: ClassVar[str] = "CheckConfig"
    explicit: ClassVar[frozenset[str]] = frozenset({"publish", "handlers"})

    command: str
    interval: int = 0
    cron: str = ""
    publish: bool = True
    subscriptions: tuple[str, ...]
    handlers: tuple[str, ...] = ()
    pipelines: tuple[Reference, ...] = ()
    timeout: int
    ttl: int = 0
    stdin: bool = False
    round_robin: bool = False
    proxy_entity_name: str = ""
    proxy_requests: ProxyRequests | None = None
    runtime_assets: tuple[str, ...] = ()
    check_hooks: tuple[CheckHook, ...] = ()
    env_vars: tuple[str, ...] = ()
    secrets: tuple[SecretReference, ...] = ()
    output_metric_format: str = ""
    output_metric_handlers: tuple[str, ...] = ()
    output_metric_tags: tuple[MetricTag, ...] = ()
    output_metric_thresholds: tuple[MetricThreshold, ...] = ()
    low_flap_threshold: int = 0
    high_flap_threshold: int = 0
    max_output_size: int = 0
    discard_output: bool = False
    subdues: tuple[Subdue, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity(Resource):
    """Proxy entity: a machine or a service without an agent of its own."""

    kind: ClassVar[str] = "Entity"

    entity_class: str = "proxy"
    subscriptions: tuple[str, ...] = ()
    keepalive_handlers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace(Resource):
    """Namespace. Sensu reads its name from the spec and ignores its metadata."""

    kind: ClassVar[str] = "Namespace"

    def metadata(self) -> dict[str, Any]:
        return {}

    def spec(self) -> dict[str, Any]:
        return {"name": self.name}
