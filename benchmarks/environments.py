"""Where peers run: environments with what they need from PyPI, each of its own, and their scripts."""

import atexit
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PEERS = Path(__file__).parent / "peers"


@cache
def readable_peers() -> Path:
    """The folder of peers' scripts for user nagios, to whom a checkout of root's may be closed. Gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="checkwright-peers-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for script in PEERS.glob("*.py"):
        (folder / script.name).write_bytes(script.read_bytes())
    folder.chmod(0o755)
    for script in folder.iterdir():
        script.chmod(0o644)
    return folder


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
