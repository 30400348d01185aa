"""The environment that Nagios runs: the project installed from its wheel, as users have it."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]


@cache
def installed_venv() -> Path:
    """Return the virtual environment, up to date with the sources and readable by user nagios.

    `make test` makes it and names it in CHECKWRIGHT_VENV. Otherwise it is made here, which takes a second
    after a change of the sources.
    """
    named = os.environ.get("CHECKWRIGHT_VENV")
    if named:
        return Path(named)
    made = subprocess.run([ROOT / "scripts/runtime"], stdout=subprocess.PIPE, text=True, check=True)
    return Path(made.stdout.strip())


def installed_bin() -> Path:
    """Return the folder of that environment that holds `check`, `checkctl` and `python`."""
    return installed_venv() / "bin"


def copied_venv(folder: Path) -> Path:
    """Copy that environment to `folder/venv`, for a test that changes its files, and return the copy.

    Only the packages of this project are copied; all others are links into the original.
    """
    original, copy = installed_venv(), folder / "venv"
    (packages,) = original.glob("lib/python3*/site-packages")
    target = copy / packages.relative_to(original)
    target.mkdir(parents=True)
    for entry in packages.iterdir():
        if entry.name in ("checks", "checkwright", "icinga_cfg", "nagios_cfg", "sensu"):
            shutil.copytree(entry, target / entry.name)
        else:
            (target / entry.name).symlink_to(entry)
    (copy / "bin").mkdir()
    for entry in (original / "bin").iterdir():
        if entry.is_symlink() or entry.name.startswith("python"):
            (copy / "bin" / entry.name).symlink_to(os.readlink(entry) if entry.is_symlink() else entry)
        elif entry.name.startswith("check"):
            text = entry.read_text(encoding="utf-8").replace(str(original), str(copy))
            (copy / "bin" / entry.name).write_text(text, encoding="utf-8")
            (copy / "bin" / entry.name).chmod(0o755)
    shutil.copy(original / "pyvenv.cfg", copy)
    return copy
