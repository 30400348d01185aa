"""Title of a helper process, as ps and top show it.

A helper is started as `python3 -P -c ...`, which means nothing to an administrator. The kernel shows the memory that
held the command line, so the title is written there.
"""

from __future__ import annotations

import ctypes


class ProcessTitle:
    """Place of this process's command line in memory. A forked child may use its parent's object."""

    def __init__(self) -> None:
        try:
            with open("/proc/self/stat", "rb") as file:
                fields = file.read().rpartition(b")")[2].split()
            self._start, end = int(fields[45]), int(fields[46])
        except (OSError, IndexError, ValueError):  # no /proc: there is no ps to see a title either
            self._start = end = 0
        self._size = end - self._start

    def set(self, title: str, name: str) -> None:
        """Show a title, cut to the room that there is. name: shown by top and pstree, 15 characters at most."""
        if self._size < 2:
            return
        text = title.encode("utf-8", "replace").replace(b"\0", b" ")[: self._size - 1]
        ctypes.memmove(self._start, text.ljust(self._size, b"\0"), self._size)
        try:
            with open("/proc/self/comm", "wb", buffering=0) as file:
                file.write(name.encode("ascii", "replace"))
        except OSError:
            return
