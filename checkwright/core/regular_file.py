"""Reading of files of a project: never a pipe, socket or device, which may never end, and never more than a limit."""

import os
import stat

#: Most bytes of one source file or inventory.
LARGEST = 10_000_000
#: Number of the error for opening a socket.
_NO_DEVICE = 6


def read_regular(path: "str | os.PathLike[str]", limit: int = LARGEST) -> bytes:
    """Return the content of a regular file. Raises OSError for any other, and for one larger than `limit` bytes.

    Opening does not wait either: the other end of a pipe may never come.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    except OSError as error:
        if error.errno != _NO_DEVICE:
            raise
        raise OSError(22, "it is not a regular file", os.fspath(path)) from None
    with open(descriptor, "rb") as file:
        if reason := _objection(os.fstat(descriptor), limit):
            raise OSError(22, reason, os.fspath(path))
        return file.read(limit)


def odd_files(folder: str, endings: tuple[str, ...]) -> "list[tuple[str, str]]":
    """Return path and reason for each file below `folder` with such a name that `read_regular` would refuse.

    Hidden folders and files are left out: those of editors, virtual environments and of git.
    """
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name[0] != "."]
        for name in files:
            if name.endswith(endings) and name[0] != ".":
                path = os.path.join(parent, name)
                try:
                    reason = _objection(os.stat(path), LARGEST)
                except FileNotFoundError:
                    continue  # a link to nowhere, or a file that was just removed
                except OSError as error:
                    reason = error.strerror or ""
                if reason:
                    found.append((path, reason))
    return sorted(found)


def _objection(found: os.stat_result, limit: int) -> str:
    if not stat.S_ISREG(found.st_mode):
        return "it is not a regular file"
    return f"it is larger than {limit // 1_000_000} MB" if found.st_size > limit else ""
