"""Where checkctl's own rules look at the checks of a project: L001 and L002."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from checkwright.core.catalog import Found, all_checks, line_in
from checkwright.core.errors import BadUsage
from checkwright.registry.findings import Finding
from checkwright.registry.plan import Origin


def of_checks(project: Path | None) -> Iterator[Finding]:
    """L001: two checks of one name. L002: a file of the project that holds no check that can be loaded."""
    if project:
        yield from _passed_over(project)
    for name, same in groupby(all_checks(str(project or "")), key=lambda found: found.name):
        winner, *others = same
        for other in others:
            yield Finding(
                "L001",
                "error",
                origin_of(other, project),
                f"there is another check {name!r}, which wins: {origin_of(winner, project).file}",
                "rename one of the two",
            )
        for found in (winner, *others):
            if project and Path(found.file).is_relative_to(project):
                yield from _loaded(found, project)


def _passed_over(project: Path) -> Iterator[Finding]:
    """L002 for Python files among the checks whose names no command line can say, so that nobody looks for them."""
    plugins = project / "plugins"
    for file in sorted([*plugins.glob("*.py"), *plugins.glob("*/*.py")]):
        family = file.parent.name if file.parent != plugins else ""
        if file.stem.isidentifier() or file.name.startswith(".") or family in ("sources", "tests"):
            continue
        message = f"{file.stem!r} cannot be a check's name, so nothing finds this file"
        yield Finding("L002", "error", Origin(os.path.relpath(file, project.parent), 1), message, "write _ for -")


def origin_of(found: Found, project: Path | None) -> Origin:
    """The check's file as other findings name files: relative to the folder that holds the project."""
    if project and Path(found.file).is_relative_to(project):
        return Origin(os.path.relpath(found.file, project.parent), 1)
    return Origin(found.file, 1)


def _loaded(found: Found, project: Path) -> Iterator[Finding]:
    try:
        found.load()
    except BadUsage as error:
        # What raised it knows the line; a file that holds no check has none.
        why = error.__cause__ or error.__context__
        line = (line_in(why, found.file) if why else None) or 1
        yield Finding("L002", "error", Origin(origin_of(found, project).file, line), str(error))
