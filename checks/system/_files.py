"""Files: their names, sizes and times of change."""

import errno
import os
import stat
import time

from checkwright.core.errors import CannotTell
from checkwright.sources.run_in_child import run_in_child

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Seconds that a file may be newer than now: file servers have their own clocks.
_CLOCKS_DIFFER = 2.0
#: Time of change that stands for a folder that cannot be read.
_UNREADABLE = -1.0


class File:
    """One file. changed: seconds since the epoch. size: bytes. `str(file)` is its path.

    problem: why it cannot be examined, "" if it was.
    """

    __slots__ = ("changed", "path", "problem", "size")

    def __init__(self, path: str, changed: float, size: int = 0, problem: str = "") -> None:
        self.path = path
        self.changed = changed
        self.size = size
        self.problem = problem

    def __str__(self) -> str:
        return self.path


def find(pattern: str) -> list[File]:
    """Return the file of this name, or all files that match a shell pattern (`**` for any folders), sorted by name.

    A folder is returned only by its name. A match that cannot be examined has a `problem`. Raises CannotTell when the
    only file, or the folder, cannot be read or does not answer.
    """
    if not pattern.startswith("/"):
        raise CannotTell(f"{pattern!r} is not a full path, which begins with /")
    from glob import has_magic

    def look() -> list[tuple[str, float, int, str]]:
        if not has_magic(pattern) or os.path.lexists(pattern):
            return [_examine(pattern)]
        seen = []
        try:
            paths = sorted(set(_matches(pattern)))
        except OSError as error:
            return [(error.filename or "", _UNREADABLE, 0, error.strerror or str(error))]
        for path in paths:
            try:
                if not os.path.isdir(path):
                    seen.append(_examine(path))
            except FileNotFoundError:  # gone since the pattern was matched
                continue
            except OSError as error:  # such as a link that leads to itself
                seen.append((path, 0.0, 0, error.strerror or str(error)))
        return seen

    try:
        found = run_in_child(look, pattern)
        if found and found[0][1] == _UNREADABLE:
            folder, _, _, reason = found[0]
            raise CannotTell(f"{pattern}: cannot look into {folder}: {reason}")
        return [File(*seen) for seen in found]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise CannotTell(f"cannot read {pattern}: {error.strerror}") from None


def _matches(pattern: str) -> "Iterator[str]":
    """Yield the paths that match a shell pattern, as glob does. Raises OSError for a folder that cannot be read.

    glob passes over such a folder, and a file in it would look absent. `**` enters each folder once, so that a link to
    a folder above does not repeat its files.
    """
    yield from _below("/", [part for part in pattern.split("/") if part])


def _below(folder: str, parts: list[str]) -> "Iterator[str]":
    from fnmatch import fnmatchcase
    from glob import has_magic

    part, rest = parts[0], parts[1:]
    if part == "**":
        for inner in _folders_below(folder, set()):
            yield from _below(inner, rest or ["*"])
        return
    if not has_magic(part):
        path = os.path.join(folder, part)
        if not rest:
            if _status(path, os.lstat) is not None:
                yield path
        elif _is_folder(path):
            yield from _below(path, rest)
        return
    for name in _names(folder):
        if fnmatchcase(name, part) and (name[0] != "." or part[0] == "."):
            path = os.path.join(folder, name)
            if not rest:
                yield path
            elif _is_folder(path):
                yield from _below(path, rest)


def _folders_below(folder: str, known: set[tuple[int, int]]) -> "Iterator[str]":
    """Yield a folder and all visible ones below it, each once."""
    status = os.stat(folder)
    identity = status.st_dev, status.st_ino
    if identity in known:
        return
    known.add(identity)
    yield folder
    for name in _names(folder):
        path = os.path.join(folder, name)
        if name[0] != "." and _is_folder(path):
            yield from _folders_below(path, known)


def _is_folder(path: str) -> bool:
    """Return True for a folder. Raises OSError if the folder above does not tell."""
    found = _status(path, os.stat)
    return found is not None and stat.S_ISDIR(found.st_mode)


def _status(path: str, look: "Callable[[str], os.stat_result]") -> os.stat_result | None:
    """Return the status of a path, None if there is nothing. Raises OSError if the folder above does not tell."""
    try:
        return look(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except PermissionError as error:
        raise PermissionError(error.errno, error.strerror, os.path.dirname(path)) from None
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENAMETOOLONG):
            return None
        raise


def _names(folder: str) -> list[str]:
    """Return the sorted names in a folder; none if it is gone. Raises OSError if it cannot be read."""
    try:
        return sorted(os.listdir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []


def age(file: File) -> float:
    """Return seconds since the file was changed. Raises CannotTell for a `problem`, or a time in the future."""
    if file.problem:
        raise CannotTell(f"cannot read {file}: {file.problem}")
    seconds = time.time() - file.changed
    if seconds < -_CLOCKS_DIFFER:
        raise CannotTell(f"{file} was changed {-seconds:.0f} s from now: one of the clocks is wrong")
    return round(max(0.0, seconds), 1)


def _examine(path: str) -> tuple[str, float, int, str]:
    status = os.stat(path)
    return path, status.st_mtime, status.st_size, ""
