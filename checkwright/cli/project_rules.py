"""Rules L001 to L003: problems with the checks of a project, and errors that mypy reports."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from checkwright.core.catalog import Found, all_checks, line_in
from checkwright.core.errors import BadUsage
from checkwright.registry.findings import Finding, Rule
from checkwright.registry.plan import Origin

#: Folders in plugins/ that hold no checks.
_OTHER_FOLDERS = ("sources", "tests")


class DuplicateCheck(Rule):
    """Two checks have the same name.

    A name is looked up in the library first, then in the project, then in installed packages.
    Only the first check of a name can run.

    Wrong:
        plugins/disk.py     class Disk(Check): ...   # the library has a check disk

    Right:
        plugins/disk_quota.py     class DiskQuota(Check): ...
    """

    id = "L001"
    language = "text"
    hint = "rename one of the two"

    @classmethod
    def find(cls, checks: list[Found], project: Path) -> Iterator[Finding]:
        for name, same in groupby(checks, key=lambda found: found.name):
            winner, *others = same
            for other in others:
                message = f"there is another check {name!r}, which wins: {_origin(winner, project).file}"
                yield cls.finding(_origin(other, project), message)


class UnloadableCheck(Rule):
    """A file in plugins/ contains no check that can be loaded.

    The file's name must be a Python name, and the file must define the class of that name.
    The name of a module that is not a check begins with `_`, or the module is in plugins/sources/.

    Wrong:
        plugins/mail-queue.py     class MailQueue(Check): ...

    Right:
        plugins/mail_queue.py     class MailQueue(Check): ...
    """

    id = "L002"
    language = "text"

    @classmethod
    def find(cls, checks: list[Found], project: Path) -> Iterator[Finding]:
        yield from cls._unreachable(project)
        for found in checks:
            if Path(found.file).is_relative_to(project):
                yield from cls._loaded(found, project)

    @classmethod
    def _unreachable(cls, project: Path) -> Iterator[Finding]:
        plugins = project / "plugins"
        for file in sorted([*plugins.glob("*.py"), *plugins.glob("*/*.py")]):
            folder = file.parent.name if file.parent != plugins else ""
            if file.stem.isidentifier() or file.name.startswith(".") or folder in _OTHER_FOLDERS:
                continue
            message = f"{file.stem!r} cannot be the name of a check, so this file is never loaded"
            yield cls.finding(Origin(os.path.relpath(file, project.parent), 1), message, hint="write _ for -")

    @classmethod
    def _loaded(cls, found: Found, project: Path) -> Iterator[Finding]:
        try:
            found.load()
        except BadUsage as error:
            # The cause knows the line. A file without a check has none.
            cause = error.__cause__ or error.__context__
            line = (line_in(cause, found.file) if cause else None) or 1
            yield cls.finding(Origin(_origin(found, project).file, line), str(error))


class MypyError(Rule):
    """The project has a type error.

    A misspelt gauge, a missing option and the limit of another check are type errors. `checkctl lint` runs mypy if it
    is installed; `checkctl lint --no-mypy` leaves it out.

    Wrong:
        Watch(Disk(paths=("/",)), Disk.spaec.at(warn=80))

    Right:
        Watch(Disk(paths=("/",)), Disk.space.at(warn=80))
    """

    id = "L003"


def find_in_checks(project: Path) -> Iterator[Finding]:
    """Return the findings of L001 and L002 in a project."""
    checks = all_checks(str(project))
    yield from DuplicateCheck.find(checks, project)
    yield from UnloadableCheck.find(checks, project)


def _origin(found: Found, project: Path) -> Origin:
    """Return a check's file as findings name files: relative to the folder that contains the project."""
    if Path(found.file).is_relative_to(project):
        return Origin(os.path.relpath(found.file, project.parent), 1)
    return Origin(found.file, 1)
