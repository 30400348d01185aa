"""Resources out of documents: what `document()` of a model wrote, or anybody's file for `sensuctl create`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from types import MappingProxyType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

from sensu import rules
from sensu.handlers import EventFilter, Handler, HookConfig, Mutator, Pipeline
from sensu.resources import Asset, CheckConfig, CheckHook, Entity, Invalid, Namespace, Part, Resource

#: The kinds that have a model.
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
    """The resource that a document {type, api_version, metadata, spec} describes.

    What the document leaves out has Sensu's own default, which is not always the model's. Fields of Sensu's that no
    model has (of an agent's entity, and subdue and scheduler of a check) are left behind. Raises Invalid for a kind
    without a model and for a resource that Sensu would refuse.
    """
    given = dict(document)
    kind = given.get("type")
    for problem in rules.problems(given):
        if problem.severity == "error":
            raise Invalid(f"{kind or 'a document'} {_name(given)}: {problem.message}")
    model: Any = KINDS.get(str(kind))
    if model is None:
        raise Invalid(f"{kind} {_name(given)}: there is no model of this type here")
    metadata = given.get("metadata") or {}
    spec = given.get("spec") or {}
    common: dict[str, Any] = {"name": _name(given)}
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
    """A value of the document as the model keeps it; the rules have judged its type."""
    origin, inner = get_origin(hint), get_args(hint)
    if origin is UnionType:
        return None if value is None else _read(value, inner[0])
    if origin is tuple:
        return tuple(made for one in value or () for made in _items(one, inner[0]))
    if origin is None and issubclass(hint, Part):
        part: Any = hint
        return part(**{name: _read(value.get(name), wanted) for name, wanted in _fields(part).items()})
    if origin is not None:  # a mapping
        return dict(value or {})
    return _ZEROS[hint] if value is None else value


def _items(value: Any, hint: Any) -> tuple[Any, ...]:
    if hint is CheckHook:
        return tuple(CheckHook(on=on, hooks=tuple(hooks or ())) for on, hooks in value.items())
    return (_read(value, hint),)
