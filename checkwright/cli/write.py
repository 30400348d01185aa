"""Write a set of files whole or not at all.

Everything is written beside the target first and then takes its place by a
rename. A folder that checkctl made holds the file `.checkwright`, which lists
what was written; a folder without it, or with files of others, is left alone.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

MARKER = ".checkwright"
#: From so many files on, all that waits for the disk is sent there first.
_MANY = 64
_HEADING = "Written by checkctl, which replaces this folder as a whole. Files:\n"


class CannotWrite(Exception):
    """One sentence: what could not be written, and why. Nothing has been."""


@dataclass(frozen=True, slots=True)
class Written:
    """What writing changed, as paths relative to the target."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0

    @property
    def any(self) -> bool:
        return bool(self.new or self.changed or self.removed)

    def __str__(self) -> str:
        counts = ((len(self.new), "new"), (len(self.changed), "changed"), (len(self.removed), "removed"))
        said = [f"{number} {what}" for number, what in (*counts, (self.unchanged, "unchanged")) if number]
        return ", ".join(said) or "nothing to write"


def write_folder(folder: Path, files: Mapping[str, str]) -> Written:
    """Make `folder` hold exactly `files` (relative path: text).

    Raises CannotWrite for a folder that is not ours or a place that cannot be written; nothing is changed then.
    """
    target = Path(os.path.realpath(folder))
    written = changes(folder, files)
    if target.is_dir() and not written.any:
        return written
    staged: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        _fill(staged, {**files, MARKER: _HEADING + "".join(f"{path}\n" for path in sorted(files))})
        staged.chmod(target.stat().st_mode & 0o7777 if target.is_dir() else 0o777 & ~_umask())
        _take_place(staged, target)
    except OSError as error:
        raise CannotWrite(f"cannot write {folder}: {_why(error)}; nothing was changed") from None
    finally:
        if staged is not None:
            shutil.rmtree(staged, ignore_errors=True)
    return written


def changes(folder: Path, files: Mapping[str, str]) -> Written:
    """What `write_folder` would change. Raises CannotWrite as it would."""
    target = Path(os.path.realpath(folder))
    return _compared(target, _own_files(target, folder), files)


def refuse_unwritable(folder: Path, files: Mapping[str, str]) -> None:
    """Raise CannotWrite where `write_folder` would, as far as can be seen without writing.

    For who writes more than one thing, before the first.
    """
    changes(folder, files)
    place = Path(os.path.realpath(folder)).parent
    while not place.exists():
        place = place.parent
    if not place.is_dir():
        raise CannotWrite(f"cannot write {folder}: {place} is no folder; nothing was changed")
    if not os.access(place, os.W_OK | os.X_OK):
        raise CannotWrite(f"cannot write {folder}: no permission to write into {place}; nothing was changed")


def write_file(path: Path, content: str | bytes) -> bool:
    """Make `path` hold `content`, text as UTF-8; False when it did. Raises CannotWrite; the old file is whole then."""
    target = Path(os.path.realpath(path))
    data = content if isinstance(content, bytes) else content.encode()
    staged: Path | None = None
    try:
        if target.is_file() and target.read_bytes() == data:
            return False
        if path.exists() and not target.is_file():  # asked of the path: what /dev/stdout leads to need not be one
            raise CannotWrite(f"cannot write {path}: it is there and is no file")
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        os.close(descriptor)
        staged = Path(name)
        _put(staged, data)
        staged.chmod(target.stat().st_mode & 0o7777 if target.exists() else 0o666 & ~_umask())
        staged.replace(target)
    except OSError as error:
        raise CannotWrite(f"cannot write {path}: {_why(error)}; nothing was changed") from None
    finally:
        if staged is not None:
            staged.unlink(missing_ok=True)
    return True


