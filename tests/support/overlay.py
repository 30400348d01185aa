"""Copy of this machine's files that a test may change: an overlay in a mount namespace of its own, for root alone."""

import os
import subprocess
from pathlib import Path

import pytest

#: Runs "$@" in a copy of /. What it changes lies in memory and ends with it.
_SCRIPT = """
set -e
scratch=$1
shift
mount -t tmpfs -o mode=755 tmpfs "$scratch"
mkdir "$scratch/changed" "$scratch/work" "$scratch/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$scratch/changed,workdir=$scratch/work" "$scratch/root"
ip link set lo up
mount -t proc proc "$scratch/root/proc"
mount --rbind /dev "$scratch/root/dev"
mount --bind "$1" "$scratch/root/mnt"
exec chroot "$scratch/root" /bin/sh -eu /mnt/run.sh
"""


def run_in_overlay(scratch: Path, files: Path, script: str) -> str:
    """Run a script of sh in a copy of this machine's files and return its output; `files` is there as /mnt.

    Processes that it leaves behind end with it. It has a network of its own, with the loopback device alone.

    Skips the test where this is not root, or overlays are not allowed.
    """
    if os.geteuid() != 0:
        pytest.skip("only root can make an overlay of this machine's files")
    scratch.mkdir()
    (files / "run.sh").write_text(script)
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8"}
    argv = [
        "unshare",
        "--mount",
        "--pid",
        "--net",
        "--fork",
        "--kill-child",
        "sh",
        "-c",
        _SCRIPT,
        "overlay",
        str(scratch),
        str(files),
    ]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment, timeout=600)
    if done.returncode == 32 and "mount:" in done.stderr:
        pytest.skip(f"this machine allows no overlays: {done.stderr.strip()}")
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout
