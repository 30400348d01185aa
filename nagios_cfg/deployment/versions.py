"""Link that Nagios includes, and the versions that it can point to.

For a link `live` the versions are in `.live.versions/` in the same folder, one folder each: `nagios/` has the object
files, `notify/` the settings of notifications, `record.json` their digests and the previous version, `written.json.gz`
their text at deployment. Paths are relative to `nagios/`, so that settings have the prefix `../notify/`. Nagios ignores
names with a leading dot. One rename changes the link, so Nagios never sees a mix of versions.
"""

from __future__ import annotations

import ctypes
import difflib
import errno
import gzip
import json
import os
import shutil
import stat
import tempfile
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from checkwright.core.trusted_path import Untrusted, others_may_write, resolve_trusted
from nagios_cfg.deployment.build_folder import NOTIFY_PREFIX, digests, encoded, read_folder
from nagios_cfg.deployment.file_tree import read_file
from nagios_cfg.folders import NOTIFY

FILES = "nagios"
_RECORD = "record.json"
_WRITTEN = "written.json.gz"
_ADOPTED = "adopted"
_READ = "read-by-nagios"
_STAGING = ".staging-"
_OPEN = 0o755  # Nagios reads as its own user, so the umask must not apply
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


class VersionError(Exception):
    """Error of a link or version that deploy cannot use or replace: one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version. `folder` contains its files, `before` names the version that was live before it, "" for none."""

    name: str
    folder: Path
    before: str
    recorded: Mapping[str, str]

    @property
    def home(self) -> Path:
        return self.folder.parent

    @property
    def was_loaded(self) -> bool:
        """Return True if Nagios has loaded this version."""
        return (self.home / _READ).exists()

    def files(self) -> dict[str, str]:
        """Return its files as {path: text}, with those for notifications. Raises OSError."""
        notify = self.home / NOTIFY
        settings = read_folder(notify) if notify.is_dir() else {}
        return read_folder(self.folder) | {f"{NOTIFY_PREFIX}{path}": text for path, text in settings.items()}

    def notify_names(self) -> set[str]:
        """Return the names of its files for notifications."""
        return {path.removeprefix(NOTIFY_PREFIX) for path in self.recorded if path.startswith(NOTIFY_PREFIX)}

    def edits(self) -> str:
        """Return the edits by hand since its deployment as a unified diff, "" for none. Raises OSError."""
        present = self.files()
        if digests(present) == self.recorded:
            return ""
        try:
            written = json.loads(gzip.decompress((self.home / _WRITTEN).read_bytes()))
        except (gzip.BadGzipFile, ValueError, EOFError, zlib.error):
            raise VersionError(
                f"{self.home / _WRITTEN} is damaged, and the live files were edited: use --overwrite"
            ) from None
        return difference(written, present, "deployed", "live")


