"""One deployment at a time: a lock file that says who holds it, and that a kill frees."""

from __future__ import annotations

import fcntl
import getpass
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE = 0.1
_MOST = 500  # bytes of the file that say who holds it


class Held(Exception):
    """Somebody else holds the lock: str() says who."""


@contextmanager
def held(path: Path, patience: float) -> Iterator[None]:
    """Hold the lock `path` for the time of a `with`. Raises Held when it is not free within `patience` seconds.

    The file stays: taking it away would let two hold it at once.
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
                raise Held(os.pread(descriptor, _MOST, 0).decode(errors="replace") or "somebody else") from None
        time.sleep(_PAUSE)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name
        return str(os.getuid())
