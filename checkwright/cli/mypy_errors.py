"""Comparison of mypy's errors with findings of rules, so that a mistake is reported once."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from checkwright.core.regular_file import read_regular
from checkwright.registry.findings import Finding

_QUOTED = re.compile(r'"([^"]*)"')
_WORD = re.compile(r"\w+")


def without_known_mistakes(errors: Iterable[Finding], known: Iterable[Finding], folder: Path) -> list[Finding]:
    """Return mypy's errors without those that a rule has already reported. Each finding stands for one error.

    Both are about the same mistake if mypy's error is in the declaration of the finding, and a word that mypy quotes
    is in the finding's message. folder: the folder to which the origins are relative.
    """
    remaining = list(errors)
    for finding in known:
        if finding.origin is None:
            continue
        first = finding.origin.line
        last = _last_line(folder / finding.origin.file, first)
        words = set(_WORD.findall(finding.message))
        same = [
            (error.origin.line == first, len(shared), -position)
            for position, error in enumerate(remaining)
            if error.origin and error.origin.file == finding.origin.file and first <= error.origin.line <= last
            if (shared := words & _quoted_words(error.message))
        ]
        if same:
            del remaining[-max(same)[2]]
    return remaining


def _quoted_words(message: str) -> set[str]:
    return {word for quoted in _QUOTED.findall(message) for word in _WORD.findall(quoted)}


@cache
def _calls(file: Path) -> dict[int, int]:
    """Return first and last line of the longest call that begins on each line."""
    try:
        tree = ast.parse(read_regular(file))
    except (OSError, SyntaxError, ValueError):
        return {}
    calls: dict[int, int] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            calls[node.lineno] = max(calls.get(node.lineno, 0), node.end_lineno or 0)
    return calls


def _last_line(file: Path, line: int) -> int:
    return _calls(file).get(line, line)
