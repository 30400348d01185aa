"""What every verb may ask: which project, and its plans."""

from __future__ import annotations

import os
from pathlib import Path

import click

from checkwright.core.errors import CannotDo
from checkwright.registry.findings import Finding
from checkwright.registry.plan import Plan


class Session:
    """One call of checkctl. `project` is what --project said, None when it said nothing."""

    def __init__(self, project: str | None) -> None:
        self._named = project

    @property
    def project(self) -> Path:
        """The project's folder. Raises CannotDo when there is none."""
        found = self.project_if_any
        if found is None:
            raise CannotDo(
                "No project here: no folder from here upwards holds a folder fleet/. "
                "Name one with --project DIR, or make one with checkctl init DIR."
            )
        if not (found / "fleet").is_dir():
            raise CannotDo(f"{found} is no project: it has no folder fleet/. checkctl init DIR makes one.")
        return found

    @property
    def project_if_any(self) -> Path | None:
        """The project's folder, None when none is named and none is found."""
        if self._named is not None:
            folder = Path(os.path.realpath(self._named))
            if not folder.is_dir():
                raise CannotDo(f"The project {self._named} is not a folder.")
            return folder
        here = Path.cwd()
        return next((folder for folder in (here, *here.parents) if (folder / "fleet").is_dir()), None)

    def plan(self, environment: str) -> tuple[Plan, tuple[Finding, ...]]:
        """The plan of one environment, and warnings. Raises Refused for errors in the registry."""
        from checkwright.registry.planning import plan

        return plan(str(self.project), environment)


pass_session = click.make_pass_decorator(Session)
