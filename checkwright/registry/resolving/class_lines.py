"""Lines of a check class's options and gauges, read from its source."""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping
from functools import cache

from checkwright.core.check import Check
from checkwright.core.regular_file import read_regular
from checkwright.registry.plan import Origin

_KNOWN: dict[type[Check], Mapping[str, Origin]] = {}


def lines_of(kind: type[Check]) -> Mapping[str, Origin]:
    """Return file and line (from 1) of each name in the class body; "" is the class itself."""
    if kind not in _KNOWN:
        found: dict[str, Origin] = {}
        for base in reversed(kind.__mro__):
            if issubclass(base, Check) and base is not Check:
                file = getattr(sys.modules.get(base.__module__), "__file__", None) or base.__module__
                found |= _lines_in(file, base.__name__)
        _KNOWN[kind] = found
    return _KNOWN[kind]


def line_of(kind: type[Check], name: str) -> Origin:
    """Return the line of an option or gauge, or of the class where that is unknown."""
    found = lines_of(kind)
    return found.get(name, found[""])


@cache
def _lines_in(file: str, name: str) -> dict[str, Origin]:
    try:
        tree = ast.parse(read_regular(file))
    except (OSError, SyntaxError, ValueError):
        return {"": Origin(file, 1)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name == name:
            return {"": Origin(file, node.lineno)} | _names(node, file)
    return {"": Origin(file, 1)}


def _names(node: ast.ClassDef, file: str) -> dict[str, Origin]:
    found = {}
    for statement in node.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        for target in targets:
            if isinstance(target, ast.Name):
                found[target.id] = Origin(file, statement.lineno)
    return found
