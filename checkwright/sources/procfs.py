"""Reading the kernel's small text files below /proc and /sys."""

import os

from checkwright.core.errors import CannotTell


def text(path: str) -> str:
    """The whole file. Raises CannotTell."""
    try:
        return _read(path)
    except OSError as error:
        raise CannotTell(f"cannot read {path}: {error.strerror}") from None


def optional_text(path: str) -> str | None:
    """The whole file without blanks around it, None where the kernel or the container does not have it."""
    try:
        return _read(path).strip()
    except OSError:
        return None


def _read(path: str) -> str:
    # Not open(): for files of a few bytes it takes three times as long as reading them.
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        data = part = os.read(file, 65_536)
        while part:  # such a file may be given out in parts
            part = os.read(file, 65_536)
            data += part
    finally:
        os.close(file)
    return data.decode("utf-8", "surrogateescape")


def table(path: str) -> dict[str, int]:
    """Lines of `name number`, as /proc/meminfo, /proc/vmstat and memory.stat have them; units are dropped.

    Raises CannotTell.
    """
    found = {}
    for line in text(path).splitlines():
        words = line.split()
        if len(words) >= 2 and words[1].isdigit():
            found[words[0].rstrip(":")] = int(words[1])
    return found
