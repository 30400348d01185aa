"""Sensu resources as typed values that cannot be made invalid.

Making one that Sensu would refuse, or whose results it would throw away, raises `Invalid`
with the words of the rule. `document()` gives what a file for `sensuctl create` holds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar

from sensu import rules
from sensu.fields import API_VERSIONS

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Invalid(ValueError):
    """A resource that Sensu would not take; the text names the resource and says why."""


@cache
def _names(kind: Any) -> tuple[str, ...]:
    """The fields of a model."""
    return tuple([each.name for each in fields(kind)])


@cache
def _own_names(kind: Any) -> tuple[str, ...]:
    """Those of its spec."""
    return tuple([name for name in _names(kind) if name not in ("name", "namespace", "labels", "annotations")])


#: Types of values that nobody can change, and that stand in a document as they are.
_SIMPLE = frozenset((str, int, bool, type(None)))


@cache
def _containers(kind: Any) -> tuple[str, ...]:
    """Those that may hold what can be changed."""
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
    """What all kinds share. Subclasses say their type in `kind` and list their spec's fields.

    Sequences become tuples and mappings read-only copies, so that nothing changes after the check.
    """

    kind: ClassVar[str]
    #: Spec fields written even at Sensu's own default, since a reader should see them.
    explicit: ClassVar[frozenset[str]] = frozenset()

    name: str
    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    annotations: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    def __post_init__(self) -> None:
        _freeze(self)
        for problem in rules.problems(self.document()):
            if problem.severity == "error":
                raise Invalid(f"{self.kind} {self.name}: {problem.message}")

    def metadata(self) -> dict[str, Any]:
        """Name, namespace, labels, annotations: those that are set."""
        written: dict[str, Any] = {"name": self.name}
        for key in ("namespace", "labels", "annotations"):
            if value := getattr(self, key):
                written[key] = _plain(value)
        return written

    def spec(self) -> dict[str, Any]:
        """The fields of this kind: those that are set or `explicit`."""
        model: Any = type(self)
        written = ((name, getattr(self, name)) for name in _own_names(model))
        return {name: _plain(value) for name, value in written if value or name in self.explicit}

    def document(self) -> dict[str, Any]:
        """{type, api_version, metadata, spec} of dicts, lists, text, numbers and booleans."""
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
    """An object within a spec. It is judged with the resource that holds it."""

    #: Whether fields are written that hold nothing.
    complete: ClassVar[bool] = False

    def __post_init__(self) -> None:
        _freeze(self)

    def plain(self) -> dict[str, Any]:
        """The object as it stands in the spec."""
        model: Any = type(self)
        values = ((name, getattr(self, name)) for name in _names(model))
        return {name: _plain(value) for name, value in values if value or self.complete}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProxyRequests(Part):
    """Run the check once for each entity for which all expressions hold, spread over a part of the interval.

    `splay_coverage` is that part in percent.
    """

    complete: ClassVar[bool] = True

    entity_attributes: tuple[str, ...]
    splay: bool = True
    splay_coverage: int = 90


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretReference(Part):
    """The environment variable `name` gets the value of the Secret resource `secret`."""

    complete: ClassVar[bool] = True

    name: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference(Part):
    """Another resource by its name. Pipelines refer so to filters, mutators and handlers, and checks to pipelines."""

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
    """A tag that every extracted metric of a check gets. `value` may be a token."""

    complete: ClassVar[bool] = True

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricLimits(Part):
    """Below `min` or above `max` (numbers as text) the check gets `status`, unless another gives a higher one."""

    min: str = ""
    max: str = ""
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricThreshold(Part):
    """Limits of the metrics called `name` that have these tags.

    The agent looks at them only while the check's own status is 0 and it extracted a metric at all.
    """

    name: str
    tags: tuple[MetricTag, ...] = ()
    null_status: int = 0
    thresholds: tuple[MetricLimits, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subdue(Part):
    """A time (RFC 3339) in which Sensu does not schedule the check, and on which days it comes again."""

    begin: str
    end: str
    repeat: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AssetBuild(Part):
    """One archive of an asset: where it is fetched, its checksum in hex, and what an entity must be to take it."""

    url: str
    sha512: str
    filters: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset(Resource):
    """An archive that agents fetch for what they run. An agent takes the first build whose filters all hold."""

    kind: ClassVar[str] = "Asset"

    builds: tuple[AssetBuild, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckConfig(Resource):
    """A check: what to run, how often (seconds), on which subscriptions, for which entity."""

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
    """A proxy entity: a machine or a service that has no agent of its own."""

    kind: ClassVar[str] = "Entity"

    entity_class: str = "proxy"
    subscriptions: tuple[str, ...] = ()
    keepalive_handlers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace(Resource):
    """A namespace. Sensu reads its name from the spec and ignores its metadata."""

    kind: ClassVar[str] = "Namespace"

    def metadata(self) -> dict[str, Any]:
        return {}

    def spec(self) -> dict[str, Any]:
        return {"name": self.name}
