"""Expressions that compare an entity's name, class or a label with a text. No other JavaScript is understood."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from checkwright.core.conversion import NotConvertible

_COMPARISON = re.compile(
    r"""\s*\(?\s*entity\.(?:(?P<field>entity_class|name)|labels(?:\.(?P<label>\w+)|\[(?P<key>'[^']*'|"[^"]*")\]))"""
    r"""\s*={2,3}\s*(?P<text>'[^'\\]*'|"[^"\\]*")\s*\)?\s*"""
)


def comparisons(expression: str) -> Iterator[tuple[str, str]]:
    """Yield the required (field, text). A field is `entity_class`, `name` or `labels.NAME`. Raises NotConvertible."""
    for part in expression.split("&&"):
        match = _COMPARISON.fullmatch(part)
        if match is None:
            raise NotConvertible(expression)
        label = match["label"] or (match["key"] or "")[1:-1]
        yield match["field"] or f"labels.{label}", match["text"][1:-1]


def holds(expression: str, name: str, entity_class: str, labels: Mapping[str, str]) -> bool:
    """Return True if an entity matches an expression. Raises NotConvertible."""
    known = {"name": name, "entity_class": entity_class} | {f"labels.{key}": value for key, value in labels.items()}
    return all(known.get(field) == text for field, text in comparisons(expression))
