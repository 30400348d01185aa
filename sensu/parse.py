"""Parser of resource documents: those of `Resource.document()` and of any file for `sensuctl create`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from types import MappingProxyType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from sensu.handlers import EventFilter, Handler, HookConfig, Mutator, Pipeline
from sensu.problems import problems
from sensu.resources import Asset, CheckConfig, CheckHook, Entity, Invalid, Namespace, Part, Resource

#: Types that have a model.
KINDS: Mapping[str, type[Resource]] = MappingProxyType(
    {
        kind.kind: kind
        for kind in (
            Asset,
            CheckConfig,
            Entity,
            EventFilter,
            Handler,
            HookConfig,
            Mutator,
            Namespace,
            Pipeline,
        )
    }
)
_ZEROS: Mapping[type, Any] = MappingProxyType({str: "", int: 0, bool: False})


def parse(document: Mapping[str, Any]) -> Resource:
    """Return the resource of a document {type, api_version, metadata, spec}.

    Fields that the document does not set have Sensu's default, which may differ from the model's. Fields without a
    model are dropped: those that agents add to their entities, and subdue and scheduler of a check. Raises Invalid
    for a type without a model and for a resource that Sensu would refuse.
    """
    data = dict(document)
    kind = data.get("type")
    for problem in problems(data):
        if problem.severity == "error":
            raise Invalid(f"{kind or 'a document'} {_name(data)}: {problem.message}")
    model: Any = KINDS.get(str(kind))
    if model is None:
        raise Invalid(f"{kind} {_name(data)}: this type cannot be parsed")
    metadata = data.get("metadata") or {}
    spec = data.get("spec") or {}
    common: dict[str, Any] = {"name": _name(data)}
    if model is not Namespace:
        common |= {key: one for key in ("namespace", "labels", "annotations") if (one := metadata.get(key))}
    own = {name: _read(spec.get(name), hint) for name, hint in _fields(model).items() if name not in _COMMON}
    made: Resource = model(**common, **own)
    return made


_COMMON = ("name", "namespace", "labels", "annotations")


def _name(document: Mapping[str, Any]) -> str:
    part = document.get("spec" if document.get("type") == "Namespace" else "metadata")
    return str(part.get("name") or "") if isinstance(part, Mapping) else ""


@cache
def _fields(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {each.name: hints[each.name] for each in fields(kind)}


def _read(value: Any, hint: Any) -> Any:
    """Return a document's value as the model stores it. Its type is valid."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is UnionType:
        return None if value is None else _read(value, inner[0])
    if origin is tuple:
        return tuple(made for one in value or () for made in _items(one, inner[0]))
    if origin is None and issubclass(hint, Part):
        part: Any = hint
        return part(**{name: _read(value.get(name), field_hint) for name, field_hint in _fields(part).items()})
    if origin is not None:  # a mapping
        return dict(value or {})
    return _ZEROS[hint] if value is None else value


def _items(value: Any, hint: Any) -> tuple[Any, ...]:
    if hint is CheckHook:
        return tuple(CheckHook(on=on, hooks=tuple(hooks or ())) for on, hooks in value.items())
    return (_read(value, hint),)
