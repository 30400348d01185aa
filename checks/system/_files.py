"""Files: their names, sizes and times of change."""

import os
import time

from checkwright.core.errors import CannotTell
from checkwright.sources.run_in_child import run_in_child

#: Seconds that a file may be newer than now: file servers have their own clocks.
_CLOCKS_DIFFER = 2.0


class File:
    """One file. changed: seconds since the epoch. size: bytes. `str(file)` is its path.

    problem: why it cannot be examined, "" where it was.
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
    from glob import has_magic, iglob

    folder = os.path.dirname(pattern)
    while has_magic(folder):
        folder = os.path.dirname(folder)

    def look() -> list[tuple[str, float, int, str]]:
        if not has_magic(pattern) or os.path.lexists(pattern):
            return [_examine(pattern)]
        seen = []
        for path in iglob(pattern, recursive=True):
            try:
                if not os.path.isdir(path):
                    seen.append(_examine(path))
            except FileNotFoundError:  # gone since the pattern was matched
                continue
            except OSError as error:  # such as a link that leads to itself
                seen.append((path, 0.0, 0, error.strerror or str(error)))
        if not seen:
            os.scandir(folder).close()  # an unreadable folder looks empty to the pattern
        return sorted(seen)

    try:
        return [File(*seen) for seen in run_in_child(look, pattern)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise CannotTell(f"cannot read {pattern}: {error.strerror}") from None


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
