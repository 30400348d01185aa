"""Names of an existing configuration as the registry allows them: letters, digits, `_`, `.` and `-`."""

from __future__ import annotations

import re
from collections.abc import Iterable

_BAD = re.compile(r"[^A-Za-z0-9_.-]+")


class Slugs:
    """One name for each text, and no name twice; what is allowed as it is stays as it is."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._names: dict[str, str] = {}
        self._taken = set(taken)

    def reserve(self, texts: Iterable[str]) -> None:
        """Give all those that are allowed as they are their own name, before others can take it."""
        for text in texts:
            if slug(text) == text:
                self.of(text)

    def of(self, text: str) -> str:
        """The name for a text, the same each time."""
        if text not in self._names:
            base = slug(text)
            name, number = base, 2
            while name in self._taken:
                name, number = f"{base}-{number}", number + 1
            self._names[text] = name
            self._taken.add(name)
        return self._names[text]

    def changed(self) -> list[tuple[str, str]]:
        """Texts whose name is another one."""
        return [(text, name) for text, name in self._names.items() if text != name]


def slug(text: str) -> str:
    """The nearest allowed name; not unique."""
    name = _BAD.sub("-", text).strip("-").lstrip(".")
    return name or "unnamed"
