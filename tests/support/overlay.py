"""Copy of this machine's files that a test may change: an overlay in a mount namespace of its own, for root alone."""

import subprocess
from pathlib import Path

import pytest

from tests.support.installed import ROOT

_IMPOSSIBLE = 77


def run_in_overlay(files: Path, script: str) -> str:
    """Run a script of sh in a copy of this machine's files and return its output; `files` is there as /mnt.

    Processes that it leaves behind end with it. It has a network of its own, with the loopback device alone.

    Skips the test where this is not root, or overlays are not allowed.
    """
    (files / "run.sh").write_text(script)
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
    argv = [ROOT / "scripts/overlay", files]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment, timeout=600)
    if done.returncode == _IMPOSSIBLE:
        pytest.skip(f"this machine allows no overlays: {done.stderr.strip()}")
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