class Versions:
    """Versions of one link."""

    def __init__(self, link: Path) -> None:
        # Follow links in the parent folders, but not the link itself.
        self._named = link.parent
        self.link = Path(os.path.realpath(link.parent)) / link.name
        self.home = self.link.parent / f".{link.name}.versions"

    @property
    def lock(self) -> Path:
        return self.home / "lock"

    def prepare(self) -> None:
        """Create the folder of the versions. Raises OSError, and VersionError for a place that others can change.

        What root writes and removes below it must be nobody else's to redirect.
        """
        self._refuse_foreign_place()
        with suppress(FileExistsError):
            self.home.mkdir(_OPEN)
            self.home.chmod(_OPEN)
        found = os.lstat(self.home)
        if not stat.S_ISDIR(found.st_mode):
            raise VersionError(f"{self.home} is not a folder: remove it, then deploy again")
        if found.st_uid not in (0, os.geteuid()) or (os.geteuid() == 0 and others_may_write(found)):
            raise VersionError(
                f"{self.home} was not made by you, or others may write it: remove it, then deploy again with --adopt"
            )

    def _refuse_foreign_place(self) -> None:
        """Raise VersionError if root would write into a folder that somebody else can redirect."""
        if os.geteuid() != 0:
            return
        try:
            resolve_trusted(str(self._named / "versions"))
        except FileNotFoundError:
            return
        except Untrusted as error:
            raise VersionError(
                f"root deploys into no folder that others may change: {error.place} must be owned and written by root "
                "only (chown root, chmod go-w); or deploy as its owner"
            ) from None

    def live(self) -> Version | None:
        """Return the version that the link points to, None if there is no link or deploy did not make it."""
        if not self.link.is_symlink():
            return None
        target = Path(os.path.normpath(self.link.parent / os.readlink(self.link)))
        return self.named(target.parent.name) if target.parent.parent == self.home else None

    def named(self, name: str) -> Version | None:
        """Return the version of that name, None if it is not kept."""
        home = self.home / name
        self._refuse_foreign_version(home)
        try:
            record = json.loads(read_file(home, _RECORD))
            return Version(name, home / FILES, record["before"], record["digests"])
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (ValueError, KeyError, TypeError):
            raise VersionError(f"{home / _RECORD} is damaged: remove it, then deploy with --adopt") from None

    @staticmethod
    def _refuse_foreign_version(home: Path) -> None:
        """Raise VersionError if root would read and write in a version that somebody else can change.

        The folder of all versions may have been given to root after somebody else had deployed.
        """
        if os.geteuid() != 0:
            return
        for place in (home, home / _RECORD, home / _WRITTEN):
            try:
                found = os.lstat(place)
            except (FileNotFoundError, NotADirectoryError):
                continue
            if others_may_write(found) or stat.S_ISLNK(found.st_mode):
                raise VersionError(
                    f"others than root may change {place}: remove the link and the version, then deploy again"
                )

    def unmanaged(self) -> Path | None:
        """Return the link if a folder, or a link to one, that deploy did not make is in its place.

        Raises VersionError if something else is there.
        """
        if self.live() is not None or not os.path.lexists(self.link):
            return None
        if not self.link.is_dir():
            kind = "a broken link" if self.link.is_symlink() else "not a folder"
            raise VersionError(f"{self.link} is {kind}: remove it, or name another place with --to")
        return self.link

    @contextmanager
    def attempt(self) -> Iterator[Attempt]:
        """Yield an attempt to make a version. An exception in the `with` block removes all of it."""
        attempt = Attempt(self)
        try:
            yield attempt
        except BaseException:
            live = self.live()
            if live is None or live.home not in attempt.made:  # otherwise the link points to it
                for path in attempt.made:
                    shutil.rmtree(path, ignore_errors=True)
            raise

    def adopt(self, version: Version) -> None:
        """Point the link to `version`, and make the content at its place the previous version. Raises OSError.

        A rename cannot replace a folder by a link, so one system call exchanges the two.
        """
        earlier = self.home / version.before / FILES
        if self.link.is_symlink():
            earlier.symlink_to(os.path.realpath(self.link))
            self.point_to(version)
        else:
            earlier.symlink_to(self._target(version))
            _exchange(earlier, self.link)
            _sync(self.link.parent)

    def point_to(self, version: Version | None) -> None:
        """Point the link to a version by one rename, or remove the link for None. Raises OSError."""
        if version is None:
            self.link.unlink()
        else:
            fresh = self.home / f"{_STAGING}link"
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(self._target(version))
            fresh.replace(self.link)
        _sync(self.link.parent)

    def mark_loaded(self, version: Version) -> None:
        """Record that Nagios has loaded this version."""
        _write(version.home / _READ, b"")

    def prune(self, keep: int) -> None:
        """Remove leftovers of killed deployments, and all versions but the live one and `keep` before it."""
        kept: set[str] = set()
        version = self.live()
        while version is not None and len(kept) <= keep and version.name not in kept:
            kept.add(version.name)
            version = self.named(version.before)
        for path in self.home.iterdir():
            if path.is_symlink():
                path.unlink(missing_ok=True)
            elif path.is_dir() and path.name not in kept and self._removable(path):
                shutil.rmtree(path, ignore_errors=True)  # does not follow links, and swaps of folders do not mislead it

    def _removable(self, path: Path) -> bool:
        if path.name.startswith(_STAGING):
            return True
        # An adopted folder may be the only copy of somebody's work.
        adopted = (path / _ADOPTED).exists() and (path / FILES).is_dir() and not (path / FILES).is_symlink()
        return (path / _RECORD).exists() and not adopted

    def _target(self, version: Version) -> Path:
        return version.folder.relative_to(self.link.parent)

    def free_name(self) -> str:
        """Return an unused name for a new version, such as 20261201T220000Z-1."""
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        number = 1
        while (self.home / f"{stamp}-{number}").exists():
            number += 1
        return f"{stamp}-{number}"


class Attempt:
    """Attempt to make a version. `made` are the folders that it has created so far."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self.made: list[Path] = []

    def reserve(self, files: Mapping[str, str]) -> str:
        """Record the files at the link's place as a version that `adopt` will fill. Return its name."""
        self._record(files, "")
        _write(self.made[-1] / _ADOPTED, b"")
        return self._rename().name

    def stage(self, files: Mapping[str, str], before: str) -> Path:
        """Write files into a folder that is not a version yet, and return it. Raises OSError."""
        self._record(files, before)
        staged = self.made[-1] / FILES
        for path, text in files.items():
            _write(Path(os.path.normpath(staged / path)), encoded(text))
        return staged

    def keep(self) -> Version:
        """Make the staged files a version."""
        home = self._rename()
        _sync(home.parent)
        version = self._versions.named(home.name)
        if version is None:
            raise VersionError(f"{home} is gone: another process removed it; deploy again")
        return version

    def _rename(self) -> Path:
        home = self._versions.home / self._versions.free_name()
        self.made[-1].rename(home)
        self.made[-1] = home
        return home

    def _record(self, files: Mapping[str, str], before: str) -> None:
        staged = Path(tempfile.mkdtemp(prefix=_STAGING, dir=self._versions.home))
        self.made.append(staged)
        record = {"before": before, "digests": digests(files)}
        _write(staged / _RECORD, json.dumps(record, indent=1).encode())
        written = gzip.compress(json.dumps(dict(files)).encode(), mtime=0)
        _write(staged / _WRITTEN, written, mode=0o600)  # an adopted folder may be unreadable for others
        staged.chmod(_OPEN)


def difference(before: Mapping[str, str], after: Mapping[str, str], was: str, now: str) -> str:
    """Return two sets of files as one unified diff. `was` and `now` are prefixes of the paths."""
    lines: list[str] = []
    for path in sorted(before.keys() | after.keys()):
        old, new = (files.get(path, "").splitlines() for files in (before, after))
        lines += difflib.unified_diff(old, new, f"{was}/{path}", f"{now}/{path}", lineterm="")
    return "\n".join(lines)


def _write(path: Path, content: bytes, mode: int = 0o644) -> None:
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir()
        folder.chmod(_OPEN)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    with open(os.open(path, flags, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())  # a full disk fails here, not after the rename


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _exchange(one: Path, other: Path) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE):
        number = ctypes.get_errno()
        if number in (errno.EINVAL, errno.ENOSYS):
            raise VersionError(
                f"the file system of {other} cannot exchange a folder and a link: move the folder away first"
            )
        raise OSError(number, os.strerror(number), str(other))
