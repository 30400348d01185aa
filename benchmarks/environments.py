"""Environments of peers with their packages from PyPI, and the peers' scripts."""

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
    """Copy the peers' scripts to a temporary folder that user nagios can read, since root's checkout may be closed."""
    folder = Path(tempfile.mkdtemp(prefix="checkwright-peers-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for script in PEERS.glob("*.py"):
        (folder / script.name).write_bytes(script.read_bytes())
    folder.chmod(0o755)
    for script in folder.iterdir():
        script.chmod(0o644)
    return folder


def made(folder: Path, packages: Iterable[str]) -> Path:
    """Create a new environment with these packages; packages that cannot be installed are left out."""
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    for name in packages:
        command = [str(folder / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", name]
        subprocess.run(command, capture_output=True, check=False)
    return folder


def has(environment: Path, module: str) -> bool:
    """Return whether a module can be imported there; report a missing one on stderr."""
    if subprocess.run([environment / "bin/python", "-c", f"import {module}"], capture_output=True).returncode == 0:
        return True
    print(f"{module} is not in {environment}: it is left out", file=sys.stderr)
    return False