def add_files(folder: Path, files: Mapping[str, str]) -> None:
    """Put new files into a folder that may hold others. Raises CannotWrite when one is there; none is added then."""
    for name in files:
        if (folder / name).exists():
            raise CannotWrite(f"{folder / name} is there already; nothing was changed")
    made: list[Path] = []
    try:
        for name, text in files.items():
            write_file(folder / name, text)
            made.append(folder / name)
    except CannotWrite:
        for path in made:
            path.unlink(missing_ok=True)
        raise


def _own_files(target: Path, shown: Path) -> frozenset[str]:
    """What checkctl wrote there before. Raises CannotWrite when anything else is there."""
    if not target.exists():
        return frozenset()
    if not target.is_dir():
        raise CannotWrite(f"cannot write {shown}: it is there and is no folder")
    try:
        found = _files_below(target)
        marker = target / MARKER
        if not marker.is_file() and next(found, None):  # the first will do: this may be the whole machine
            raise CannotWrite(f"{shown} was not made by checkctl and is not empty: name another folder, or empty it")
        present = set(found)
        listed = marker.read_text(encoding="utf-8").splitlines()[1:] if marker.is_file() else []
    except OSError as error:
        raise CannotWrite(f"cannot read {shown}: {_why(error)}") from None
    except UnicodeDecodeError:
        raise CannotWrite(f"cannot read {shown}: its {MARKER} is not text in UTF-8") from None
    foreign = sorted(present - set(listed) - {MARKER})
    if foreign:
        raise CannotWrite(
            f"{shown} holds {foreign[0]}, which checkctl did not write and would remove: move it elsewhere"
        )
    return frozenset(present - {MARKER})


def _files_below(folder: Path) -> Iterator[str]:
    """All that is no folder, relative to `folder`. Raises OSError for a folder that cannot be read."""

    def refuse(error: OSError) -> NoReturn:
        raise error

    for where, folders, names in os.walk(folder, onerror=refuse):
        below = os.path.relpath(where, folder)
        links = (name for name in folders if os.path.islink(os.path.join(where, name)))
        for name in (*names, *links):
            yield name if below == os.curdir else os.path.join(below, name)


def _compared(target: Path, present: frozenset[str], files: Mapping[str, str]) -> Written:
    kept = present & files.keys()
    changed = tuple(sorted(path for path in kept if _bytes_of(os.path.join(target, path)) != files[path].encode()))
    return Written(
        new=tuple(sorted(files.keys() - present)),
        changed=changed,
        removed=tuple(sorted(present - files.keys())),
        unchanged=len(kept) - len(changed),
    )


def _bytes_of(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _fill(folder: Path, files: Mapping[str, str]) -> None:
    """Write all files of a new folder. A full disk speaks up here, not after the rename."""
    root = os.path.realpath(folder)
    made: set[str] = set()
    paths = []
    for name, text in files.items():
        path = os.path.normpath(os.path.join(root, name))
        if not path.startswith(root + os.sep):
            raise ValueError(f"{name} leads out of the folder that is written")
        parent = os.path.dirname(path)
        if parent not in made:
            os.makedirs(parent, exist_ok=True)
            made.add(parent)
        with open(path, "wb") as file:
            file.write(text.encode())
        paths.append(path)
    if len(paths) >= _MANY:
        _send_to_disk(root)
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _send_to_disk(folder: str) -> None:
    """Let the file system write all at once, so that no fsync has to wait: one by one, thousands take minutes.

    It promises nothing, since Linux before 5.8 tells no fault here: fsync does.
    """
    from ctypes import CDLL

    library = CDLL(None)
    if hasattr(library, "syncfs"):  # elsewhere than on Linux it takes longer
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            library.syncfs(descriptor)
        finally:
            os.close(descriptor)


def _put(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _take_place(staged: Path, target: Path) -> None:
    """Put the staged folder in the place of the old one, which comes back when that fails."""
    if not target.exists():
        staged.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}.old.", dir=target.parent))
    target.rename(old)
    try:
        staged.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _why(error: OSError) -> str:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return f"{error.filename} is no folder"
    return error.strerror or str(error)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
