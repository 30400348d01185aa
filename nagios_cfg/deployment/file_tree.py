"""Files below a folder, read through descriptors, so that nobody can swap a folder or file for a link meanwhile.

Each step is opened in the folder before it, and judged when it is open: what was looked at is what is read.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from checkwright.core.trusted_path import Untrusted, resolve_trusted

#: Largest file and largest sum of files, in bytes. A built file of 10,000 services has about 5 MB.
MAX_FILE = 64_000_000
MAX_ALL = 256_000_000
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
#: O_NONBLOCK: the other end of a pipe may never come.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_MAX_DEPTH = 40


def read_file(folder: Path, name: str) -> str:
    """Return the text of a file in a folder, which is not a link. Raises OSError."""
    descriptor = os.open(folder, _FOLDER)
    try:
        return _text(descriptor, name, folder / name, MAX_FILE)
    finally:
        os.close(descriptor)


def read_tree(folder: Path, part: str = "", *, follow: bool = False) -> dict[str, str]:
    """Return all files below `folder`/`part` as {path: text}, sorted by path. Raises OSError for what cannot be read.

    Bytes that are not UTF-8 become surrogates. follow: read through links too; root then only through those that
    nobody else can change. `folder` itself may be a link.
    """
    reader = _Reader(follow=follow)
    descriptor = os.open(folder, _FOLDER)
    try:
        for name in filter(None, part.split("/")):
            below = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        reader.read(descriptor, folder / part, "", 0)
    except OSError as error:
        raise OSError(error.errno, error.strerror, error.filename or str(folder / part)) from None
    finally:
        os.close(descriptor)
    return dict(sorted(reader.files.items()))


class _Reader:
    def __init__(self, *, follow: bool) -> None:
        self.files: dict[str, str] = {}
        self._follow = follow
        self._left = MAX_ALL

    def read(self, folder: int, where: Path, below: str, depth: int) -> None:
        """Read a folder that is open. `where` is its path for errors, `below` the prefix of its files."""
        if depth > _MAX_DEPTH:
            raise OSError(errno.ELOOP, "folders are nested too deeply", str(where))
        for name in sorted(os.listdir(folder)):
            path = where / name
            mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
            if stat.S_ISLNK(mode):
                self._read_link(folder, name, path, below + name, depth)
            elif stat.S_ISDIR(mode):
                self._read_folder(folder, name, path, f"{below}{name}/", depth)
            else:
                self._keep(below + name, _text(folder, name, path, min(MAX_FILE, self._left)))

    def _read_link(self, folder: int, name: str, path: Path, key: str, depth: int) -> None:
        if not self._follow:
            raise OSError(errno.ELOOP, "it is a symbolic link", str(path))
        if os.geteuid() == 0:
            try:
                real = Path(resolve_trusted(str(path)))
            except Untrusted as error:
                why = f"it is a symbolic link, and {error.place} is writable for others than root"
                raise OSError(errno.ELOOP, why, str(path)) from None
        else:
            real = Path(os.path.realpath(path))
        if real.is_dir():
            descriptor = os.open(real, _FOLDER | os.O_NOFOLLOW)
            try:
                self.read(descriptor, path, f"{key}/", depth + 1)
            finally:
                os.close(descriptor)
        else:
            above = os.open(real.parent, _FOLDER)
            try:
                self._keep(key, _text(above, real.name, path, min(MAX_FILE, self._left)))
            finally:
                os.close(above)

    def _read_folder(self, folder: int, name: str, path: Path, below: str, depth: int) -> None:
        try:
            descriptor = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=folder)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from None
        try:
            self.read(descriptor, path, below, depth + 1)
        finally:
            os.close(descriptor)

    def _keep(self, path: str, text: str) -> None:
        self.files[path] = text
        self._left -= len(text)


def _text(folder: int, name: str, path: Path, limit: int) -> str:
    """Return the text of a file in a folder that is open. Reads no more than `limit` bytes. Raises OSError."""
    try:
        descriptor = os.open(name, _FILE, dir_fd=folder)
    except OSError as error:
        why = "it is a symbolic link" if error.errno == errno.ELOOP else error.strerror
        raise OSError(error.errno, why, str(path)) from None
    with open(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(0, "it is not a file", str(path))
        data = file.read(limit + 1) if found.st_size <= limit else b""
    if max(found.st_size, len(data)) > limit:
        raise OSError(errno.EFBIG, f"it has more than {limit:,} bytes, and files of Nagios are smaller", str(path))
    return data.decode("utf-8", "surrogateescape")
