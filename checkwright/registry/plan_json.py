"""Plans as versioned JSON. Equal plans give equal bytes."""

from __future__ import annotations

import json
import types
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from checkwright.registry import plan
from checkwright.registry.plan import LEFT_OUT, PLAN_VERSION, Placeholder, Plan

_NEVER_OMITTED = object()


class PlanError(ValueError):
    """Error in the text of a plan: one sentence, with the place of the error."""


def dumps(whole: Plan) -> str:
    """Return a plan as JSON text. A placeholder is {"placeholder": NAME}, a word is a list."""
    return json.dumps(_plain(whole), indent=1, ensure_ascii=False, sort_keys=False) + "\n"


def loads(text: str) -> Plan:
    """Return the plan from a text that `dumps` wrote. Raises PlanError."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PlanError(f"this is not a plan: {error}") from None
    if not isinstance(data, dict) or "version" not in data:
        raise PlanError("this is not a plan: it is not an object with a version")
    version = data["version"]
    if version != PLAN_VERSION or type(version) is not int:
        if isinstance(version, int) and version > PLAN_VERSION:
            raise PlanError(f"this plan has version {version}, and this checkwright reads {PLAN_VERSION}: update it")
        raise PlanError(f"this plan has version {version!r}, and this checkwright reads {PLAN_VERSION}: build it again")
    found = _read(data, Plan, "plan")
    assert isinstance(found, Plan)  # noqa: S101 - for mypy
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, Placeholder):
        return {"placeholder": value.name}
    if is_dataclass(value):
        kind: Any = type(value)
        left_out = _left_out(kind)
        return {
            name: _plain(field_value)
            for name, _, _ in _fields(kind)
            if (field_value := getattr(value, name)) != left_out.get(name, _NEVER_OMITTED)
        }
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {key: value[key] for key in sorted(value)}
    return value


def _read(data: Any, expected: Any, place: str) -> Any:
    if isinstance(expected, type) and is_dataclass(expected):
        return _record(data, expected, place)
    origin, inner = get_origin(expected), get_args(expected)
    if origin is Literal:
        if not isinstance(data, str) or data not in inner:
            raise _wrong(place, f"one of {', '.join(inner)}", data)
        return data
    if origin in (types.UnionType, Union):
        if Placeholder in inner:
            return _part(data, place)
        return None if data is None else _read(data, inner[0], place)
    if origin is tuple:
        if not isinstance(data, list):
            raise _wrong(place, "a list", data)
        if inner[-1] is Ellipsis:
            return tuple(_read(one, inner[0], f"{place}[{index}]") for index, one in enumerate(data))
        if len(data) != len(inner):
            raise _wrong(place, f"a list of {len(inner)}", data)
        return tuple(_read(one, kind, place) for one, kind in zip(data, inner, strict=True))
    if origin is Mapping:
        if not isinstance(data, dict):
            raise _wrong(place, "an object", data)
        return {key: _read(value, inner[1], f"{place}.{key}") for key, value in data.items()}
    if type(data) is not expected:
        raise _wrong(place, {str: "text", int: "a whole number", bool: "true or false"}[expected], data)
    return data


def _part(data: Any, place: str) -> str | Placeholder:
    if isinstance(data, str):
        return data
    if isinstance(data, dict) and list(data) == ["placeholder"] and isinstance(data["placeholder"], str):
        return Placeholder(data["placeholder"])
    raise _wrong(place, 'text or {"placeholder": NAME}', data)


def _record(data: Any, kind: type, place: str) -> Any:
    if not isinstance(data, dict):
        raise _wrong(place, "an object", data)
    values = {}
    for name, expected, required in _fields(kind):
        if name in data:
            values[name] = _read(data[name], expected, f"{place}.{name}")
        elif required:
            raise PlanError(f"this plan is damaged: {place} has no {name}")
    for name in data:
        if name not in values:
            raise PlanError(f"this plan is damaged: {place} has {name!r}, which does not belong in a plan")
    return kind(**values)


@cache
def _fields(kind: type) -> tuple[tuple[str, Any, bool], ...]:
    """Return name, type, and required or not, of each field."""
    hints = get_type_hints(kind, vars(plan))
    return tuple(
        (one.name, hints[one.name], one.default is MISSING and one.default_factory is MISSING) for one in fields(kind)
    )


@cache
def _left_out(kind: type) -> Mapping[str, Any]:
    """Return the defaults that are not written, by field."""
    return {one.name: one.default for one in fields(kind) if one.metadata == LEFT_OUT}


def _wrong(place: str, expected: str, data: Any) -> PlanError:
    text = json.dumps(data, ensure_ascii=False)
    return PlanError(
        f"this plan is damaged: {place} must be {expected}, not {text if len(text) < 60 else text[:57] + '...'}"
    )
