"""Problems that several resource types can have: names, expressions, variables, assets and weekly windows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sensu import expressions
from sensu.fields import display_path
from sensu.rules import NoEffect, Path, Problem, RefusedResource

Spec = Mapping[str, Any]

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

_NAME = re.compile(r"[A-Za-z0-9_.:-]+\Z")
_ASSET_NAME = re.compile(r"[A-Za-z0-9_.:/-]+\Z")
#: Go's time format "3:04PM" and the variants that Go accepts.
_CLOCK = re.compile(r"(0?[1-9]|1[0-2]):[0-5]\d ?(AM|PM)\Z")


def name_error(name: str, *, asset: bool = False) -> str:
    """Return why Sensu refuses a name, as the end of a sentence. Returns "" for a valid one."""
    if not name:
        return "is empty"
    if not (_ASSET_NAME if asset else _NAME).match(name):
        allowed = "letters, digits and _ . - :" + (" /" if asset else "")
        return f'"{name}" has other characters than {allowed}'
    return ""


def name_problems(value: object, path: Path, *, asset: bool = False) -> Iterator[Problem]:
    """Yield a problem if a name is invalid. Other types than text are not names and have no problem here."""
    if isinstance(value, str) and (why := name_error(value, asset=asset)):
        yield RefusedResource.problem(path, f"{display_path(path)} {why}")


def expression_problems(values: Sequence[str], path: Path) -> Iterator[Problem]:
    """Yield a problem for each text that cannot be a JavaScript expression."""
    for index, expression in enumerate(values):
        if why := expressions.error(expression):
            place = (*path, index)
            yield RefusedResource.problem(place, f"{display_path(place)} is no JavaScript expression: {why}")


def asset_problems(spec: Spec) -> Iterator[Problem]:
    """Yield a problem for each invalid name in `runtime_assets`."""
    for index, asset in enumerate(spec.get("runtime_assets", ())):
        yield from name_problems(asset, ("spec", "runtime_assets", index), asset=True)


def env_var_problems(spec: Spec) -> Iterator[Problem]:
    """Yield a problem for each of `env_vars` without a name or a value."""
    for index, pair in enumerate(spec.get("env_vars", ())):
        name, _, value = pair.partition("=")
        if not name or not value:
            path = ("spec", "env_vars", index)
            message = f'{display_path(path)} is "{pair}", but must be NAME=VALUE with a name and a value'
            yield RefusedResource.problem(path, message)


def weekly_window_problems(spec: Spec, key: str, instead: str) -> Iterator[Problem]:
    """Yield the problems of the old form {days: {monday: [{begin, end}]}}, which sensuctl reads and drops."""
    if key not in spec:
        return
    path = ("spec", key)
    yield NoEffect.problem(path, f"sensuctl drops {key} silently", instead)
    for day, windows in (spec[key].get("days") or {}).items():
        if day not in ("all", *WEEK):
            yield RefusedResource.problem(
                (*path, "days", day), f"{display_path(path)} has {day}, which is no day of the week"
            )
        for window in windows or ():
            for edge in ("begin", "end"):
                if not _CLOCK.match(window.get(edge) or ""):
                    message = f"the {edge} of {display_path(path)} on {day} is no time such as 5:00PM"
                    yield RefusedResource.problem((*path, "days", day), message)
