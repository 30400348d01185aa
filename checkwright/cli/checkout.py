"""Paths of findings relative to the checkout, as a code host shows them, and the files that a pull request changes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from checkwright.core.catalog import HOME
from checkwright.registry.plan import Origin

_SECONDS = 60


class Checkout:
    """Checkout that a project is in.

    root: GITHUB_WORKSPACE if the project is below it, else the top folder of the git repository, else the folder that
    holds the project.
    """

    def __init__(self, project: Path, environment: Mapping[str, str]) -> None:
        self._project = project
        self._environment = environment
        self.root = self._root()

    def path(self, origin: Origin | None) -> str:
        """Return the file of a finding relative to the root, absolute if it is outside, "" for no origin."""
        if origin is None:
            return ""
        # Findings name files relative to the folder that holds the project, or the library.
        places = [self._project.parent / origin.file, Path(HOME) / origin.file]
        place = next((place for place in places if place.exists()), places[0])
        return str(place.relative_to(self.root)) if place.is_relative_to(self.root) else str(place)

    def changed_files(self) -> frozenset[str]:
        """Return the files that a pull request changes, relative to the root. Empty where that is unknown.

        GitHub names the branch that a pull request goes to in GITHUB_BASE_REF.
        """
        base = self._environment.get("GITHUB_BASE_REF", "")
        if not base:
            return frozenset()
        revisions = f"refs/remotes/origin/{base}...HEAD"
        diff = ("diff", "--name-only", "--no-ext-diff", "-z", "--end-of-options", revisions, "--")
        argv = ["git", "-C", str(self.root), *diff]
        try:
            done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=_SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return frozenset()
        # A shallow checkout has no other branch.
        return frozenset() if done.returncode else frozenset(map(os.fsdecode, done.stdout.split(b"\0"))) - {""}

    def _root(self) -> Path:
        workspace = self._environment.get("GITHUB_WORKSPACE", "")
        if workspace:
            folder = Path(os.path.realpath(workspace))
            if self._project.is_relative_to(folder) and self._project != Path(folder.anchor):
                return folder
        parents = (self._project, *self._project.parents)
        return next((folder for folder in parents if (folder / ".git").exists()), self._project.parent)
