"""Requirements of a distribution at run time, read from the installed metadata."""

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
    """Return the canonical spelling of a distribution's name: `dns_Python` is dns-python."""
    return re.sub(r"[-_.]+", "-", name).lower()


def resolve(
    names: Iterable[str], library: str, environment: Mapping[str, str] | None = None
) -> dict[str, Distribution]:
    """Return the named distributions, and the requirements of these and of `library`, by canonical name.

    Extras count only where a requirement names them. environment: marker values of another Python; the default is
    the running one. Raises CannotDo for a distribution that is not installed.
    """
    found: dict[str, Distribution] = {}
    done: set[tuple[str, str]] = set()
    waiting = [(one, "") for one in (library, *names)]
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
    """Return canonical name, extras and marker of a requirement. Raises CannotDo for anything else."""
    match = _REQUIREMENT.match(requirement)
    if match is None:
        raise CannotDo(f"{requirement!r} is not the name of a distribution.")
    name, extras, marker = match.groups()
    return canonical(name), frozenset(filter(None, map(str.strip, (extras or "").split(",")))), (marker or "").strip()


def applies(marker: str, extra: str = "", environment: Mapping[str, str] | None = None) -> bool:
    """Return whether a marker holds in `environment`, by default that of the running Python.

    A marker that cannot be read holds: an extra package does no harm.
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
    """Return marker values on Linux for a processor (as `uname -m` names it) and a version of CPython (3.12)."""
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
    """Evaluate a marker: comparisons of names and texts, and, or."""
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
    """Return (3, 11, 2), without zeros at the end: 3.11.0 is 3.11. Raises ValueError for anything but numbers."""
    numbers = [int(part) for part in text.split(".")]
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _installed(name: str, needed_by: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError:
        who = f", which {needed_by} needs," if needed_by else ""
        message = f"The distribution {name}{who} is not installed here: install it, for the asset packs it."
        raise CannotDo(message) from None
