"""Which distributions a distribution needs when it runs, read from what is installed here."""

from __future__ import annotations

import ast
import os
import platform
import re
import sys
from collections.abc import Iterable, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from checkwright.core.errors import CannotDo

_REQUIREMENT = re.compile(
    r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^]]*)\])?\s*(?:[(<>=!~@][^;]*)?(?:;(.*))?\Z", re.DOTALL
)
_VERSIONS = frozenset({"python_version", "python_full_version", "implementation_version"})


def canonical(name: str) -> str:
    """The one spelling of a distribution's name: `dns_Python` is dns-python."""
    return re.sub(r"[-_.]+", "-", name).lower()


def resolve(
    wanted: Iterable[str], library: str, environment: Mapping[str, str] | None = None
) -> dict[str, Distribution]:
    """The distributions `wanted`, and what they and `library` need at run time, by canonical name. Without `library`.

    Extras count only where a requirement asks for them. `environment` is the Python that will run them, unless it is
    this one. Raises CannotDo for one that is not installed.
    """
    found: dict[str, Distribution] = {}
    done: set[tuple[str, str]] = set()
    waiting = [(one, "") for one in (library, *wanted)]
    while waiting:
        text, needed_by = waiting.pop()
        name, extras, _ = parse(text)
        for extra in ("", *sorted(extras)):
            if (name, extra) in done:
                continue
            done.add((name, extra))
            found[name] = _installed(name, needed_by)
            for requirement in found[name].requires or ():
                if applies(parse(requirement)[2], extra, environment):
                    waiting.append((requirement, name))
    return {name: found[name] for name in sorted(found) if name != canonical(library)}


def parse(requirement: str) -> tuple[str, frozenset[str], str]:
    """Canonical name, extras and marker of a requirement. Raises CannotDo for what is none."""
    match = _REQUIREMENT.match(requirement)
    if match is None:
        raise CannotDo(f"{requirement!r} is no name of a distribution.")
    name, extras, marker = match.groups()
    return canonical(name), frozenset(filter(None, map(str.strip, (extras or "").split(",")))), (marker or "").strip()


def applies(marker: str, extra: str = "", environment: Mapping[str, str] | None = None) -> bool:
    """Whether a marker holds, for the Python that runs this unless another `environment` is given.

    One that cannot be read holds: better one too many.
    """
    if not marker:
        return not extra
    if extra and "extra" not in marker:
        return False
    try:
        return bool(_value(ast.parse(marker, mode="eval").body, {**(environment or _environment()), "extra": extra}))
    except (SyntaxError, KeyError, TypeError, ValueError):
        return "extra" not in marker


def environment_of(machine: str, version: str) -> dict[str, str]:
    """What markers read on a Linux with this processor (as `uname -m` names it) and this version of CPython (3.12)."""
    return _environment() | {
        "implementation_version": f"{version}.0",
        "platform_machine": machine,
        "python_full_version": f"{version}.0",
        "python_version": version,
    }


def _environment() -> dict[str, str]:
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": platform.python_version(),
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


def _value(node: ast.expr, environment: Mapping[str, str]) -> bool:
    """A marker is written in a part of Python's grammar: comparisons of names and texts, and, or."""
    if isinstance(node, ast.BoolOp):
        values = [_value(one, environment) for one in node.values]
        return all(values) if isinstance(node.op, ast.And) else any(values)
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        raise ValueError(ast.dump(node))
    left, right = node.left, node.comparators[0]
    is_version = any(isinstance(side, ast.Name) and side.id in _VERSIONS for side in (left, right))
    return _compare(node.ops[0], _text(left, environment), _text(right, environment), is_version)


def _text(node: ast.expr, environment: Mapping[str, str]) -> str:
    if isinstance(node, ast.Name):
        return environment[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise ValueError(ast.dump(node))


def _compare(operator: ast.cmpop, left: str, right: str, is_version: bool) -> bool:
    if isinstance(operator, ast.In):
        return left in right
    if isinstance(operator, ast.NotIn):
        return left not in right
    if not is_version:
        if isinstance(operator, ast.Eq):
            return left == right
        if isinstance(operator, ast.NotEq):
            return left != right
        raise ValueError(ast.dump(operator))
    a, b = _version(left), _version(right)
    match operator:
        case ast.Eq():
            return a == b
        case ast.NotEq():
            return a != b
        case ast.Lt():
            return a < b
        case ast.LtE():
            return a <= b
        case ast.Gt():
            return a > b
        case ast.GtE():
            return a >= b
    raise ValueError(ast.dump(operator))


def _version(text: str) -> tuple[int, ...]:
    """(3, 11, 2), without zeros at its end: 3.11.0 is 3.11. Raises ValueError for other than numbers."""
    numbers = [int(part) for part in text.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _installed(name: str, needed_by: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError:
        who = f", which {needed_by} needs," if needed_by else ""
        message = f"The distribution {name}{who} is not installed here: install it, since an asset is made of what is."
        raise CannotDo(message) from None
