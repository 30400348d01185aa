"""Lock of a store, for one batch at a time. A kill frees it, and it names its holder."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from checkwright.core.errors import BadUsage

FILE = "lock"
_MOST = 200


@contextmanager
def hold(folder: Path) -> Iterator[None]:
    """Make the private folder and hold its lock during a `with` block. Raises BadUsage."""
    descriptor = _open(folder)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, _MOST, 0).decode(errors="replace") or "another process"
            raise BadUsage(
                f"another batch uses the store {folder}: {holder}; wait for it, or name another with --store"
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()}, since {time.strftime('%Y-%m-%d %H:%M:%S %z')}".encode(), 0)
        yield
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def holder(folder: Path) -> str:
    """Return the holder of the lock, "" if it is free."""
    try:
        descriptor = os.open(folder / FILE, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return ""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return ""
    except BlockingIOError:
        return os.pread(descriptor, _MOST, 0).decode(errors="replace") or "another process"
    finally:
        os.close(descriptor)


def _open(folder: Path) -> int:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
        if found.st_uid != os.geteuid():
            raise BadUsage(
                f"the store {folder} belongs to another user (uid {found.st_uid}): name another with --store"
            )
        return os.open(folder / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise BadUsage(
            f"cannot keep results in {folder}: {error.strerror}; name a folder of your own with --store"
        ) from None
