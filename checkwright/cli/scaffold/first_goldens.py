"""First golden files of a new check, written by its own tests."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from checkwright.core.catalog import HOME
from checkwright.core.errors import CannotDo

_SECONDS = 120
#: Settings of the user's other runs of pytest, which could ask for plugins that are not loaded here.
_OTHERS = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS")


def write_goldens(test: Path) -> list[Path] | None:
    """Run a test module with --update-goldens and return the files it wrote; None if pytest is not installed.

    Raises CannotDo if a test fails.
    """
    if find_spec("pytest") is None:
        return None
    before = _files(test.parent)
    # No settings and no plugins but checkwright's: a project's own may need packages that are missing.
    words = ["-c", os.devnull, "--rootdir", str(test.parent), "--import-mode=importlib", "-p", "no:cacheprovider"]
    words += ["-p", "checkwright.testing.plugin", "--tb=short", "-q", "--update-goldens", str(test)]
    environment = {name: value for name, value in os.environ.items() if name not in _OTHERS}
    paths = filter(None, (HOME, environment.get("PYTHONPATH")))
    environment |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-P", "-m", "pytest", *words]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        raise CannotDo(f"The tests in {test} did not end within {_SECONDS} s.") from None
    if done.returncode:
        raise CannotDo(f"The tests in {test} fail: {' '.join((done.stdout or done.stderr).split())[-500:]}")
    return sorted(_files(test.parent) - before)


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
