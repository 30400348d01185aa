"""Run Python as on a host where some packages are not installed."""

import os
import subprocess
import sys
from pathlib import Path

_PROLOGUE = """
import sys
hidden = {hidden!r}
class Without:
    def __init__(self, finder):
        self.finder = finder
    def find_spec(self, name, path=None, target=None):
        return None if name.partition(".")[0] in hidden else self.finder.find_spec(name, path, target)
    def __getattr__(self, name):
        return getattr(self.finder, name)
sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]
"""
_ARGV = """
sys.argv = ["check", *sys.argv[1:]]
"""
CHECK = "from checkwright.core.check_program import main; main()"


def run_without(packages: set[str], *argv: str, code: str = CHECK) -> subprocess.CompletedProcess[str]:
    """Run `code`, by default the program `check` with `argv`, where no module of `packages` can be imported."""
    program = _PROLOGUE.format(hidden=packages) + _ARGV + code
    return subprocess.run([sys.executable, "-c", program, *argv], capture_output=True, text=True, timeout=60)


def environment_without(folder: Path, *packages: str) -> dict[str, str]:
    """Return an environment for programs and their children, where no module of `packages` can be imported.

    folder: new folder for the hook that hides them.
    """
    folder.mkdir(mode=0o755)
    (folder / "sitecustomize.py").write_text(_PROLOGUE.format(hidden=set(packages)))
    return {**os.environ, "PYTHONPATH": str(folder)}
