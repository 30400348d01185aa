"""What the worker's helper processes have in common: how they are started, and what they do first."""

from __future__ import annotations

import os
import socket
import subprocess
import sys

from checkwright.core.catalog import HOME

_PR_SET_PDEATHSIG = 1
_SIGKILL = 9
#: The library is found where this one was found, also when it is not installed. -P: the current folder is no place to
#: import from.
_START = """\
import sys
sys.path.append({!r})
from checkwright.worker.{} import main
main()
"""


def started(what: str, *words: str) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start the module `checkwright.worker.WHAT` in a fresh interpreter; returns it and our end of its socket."""
    ours, theirs = socket.socketpair()
    try:
        process = subprocess.Popen(
            [
                sys.executable,
                "-P",
                "-c",
                _START.format(HOME, what),
                str(theirs.fileno()),
                *words,
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=[theirs.fileno()],
            start_new_session=True,  # a Ctrl-C is for the master, which ends them in order
        )
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    return process, ours


def channel() -> socket.socket:
    """In a helper: the socket to the master, which none of its own children inherits."""
    found = socket.socket(fileno=int(sys.argv[1]))
    found.set_inheritable(False)
    return found


def received(channel: socket.socket) -> bytes:
    """What the master has sent; nothing when it is gone, however it went."""
    try:
        return channel.recv(262_144)
    except ConnectionResetError:
        return b""


def end_with_parent() -> None:
    """Have the kernel end this process when the one that started it is gone, however busy this one is."""
    import ctypes

    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def without_standard_files() -> None:
    """Give 0 and 1 the null device: whatever a library or a child writes to stdout goes nowhere, as in the process."""
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    if null > 2:
        os.close(null)
