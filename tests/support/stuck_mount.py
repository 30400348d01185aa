"""Run a command with a filesystem that never answers: a FUSE mount whose server reads nothing.

As a program: `python stuck_mount.py FOLDER COMMAND...`. The mount is in its own mount namespace, which ends with
the program; no other process sees it. Exit 99: this machine or user cannot mount it.
"""

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

_CANNOT = 99
_CLONE_NEWNS, _MS_REC, _MS_PRIVATE = 0x0002_0000, 0x4000, 0x4_0000


def run_with_stuck_mount(folder: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """Run `command` while nothing in `folder` answers. Skips the test where such a mount is not possible."""
    folder.mkdir()
    done = subprocess.run([sys.executable, __file__, str(folder), *command], capture_output=True, text=True, timeout=30)
    if done.returncode == _CANNOT:
        pytest.skip(f"a FUSE mount of our own needs root and /dev/fuse: {done.stderr.strip()}")
    return done


def _main() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    folder, *command = sys.argv[1:]
    try:
        server = os.open("/dev/fuse", os.O_RDWR)
    except OSError as error:
        print(error, file=sys.stderr)
        sys.exit(_CANNOT)
    options = f"fd={server},rootmode=40000,user_id=0,group_id=0"
    if (
        libc.unshare(_CLONE_NEWNS)
        or libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)
        or libc.mount(b"stuck", os.fsencode(folder), b"fuse", 0, options.encode())
    ):
        print(os.strerror(ctypes.get_errno()), file=sys.stderr)
        sys.exit(_CANNOT)
    sys.exit(subprocess.run(command).returncode)


if __name__ == "__main__":
    _main()
