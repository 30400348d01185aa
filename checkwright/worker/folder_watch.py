"""Watch on a folder by inotify: the kernel wakes this process when an entry comes or goes."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress

_IN_MOVED_TO, _IN_CREATE, _IN_DELETE, _IN_MOVE_SELF, _IN_IGNORED = 0x80, 0x100, 0x200, 0x800, 0x8000
_WANTED = _IN_MOVED_TO | _IN_CREATE | _IN_DELETE | _IN_MOVE_SELF


class FolderWatch:
    """Calls `changed` in the loop after each change in a folder, and for the folder's own end."""

    def __init__(self, folder: str, changed: Callable[[], None]) -> None:
        self._folder = folder
        self._changed = changed
        self._file = -1

    @property
    def works(self) -> bool:
        """Return whether changes are reported: the folder exists, and the kernel has a watch left for this user."""
        return self._file >= 0

    def open(self) -> None:
        """Begin to watch, unless that works already. Does nothing where it is impossible."""
        if self.works:
            return
        import ctypes

        libc = ctypes.CDLL(None)
        file = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if file < 0:
            return
        if libc.inotify_add_watch(file, os.fsencode(self._folder), _WANTED) < 0:
            os.close(file)
            return
        self._file = file
        asyncio.get_running_loop().add_reader(file, self._read)

    def close(self) -> None:
        """End the watch."""
        if self.works:
            asyncio.get_running_loop().remove_reader(self._file)
            os.close(self._file)
            self._file = -1

    def _read(self) -> None:
        data = b""
        with suppress(BlockingIOError):
            data = os.read(self._file, 65_536)
        while len(data) >= 16:
            mask, length = int.from_bytes(data[4:8], sys.byteorder), int.from_bytes(data[12:16], sys.byteorder)
            data = data[16 + length :]
            if mask & (_IN_IGNORED | _IN_MOVE_SELF):  # the folder is gone: look for a new one
                self.close()
                break
        self._changed()
