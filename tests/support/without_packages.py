"""Run Python as on a host where some packages are not installed."""

import subprocess
import sys

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
sys.argv = ["check", *sys.argv[1:]]
"""
CHECK = "from checkwright.core.check_program import main; main()"


def run_without(packages: set[str], *argv: str, code: str = CHECK) -> subprocess.CompletedProcess[str]:
    """Run `code`, by default the program `check` with `argv`, where no module of `packages` can be imported."""
    program = _PROLOGUE.format(hidden=packages) + code
    return subprocess.run([sys.executable, "-c", program, *argv], capture_output=True, text=True, timeout=60)
