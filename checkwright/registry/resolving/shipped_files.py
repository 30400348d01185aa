"""Files of the project that watches name, as the plan carries them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator

from checkwright.core.check import Check
from checkwright.core.shipped import shipped_path
from checkwright.registry import plan
from checkwright.registry.model.watches import AnyWatch
from checkwright.registry.registry import Registry

_LARGEST = 1_000_000


def named_by(check: Check) -> Iterator[str]:
    """Yield the paths in the project of the files that a check's options name."""
    for name, option in check.options.items():
        value = getattr(check, name)
        if option.shipped and isinstance(value, str) and value and "/" not in value:
            yield shipped_path(option.shipped, value)


def text_of(registry: Registry, path: str) -> str:
    """Return the text of a file of the project. Raises OSError, and ValueError for one that is no text."""
    with open(os.path.join(registry.folder, path), encoding="utf-8") as file:
        text = file.read(_LARGEST + 1)
    if len(text) > _LARGEST:
        raise ValueError(f"is larger than {_LARGEST} bytes")
    return text


def files(registry: Registry, found: Iterable[tuple[plan.Entry, AnyWatch, Check | None]]) -> tuple[plan.File, ...]:
    """Return the files that the watches need. Those that cannot be read are left out: a rule reports them."""
    roles: dict[str, set[str]] = {}
    last: Check | None = None
    role = ""
    for entry, _, check in found:
        if check is None or (check is last and entry.role == role):
            continue  # overrides split a watch into many entries that share its check
        last, role = check, entry.role
        for path in named_by(check):
            roles.setdefault(path, set()).add(entry.role)
    result = []
    for path in sorted(roles):
        try:
            text = text_of(registry, path)
        except (OSError, ValueError):
            continue
        origin = plan.Origin(f"{registry.project}/{path}", 1)
        result.append(plan.File(path=path, text=text, roles=tuple(sorted(roles[path])), origin=origin))
    return tuple(result)
