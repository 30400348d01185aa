"""The environment that Nagios runs: the project as a user has it, installed from its wheel."""

import os
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def installed_venv() -> Path:
    """Return the virtual environment, up to date with the sources and readable by user nagios.

    `make test` makes it and names it in CHECKWRIGHT_VENV; a test run by hand makes it here,
    which takes a second when the sources have changed.
    """
    named = os.environ.get("CHECKWRIGHT_VENV")
    if named:
        return Path(named)
    made = subprocess.run([ROOT / "scripts/runtime"], stdout=subprocess.PIPE, text=True, check=True)
    return Path(made.stdout.strip())


def installed_bin() -> Path:
    """Return the folder of that environment that holds `check`, `checkctl` and `python`."""
    return installed_venv() / "bin"
