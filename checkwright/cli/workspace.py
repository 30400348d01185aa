"""The project that a call of checkctl works in, and its plans."""

from __future__ import annotations

import os
from pathlib import Path

import click

from checkwright.core.errors import CannotDo
from checkwright.core.regular_file import odd_files
from checkwright.registry.findings import Finding
from checkwright.registry.plan import Plan


class Workspace:
    """Project that a call of checkctl works in. project: the value of --project, None without that flag."""

    def __init__(self, project: str | None) -> None:
        self._named = project

    @property
    def project(self) -> Path:
        """Folder of the project. Raises CannotDo if there is none."""
        folder = self.optional_project
        if folder is None:
            raise CannotDo(
                "No project here: neither this folder nor one above it contains a folder fleet/. "
                "Name one with --project DIR, or make one with checkctl init DIR."
            )
        if not (folder / "fleet").is_dir():
            raise CannotDo(f"{folder} is not a project: it has no folder fleet/. checkctl init DIR makes one.")
        return folder

    @property
    def optional_project(self) -> Path | None:
        """Folder of the project: the named one, else the nearest upwards, else None."""
        if self._named is not None:
            folder = Path(os.path.realpath(self._named))
            if not folder.is_dir():
                raise CannotDo(f"The project {self._named} is not a folder.")
            return folder
        here = Path.cwd()
        return next((folder for folder in (here, *here.parents) if (folder / "fleet").is_dir()), None)

    @property
    def importable(self) -> Path | None:
        """Folder of the project, for a command that imports its checks. Raises CannotDo for a file that is none."""
        folder = self.optional_project
        for path, reason in odd_files(str(folder), (".py", ".pyc")) if folder else ():
            raise CannotDo(f"Cannot read {path}: {reason}.")
        return folder

    def plan(self, environment: str) -> tuple[Plan, tuple[Finding, ...]]:
        """Return the plan of one environment, and warnings. Raises FindingsError for errors in the registry."""
        from checkwright.registry.planning import plan

        return plan(str(self.project), environment)


pass_workspace = click.make_pass_decorator(Workspace)
