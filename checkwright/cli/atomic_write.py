"""Atomic writes of files and folders: everything is written, or nothing changes.

New content goes to a temporary place in the same parent folder and takes its place with a rename. A folder that
checkctl wrote contains the file `.checkwright` with a list of its files. A folder without that file, or with further
files, is refused.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

MARKER = ".checkwright"
#: Number of files from which one sync of the whole file system comes before the syncs of single files.
_MANY = 64
_HEADING = "Written by checkctl, which replaces this folder as a whole. Files:\n"


class WriteError(Exception):
    """A write that failed and changed nothing. The message is one sentence that names the path."""


@dataclass(frozen=True, slots=True)
class FolderChanges:
    """Changes of a folder, as paths relative to it."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0

    @property
    def any(self) -> bool:
        return bool(self.new or self.changed or self.removed)

    def __str__(self) -> str:
        counts = ((len(self.new), "new"), (len(self.changed), "changed"), (len(self.removed), "removed"))
        parts = [f"{number} {word}" for number, word in (*counts, (self.unchanged, "unchanged")) if number]
        return ", ".join(parts) or "nothing to write"


def write_folder(folder: Path, files: Mapping[str, str]) -> FolderChanges:
    """Make `folder` contain exactly `files`, given as {relative path: text}, and return the changes.

    Raises WriteError for a folder with other files, and for one that cannot be written.
    """
    changes = compare_folder(folder, files)
    target = Path(os.path.realpath(folder))
    if target.is_dir() and not changes.any:
        return changes
    staged: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        staged = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        _fill(staged, {**files, MARKER: _HEADING + "".join(f"{path}\n" for path in sorted(files))})
        staged.chmod(target.stat().st_mode & 0o7777 if target.is_dir() else 0o777 & ~_umask())
        _replace_folder(target, staged)
    except OSError as error:
        raise WriteError(f"cannot write {folder}: {_reason(error)}; nothing was changed") from None
    finally:
        if staged is not None:
            shutil.rmtree(staged, ignore_errors=True)
    return changes


def compare_folder(folder: Path, files: Mapping[str, str]) -> FolderChanges:
    """Return the changes that `write_folder` would make. Raises WriteError as it does."""
    _require_own_place(folder)
    target = Path(os.path.realpath(folder))
    return _compare(target, _own_files(target, folder), files)


def require_writable(folder: Path, files: Mapping[str, str]) -> None:
    """Raise WriteError if `write_folder` would fail, as far as that is visible without a write.

    Call it before the first of several writes.
    """
    compare_folder(folder, files)
    parent = Path(os.path.realpath(folder)).parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise WriteError(f"cannot write {folder}: {parent} is not a folder; nothing was changed")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise WriteError(f"cannot write {folder}: no permission to write into {parent}; nothing was changed")


def write_file(path: Path, content: str | bytes) -> bool:
    """Make `path` contain `content`, text as UTF-8. Return False if it did already.

    Raises WriteError; an existing file is then unchanged.
    """
    return write_files({path: content})


def write_files(files: Mapping[Path, str | bytes]) -> bool:
    """Make each path contain its content, text as UTF-8. Return False if all did already.

    Everything is on the disk before the first file is replaced. Raises WriteError; all files are then unchanged.
    """
    staged: list[_StagedFile] = []
    replaced: list[_StagedFile] = []
    try:
        for path, content in files.items():
            with _as_write_error(path):
                data = content if isinstance(content, bytes) else content.encode()
                if file := _staged(path, data, keep=len(files) > 1):
                    staged.append(file)
        for file in staged:
            with _as_write_error(file.path):
                file.fresh.replace(file.target)
                replaced.append(file)
    except WriteError:
        for file in replaced:
            file.restore()
        raise
    finally:
        for file in staged:
            file.remove()
    return bool(staged)


class _StagedFile:
    """New content next to its target, and with `keep` a copy of the old file, in case that another file fails."""

    def __init__(self, path: Path, target: Path) -> None:
        self.path = path
        self.target = target
        self.fresh = self._free_name()
        self._old: Path | None = None

    def fill(self, data: bytes, *, keep: bool) -> None:
        _write_synced(self.fresh, data)
        exists = self.target.exists()
        self.fresh.chmod(self.target.stat().st_mode & 0o7777 if exists else 0o666 & ~_umask())
        if exists and keep:
            self._old = self._free_name()
            shutil.copy2(self.target, self._old)

    def restore(self) -> None:
        if self._old is not None:
            self._old.replace(self.target)
        else:
            self.target.unlink(missing_ok=True)

    def remove(self) -> None:
        self.fresh.unlink(missing_ok=True)
        if self._old is not None:
            self._old.unlink(missing_ok=True)

    def _free_name(self) -> Path:
        descriptor, name = tempfile.mkstemp(prefix=f".{self.target.name}.", dir=self.target.parent)
        os.close(descriptor)
        return Path(name)


