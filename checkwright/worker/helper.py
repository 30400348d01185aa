"""Start of the worker's helper processes, and the steps that all of them take first."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

from checkwright.core.catalog import HOME

_PR_SET_PDEATHSIG = 1
_SIGKILL = 9
#: A helper finds the library where this process found it, installed or not.
_START = """\
import sys
sys.path.append({!r})
from checkwright.worker.{} import main
main()
"""
#: E: variables named PYTHON... are ignored. P: nothing is imported from the current folder. s: as this process runs.
_FLAGS = "-EPs" if sys.flags.no_user_site else "-EP"


def start(module: str, *words: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start `checkwright.worker.MODULE` in a fresh interpreter. Returns the process and our end of its socket."""
    own_end, helper_end = socket.socketpair()
    try:
        process = subprocess.Popen(
            [sys.executable, _FLAGS, "-c", _START.format(HOME, module), str(helper_end.fileno()), *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[helper_end.fileno()],
            start_new_session=True,  # a Ctrl-C is for the master, which ends its helpers in order
        )
    except BaseException:
        own_end.close()
        raise
    finally:
        helper_end.close()
    return process, own_end


def master_socket() -> socket.socket:
    """Return a helper's socket to the master. Children of the helper do not inherit it."""
    found = socket.socket(fileno=int(sys.argv[1]))
    found.set_inheritable(False)
    return found


def receive(master: socket.socket) -> bytes:
    """Return the next bytes of the master; none when it has ended, however it ended."""
    try:
        return master.recv(262_144)
    except ConnectionResetError:
        return b""


def end_with_parent() -> None:
    """Have the kernel end this process when its parent ends, however busy this process is."""
    import ctypes

    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def close_standard_files() -> None:
    """Point 0 and 1 at the null device, so that no library or child writes to a real stdout."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    if null > 2:
        os.close(null)
