"""Environments with what peers need from PyPI, each of its own: nothing of ours imports it."""

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path


def made(folder: Path, packages: Iterable[str]) -> Path:
    """A new environment with these packages; those that cannot be had are missing in it."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    for name in packages:
        command = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", name]
        subprocess.run(command, capture_output=True, check=False)
    return folder


def has(environment: Path, module: str) -> bool:
    """Whether it can be imported there; where it cannot, that is said on stderr."""
    if subprocess.run([environment / "bin/python", "-c", f"import {module}"], capture_output=True).returncode == 0:
        return True
    print(f"{module} is not in {environment}: it is left out", file=sys.stderr)
    return False
