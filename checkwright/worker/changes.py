"""Watch on the files of all code that the worker uses. It has a thread of its own: a file server may be slow."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Iterable

from checkwright.core.catalog import HOME, LIBRARY
from checkwright.worker import held_code

#: Seconds between two scans.
_PAUSE = 2.0
_FRAMEWORK = os.path.join(HOME, "checkwright")
#: Folders of the master's own code. A change there, or of any module that the master has imported, needs a new master;
#: every other change needs new helpers.
_MASTERS = tuple(os.path.join(_FRAMEWORK, room) for room in ("worker", "core"))

Stamps = dict[str, tuple[int, int, int]]


def stamps(folders: Iterable[str]) -> Stamps:
    """Return all Python files below these folders, each with its time of change, size and inode."""
    found = {}
    for folder in folders:
        for path, inner, files in os.walk(folder):
            inner[:] = [name for name in inner if name[0] != "." and name != "__pycache__"]
            for name in files:
                if name.endswith(".py"):
                    file = os.path.join(path, name)
                    try:
                        seen = os.stat(file)
                    except OSError:
                        continue
                    found[file] = seen.st_mtime_ns, seen.st_size, seen.st_ino
    return found


def _imported() -> frozenset[str]:
    """Return the files of all modules that this process has imported."""
    return frozenset(file for module in list(sys.modules.values()) if (file := getattr(module, "__file__", None)))


class Changes:
    """Calls `changed(master)` in the loop when files differ and have come to rest. master: its own code is among them.

    Calls `good(folder, texts)` with the files of a project when it is first seen, and when new ones load. Where a
    change stops checks from loading, it calls `refused(folder, reasons)` instead, with a sentence for each check.

    projects: returns the folders to watch besides the library, and when each was first used, in seconds since the
    epoch. A file may have changed between the first use and the first scan.
    """

    def __init__(
        self,
        projects: Callable[[], dict[str, float]],
        changed: Callable[[bool], None],
        good: Callable[[str, dict[str, bytes]], None],
        refused: Callable[[str, dict[str, str]], None],
    ) -> None:
        self._projects = projects
        self._changed = changed
        self._good = good
        self._refused = refused
        self._failing: dict[str, frozenset[str]] = {}
        self._loop = asyncio.get_running_loop()
        self._stopped = threading.Event()
        self._known: dict[str, Stamps] = {}
        threading.Thread(target=self._watch, name="changes", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _watch(self) -> None:
        pending: dict[str, Stamps] = {}
        while not self._stopped.wait(_PAUSE if self._known else 0):
            used = {_FRAMEWORK: float("inf"), LIBRARY: float("inf"), **self._projects()}
            seen = {folder: stamps([folder]) for folder in used}
            for folder in used.keys() - self._known.keys():
                fresh = max((changed for changed, _, _ in seen[folder].values()), default=0) >= used[folder] * 1e9
                self._known[folder] = {} if fresh else seen[folder]
                if folder not in (_FRAMEWORK, LIBRARY):
                    self._loop.call_soon_threadsafe(self._good, folder, held_code.sources(folder))
                    self._failing[folder] = frozenset(held_code.failures(folder))
            different = {folder: found for folder, found in seen.items() if found != self._known[folder]}
            # Two equal scans: the writer has finished.
            if different and different == pending:
                before = self._known[_FRAMEWORK].items() ^ seen[_FRAMEWORK].items()
                own = _imported()
                master = any(file.startswith(_MASTERS) or file in own for file, _ in before)
                self._known.update(different)
                broken = [folder for folder in different if folder in self._failing and not self._accept(folder)]
                if len(broken) < len(different):
                    self._loop.call_soon_threadsafe(self._changed, master)
                different = {}
            pending = different

    def _accept(self, folder: str) -> bool:
        """Return whether the new code of a project loads as far as the old did."""
        texts, failing = held_code.sources(folder), held_code.failures(folder)
        if failing.keys() - self._failing[folder]:
            self._loop.call_soon_threadsafe(self._refused, folder, failing)
            return False
        self._failing[folder] = frozenset(failing)
        self._loop.call_soon_threadsafe(self._good, folder, texts)
        return True
