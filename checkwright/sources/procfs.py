"""Small text files of the kernel below /proc and /sys."""

import os

from checkwright.core.errors import CannotTell
from checkwright.sources.numbers import natural


def text(path: str) -> str:
    """Return the whole file. Raises CannotTell."""
    try:
        return _read(path)
    except OSError as error:
        raise CannotTell(f"cannot read {path}: {error.strerror}") from None


def optional_text(path: str) -> str | None:
    """Return the stripped content, None if the kernel or the container has no such file."""
    try:
        return _read(path).strip()
    except (OSError, ValueError):  # a ValueError for a NUL in the path, whose parts the kernel's files name
        return None


def _read(path: str) -> str:
    # os.open, because open() takes three times as long for files of a few bytes.
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = part = os.read(file, 65_536)
        while part:  # the kernel may return such a file in parts
            part = os.read(file, 65_536)
            data += part
    finally:
        os.close(file)
    return data.decode("utf-8", "surrogateescape")


def table(path: str) -> dict[str, int]:
    """Parse lines of `name number`, as in /proc/meminfo, /proc/vmstat and memory.stat. Units are dropped.

    Raises CannotTell.
    """
    found = {}
    for line in text(path).splitlines():
        words = line.split()
        if len(words) >= 2 and (number := natural(words[1])) is not None:
            found[words[0].rstrip(":")] = number
    return found
