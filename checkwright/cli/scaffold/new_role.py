"""Roles to copy: fleet modules with sensible watches for one technology, in `templates/role/`."""

from __future__ import annotations

from pathlib import Path

_TEMPLATES = Path(__file__).with_name("templates") / "role"


def role_names() -> list[str]:
    """Return the names of all roles, such as `rabbitmq`."""
    return sorted(path.stem for path in _TEMPLATES.glob("*.txt"))


def role_file(name: str) -> str:
    """Return the fleet module of a role, for `fleet/NAME.py` of a project. Raises KeyError for another name."""
    if name not in role_names():
        raise KeyError(name)
    return (_TEMPLATES / f"{name}.txt").read_text(encoding="utf-8")
