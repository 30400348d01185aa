"""Watch on the files of all code that the worker uses. It has a thread of its own: a file server may be slow."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import time
from collections.abc import Callable

from checkwright.core.catalog import HOME, LIBRARY
from checkwright.worker import held_code

#: Seconds between two scans.
_PAUSE = 4.0
#: A folder whose entries changed less than these seconds ago is read again: its next change may have the same time.
_FRESH = 10.0
#: Scans until all folders are read again, for file systems that do not keep the time of a folder.
_WHOLE = 30
_FRAMEWORK = os.path.join(HOME, "checkwright")
#: Folders of the master's own code. A change there, or of any module that the master has imported, needs a new master;
#: every other change needs new helpers.
_MASTERS = tuple(os.path.join(_FRAMEWORK, room) for room in ("worker", "core"))

Stamps = dict[str, tuple[int, int, int]]


class Tree:
    """Python files below a folder. Of a folder whose entries have not changed, a scan reads the files' stamps alone."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        #: Folders, each with its own stamp, its folders and its Python files.
        self._listed: dict[str, tuple[tuple[int, int, int], list[str], list[str]]] = {}
        self._scans = 0

    def stamps(self) -> Stamps:
        """Return all files, each with its time of change, size and inode."""
        self._scans += 1
        if self._scans % _WHOLE == 0:
            self._listed.clear()
        found: Stamps = {}
        listed: dict[str, tuple[tuple[int, int, int], list[str], list[str]]] = {}
        fresh = (time.time() - _FRESH) * 1e9
        todo = [self._folder]
        while todo:
            folder = todo.pop()
            stamp = _stamp(folder)
            if stamp is None:
                continue
            known = self._listed.get(folder)
            if known is None or known[0] != stamp or stamp[0] > fresh:
                known = (stamp, *_entries(folder))
            listed[folder] = known
            todo += known[1]
            for file in known[2]:
                if (stamp := _stamp(file)) is not None:
                    found[file] = stamp
        self._listed = listed
        return found


def _stamp(path: str) -> tuple[int, int, int] | None:
    try:
        seen = os.stat(path)
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_size, seen.st_ino


def _entries(folder: str) -> tuple[list[str], list[str]]:
    """Return the folders and the Python files in a folder, without hidden ones and without links to folders."""
    folders, files = [], []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name[0] != "." and entry.name != "__pycache__" and entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.name.endswith(".py"):
                    files.append(entry.path)
    except OSError:
        return [], []
    return folders, files


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
        self._trees: dict[str, Tree] = {}
        threading.Thread(target=self._watch, name="changes", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def _watch(self) -> None:
        pending: dict[str, Stamps] = {}
        while not self._stopped.wait(_PAUSE if self._known else 0):
            used = {_FRAMEWORK: float("inf"), LIBRARY: float("inf"), **self._projects()}
            seen = {folder: self._trees.setdefault(folder, Tree(folder)).stamps() for folder in used}
            for folder in used.keys() - self._known.keys():
                fresh = max((changed for changed, _, _ in seen[folder].values()), default=0) >= used[folder] * 1e9
                self._known[folder] = {} if fresh else seen[folder]
                if folder not in (_FRAMEWORK, LIBRARY):
                    texts = held_code.sources(folder)
                    # First, since an edit that breaks the code may come as soon as the copy is there.
                    self._failing[folder] = frozenset(held_code.failures(folder))
                    self._loop.call_soon_threadsafe(self._good, folder, texts)
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