def _staged(path: Path, data: bytes, *, keep: bool) -> _StagedFile | None:
    """Return the staged content of a file, None if it has that content. Raises OSError and WriteError."""
    _require_own_place(path)
    target = Path(os.path.realpath(path))
    if target.is_file() and target.read_bytes() == data:
        return None
    if path.exists() and not target.is_file():  # path, because the target of /dev/stdout need not exist
        raise WriteError(f"cannot write {path}: it exists and is not a file")
    target.parent.mkdir(parents=True, exist_ok=True)
    file = _StagedFile(path, target)
    try:
        file.fill(data, keep=keep)
    except BaseException:
        file.remove()
        raise
    return file


@contextmanager
def _as_write_error(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WriteError(f"cannot write {path}: {_reason(error)}; nothing was changed") from None


def add_files(folder: Path, files: Mapping[str, str]) -> None:
    """Add new files to a folder that may contain others. Raises WriteError if one exists; then none is added."""
    for name in files:
        if (folder / name).exists():
            raise WriteError(f"{folder / name} exists already; nothing was changed")
    added: list[Path] = []
    try:
        for name, text in files.items():
            write_file(folder / name, text)
            added.append(folder / name)
    except WriteError:
        for path in added:
            path.unlink(missing_ok=True)
        raise


def _require_own_place(path: Path) -> None:
    """Raise WriteError if another user prepared the place in a folder for everybody, such as /tmp.

    Linux protects opens there in the same way (protected_symlinks, protected_regular); a rename passes by. A link
    would choose the place that root writes, and a file or folder the mode of what replaces it.
    """
    steps = Path(os.path.abspath(path))
    for step in (*reversed(steps.parents), steps):
        try:
            found, above = os.lstat(step), os.stat(step.parent)
        except OSError:
            return  # what is missing is made, and the write itself reports the rest
        shared = above.st_mode & stat.S_ISVTX and above.st_mode & stat.S_IWOTH
        if shared and found.st_uid not in (os.geteuid(), above.st_uid):
            raise WriteError(
                f"cannot write {path}: {step} belongs to another user, in a folder where everybody may write; name "
                "another place"
            )


def _own_files(target: Path, named: Path) -> frozenset[str]:
    """Return the files that checkctl wrote into a folder. Raises WriteError if there are others.

    `named` is the folder as the user named it, for errors.
    """
    if not target.exists():
        return frozenset()
    if not target.is_dir():
        raise WriteError(f"cannot write {named}: it exists and is not a folder")
    try:
        files = _files_below(target)
        marker = target / MARKER
        if not marker.is_file() and next(files, None):  # one is enough: the folder may be the whole file system
            raise WriteError(f"{named} was not made by checkctl and is not empty: name another folder, or empty it")
        present = set(files)
        listed = marker.read_text(encoding="utf-8").splitlines()[1:] if marker.is_file() else []
    except OSError as error:
        raise WriteError(f"cannot read {named}: {_reason(error)}") from None
    except UnicodeDecodeError:
        raise WriteError(f"cannot read {named}: its {MARKER} is not text in UTF-8") from None
    foreign = sorted(present - set(listed) - {MARKER})
    if foreign:
        raise WriteError(
            f"{named} contains {foreign[0]}, which checkctl did not write and would remove: move it elsewhere"
        )
    return frozenset(present - {MARKER})


def _files_below(folder: Path) -> Iterator[str]:
    """Return all files and links, relative to `folder`. Raises OSError for a folder that cannot be read."""

    def refuse(error: OSError) -> NoReturn:
        raise error

    for root, folders, names in os.walk(folder, onerror=refuse):
        below = os.path.relpath(root, folder)
        links = (name for name in folders if os.path.islink(os.path.join(root, name)))
        for name in (*names, *links):
            yield name if below == os.curdir else os.path.join(below, name)


def _compare(target: Path, present: frozenset[str], files: Mapping[str, str]) -> FolderChanges:
    kept = present & files.keys()
    changed = tuple(sorted(path for path in kept if _read_bytes(os.path.join(target, path)) != files[path].encode()))
    return FolderChanges(
        new=tuple(sorted(files.keys() - present)),
        changed=changed,
        removed=tuple(sorted(present - files.keys())),
        unchanged=len(kept) - len(changed),
    )


def _read_bytes(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read()


def _fill(folder: Path, files: Mapping[str, str]) -> None:
    """Write all files of a new folder and sync them, so that a full disk fails here and not after the rename."""
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
        _sync_file_system(root)
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _sync_file_system(folder: str) -> None:
    """Sync the file system of a folder, after which the syncs of single files are quick: thousands take minutes.

    It proves nothing by itself, because Linux before 5.8 reports no error here. fsync does.
    """
    from ctypes import CDLL

    library = CDLL(None)
    if hasattr(library, "syncfs"):  # Linux only
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            library.syncfs(descriptor)
        finally:
            os.close(descriptor)


def _write_synced(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _replace_folder(target: Path, staged: Path) -> None:
    """Rename the staged folder to the target. The old folder comes back if that fails."""
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


def _reason(error: OSError) -> str:
    if isinstance(error, FileExistsError | NotADirectoryError):
        return f"{error.filename} is not a folder"
    return error.strerror or str(error)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
