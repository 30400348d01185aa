"""Files: what is there, and when it was last changed."""

import os
import time

from checkwright.core.errors import CannotTell
from checkwright.sources.run_in_child import outside

#: Seconds that a file may be newer than now: file servers have clocks of their own.
_CLOCKS_DIFFER = 2.0


class File:
    """A file as it was seen. changed: seconds since the epoch. size: bytes. Its text is its path.

    problem: why it could not be seen, "" for one that was.
    """

    __slots__ = ("changed", "path", "problem", "size")

    def __init__(self, path: str, changed: float, size: int = 0, problem: str = "") -> None:
        self.path = path
        self.changed = changed
        self.size = size
        self.problem = problem

    def __str__(self) -> str:
        return self.path


def found(pattern: str) -> list[File]:
    """The file of this name, or all that a shell pattern matches (`**` for any folders), by name; folders only by name.

    Empty when there is none. One of a pattern's that cannot be seen has a `problem`. Raises CannotTell when the only
    one, or the folder, cannot be seen or does not answer.
    """
    if not pattern.startswith("/"):
        raise CannotTell(f"{pattern!r} is not a full path: write one that begins with /")
    from glob import has_magic, iglob

    folder = os.path.dirname(pattern)
    while has_magic(folder):
        folder = os.path.dirname(folder)

    def look() -> list[tuple[str, float, int, str]]:
        if not has_magic(pattern) or os.path.lexists(pattern):
            return [_seen(pattern)]
        seen = []
        for path in iglob(pattern, recursive=True):
            try:
                if not os.path.isdir(path):
                    seen.append(_seen(path))
            except FileNotFoundError:  # gone since the pattern was matched
                continue
            except OSError as error:  # such as a link that leads to itself
                seen.append((path, 0.0, 0, error.strerror or str(error)))
        if not seen:
            os.scandir(folder).close()  # a folder that we may not read looks empty to the pattern
        return sorted(seen)

    try:
        return [File(*seen) for seen in outside(look, pattern)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise CannotTell(f"cannot look at {pattern}: {error.strerror}") from None


def age(file: File) -> float:
    """Seconds since the file was changed. Raises CannotTell for one not seen, or a time that is still to come."""
    if file.problem:
        raise CannotTell(f"cannot look at {file}: {file.problem}")
    seconds = time.time() - file.changed
    if seconds < -_CLOCKS_DIFFER:
        raise CannotTell(f"{file} was changed {-seconds:.0f} s from now: one of the clocks is wrong")
    return round(max(0.0, seconds), 1)


def _seen(path: str) -> tuple[str, float, int, str]:
    status = os.stat(path)
    return path, status.st_mtime, status.st_size, ""
