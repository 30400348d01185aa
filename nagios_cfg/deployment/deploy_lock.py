"""Lock file that allows one deployment at a time, names its owner, and is free again after a kill."""

from __future__ import annotations

import fcntl
import getpass
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE = 0.1
_MAX_OWNER = 500  # bytes


class LockHeld(Exception):
    """Error of a lock that another process holds. str() names its owner."""


@contextmanager
def hold_lock(path: Path, patience: float) -> Iterator[None]:
    """Hold the lock `path` during a `with` block. Raises LockHeld if it is not free within `patience` seconds.

    The file stays: if it were removed, two processes could hold the lock at once.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    try:
        _take(descriptor, patience)
        os.ftruncate(descriptor, 0)
        started = time.strftime("%Y-%m-%d %H:%M:%S %z")
        os.pwrite(descriptor, f"process {os.getpid()} of {_user()}, since {started}".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, patience: float) -> None:
    end = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= end:
                owner = os.pread(descriptor, _MAX_OWNER, 0).decode(errors="replace")
                raise LockHeld(owner or "another process") from None
        time.sleep(_PAUSE)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        return str(os.getuid())
