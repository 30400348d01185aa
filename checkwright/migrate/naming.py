"""Conversion of names to those that a registry allows: letters, digits, `_`, `.` and `-`."""

from __future__ import annotations

import re
from collections.abc import Iterable

_BAD = re.compile(r"[^A-Za-z0-9_.-]+")


class Slugs:
    """Unique names for texts. An allowed text keeps its name."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._names: dict[str, str] = {}
        self._taken = set(taken)

    def reserve(self, texts: Iterable[str]) -> None:
        """Reserve the names of all texts that are allowed unchanged, before others can take them."""
        for text in texts:
            if slug(text) == text:
                self.of(text)

    def of(self, text: str) -> str:
        """Return the name for a text, the same on each call."""
        if text not in self._names:
            base = slug(text)
            name, number = base, 2
            while name in self._taken:
                name, number = f"{base}-{number}", number + 1
            self._names[text] = name
            self._taken.add(name)
        return self._names[text]

    def changed(self) -> list[tuple[str, str]]:
        """Return the texts whose name differs."""
        return [(text, name) for text, name in self._names.items() if text != name]


def slug(text: str) -> str:
    """Return the nearest allowed name, which need not be unique."""
    name = _BAD.sub("-", text).strip("-").lstrip(".")
    return name or "unnamed"
