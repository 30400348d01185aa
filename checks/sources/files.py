"""Files: what is there, and when it was last changed."""

import os
import time

from checks.core.errors import CannotTell
from checks.sources.stuck import outside

#: Seconds that a file may be newer than now: file servers have clocks of their own.
_CLOCKS_DIFFER = 2.0


class File:
    """A file as it was seen. changed: seconds since the epoch. size: bytes. Its text is its path."""

    __slots__ = ("changed", "path", "size")

    def __init__(self, path: str, changed: float, size: int = 0) -> None:
        self.path = path
        self.changed = changed
        self.size = size

    def __str__(self) -> str:
        return self.path


def found(pattern: str) -> list[File]:
    """The file of this name, or all that a shell pattern matches (`**` for any folders), by name; folders only by name.

    Empty when there is none. Raises CannotTell when it cannot be seen or does not answer.
    """
    if not pattern.startswith("/"):
        raise CannotTell(f"{pattern!r} is not a full path: write one that begins with /")
    from glob import has_magic, iglob

    folder = os.path.dirname(pattern)
    while has_magic(folder):
        folder = os.path.dirname(folder)

    def look() -> list[tuple[str, float, int]]:
        if not has_magic(pattern) or os.path.lexists(pattern):
            return [_seen(pattern)]
        seen = []
        for path in iglob(pattern, recursive=True):
            try:
                if not os.path.isdir(path):
                    seen.append(_seen(path))
            except FileNotFoundError:  # gone since the pattern was matched
                continue
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
    """Seconds since the file was changed. Raises CannotTell for a time that is still to come."""
    seconds = time.time() - file.changed
    if seconds < -_CLOCKS_DIFFER:
        raise CannotTell(f"{file} was changed {-seconds:.0f} s from now: one of the clocks is wrong")
    return round(max(0.0, seconds), 1)


def _seen(path: str) -> tuple[str, float, int]:
    status = os.stat(path)
    return path, status.st_mtime, status.st_size
