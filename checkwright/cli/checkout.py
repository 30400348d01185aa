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

    root: the top folder of the git repository, else GITHUB_WORKSPACE, else the folder that holds the project. A
    repository around GITHUB_WORKSPACE is not the one that GitHub shows; one inside is, as with `path:` of
    actions/checkout.
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
        workspace = self._workspace()
        for folder in (self._project, *self._project.parents):
            if (folder / ".git").exists():
                return folder
            if folder == workspace:
                return workspace
        return self._project.parent

    def _workspace(self) -> Path | None:
        """Return GITHUB_WORKSPACE, None if it is unset or elsewhere."""
        named = self._environment.get("GITHUB_WORKSPACE", "")
        folder = Path(os.path.realpath(named)) if named else None
        return folder if folder and self._project.is_relative_to(folder) else None
