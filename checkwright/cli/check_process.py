"""The program `check` of this installation, as an argument vector for a process of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from checkwright.core.catalog import HOME

#: Imports the library from where this process has it, which also works if it is not installed.
_START = f"""\
import sys
sys.argv[0] = "check"
sys.path.append({HOME!r})
from checkwright.core.check_program import main
main()
"""


def check_argv(args: Iterable[str]) -> list[str]:
    """Return the argument vector that runs `check` with these arguments. -P: nothing is imported from this folder."""
    return [sys.executable, "-P", "-c", _START, *args]
