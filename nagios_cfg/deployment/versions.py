"""The link that Nagios includes, and the versions that it can point to.

Beside a link `live` lies `.live.versions/`, with one folder for each version: `nagios/` are its files,
`record.json` their digests and the version before it, `written.json.gz` their text as it was deployed. The name
begins with a dot, so that Nagios passes by. The link changes by one rename, so that there is never a mix.
"""

from __future__ import annotations

import ctypes
import difflib
import errno
import gzip
import json
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nagios_cfg.deployment.build_folder import digests, encoded, read_folder

FILES = "nagios"
_RECORD = "record.json"
_WRITTEN = "written.json.gz"
_ADOPTED = "adopted"
_READ = "read-by-nagios"
_STAGING = ".staging-"
_OPEN = 0o755  # Nagios reads as its own user, whatever our umask
_AT_FOLDER = -100
_EXCHANGE = 2


class Misplaced(Exception):
    """What is at the link's place is not ours to replace: one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version: `folder` holds its files, `before` names the version that was live before it, "" for none."""

    name: str
    folder: Path
    before: str
    recorded: Mapping[str, str]

    @property
    def home(self) -> Path:
        return self.folder.parent

    @property
    def was_read(self) -> bool:
        """Whether Nagios is known to have come back with it."""
        return (self.home / _READ).exists()

    def edits(self) -> str:
        """What was changed by hand since it was deployed, as a unified diff; "" for nothing. Raises OSError."""
        present = read_folder(self.folder)
        if digests(present) == self.recorded:
            return ""
        try:
            written = json.loads(gzip.decompress((self.home / _WRITTEN).read_bytes()))
        except (gzip.BadGzipFile, ValueError, EOFError, zlib.error):
            raise Misplaced(f"{self.home / _WRITTEN} is damaged, and what is live was edited: --overwrite") from None
        return difference(written, present, "deployed", "live")


class Versions:
    """The versions of one link."""

    def __init__(self, link: Path) -> None:
        # The folder's own links are followed; the link itself is what is looked at.
        self.link = Path(os.path.realpath(link.parent)) / link.name
        self.home = self.link.parent / f".{link.name}.versions"

    @property
    def lock(self) -> Path:
        return self.home / "lock"

    def prepare(self) -> None:
        """Make the folder of the versions. Raises OSError."""
        if not self.home.is_dir():
            self.home.mkdir()
            self.home.chmod(_OPEN)

    def live(self) -> Version | None:
        """The version that the link points to; None when there is no link, or what is there is not ours."""
        if not self.link.is_symlink():
            return None
        target = Path(os.path.normpath(self.link.parent / os.readlink(self.link)))
        return self.named(target.parent.name) if target.parent.parent == self.home else None

    def named(self, name: str) -> Version | None:
        """The version of that name, None when it is not kept."""
        home = self.home / name
        try:
            record = json.loads((home / _RECORD).read_text(encoding="utf-8"))
            return Version(name, home / FILES, record["before"], record["digests"])
        except (FileNotFoundError, NotADirectoryError):
            return None
        except (ValueError, KeyError, TypeError):
            raise Misplaced(f"{home / _RECORD} is damaged: take it away, then deploy with --adopt") from None

    def foreign(self) -> Path | None:
        """What is at the link's place and is not ours: a folder, or a link to one. Raises Misplaced for others."""
        if self.live() is not None or not os.path.lexists(self.link):
            return None
        if not self.link.is_dir():
            what = "a link that leads nowhere" if self.link.is_symlink() else "no folder"
            raise Misplaced(f"{self.link} is {what}: take it away, or name another place by --to")
        return self.link

    @contextmanager
    def attempt(self) -> Iterator[Attempt]:
        """Make a version, of which nothing stays when the `with` ends by an exception."""
        attempt = Attempt(self)
        try:
            yield attempt
        except BaseException:
            live = self.live()
            if live is None or live.home not in attempt.made:  # else the link has changed already
                for path in attempt.made:
                    shutil.rmtree(path, ignore_errors=True)
            raise

    def adopt(self, version: Version) -> None:
        """Make the link point to `version`, and what was at its place the version before. Raises OSError.

        A folder cannot be replaced by a link: one system call exchanges the two.
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
        """Make the link point to a version by one rename; None takes the link away. Raises OSError."""
        if version is None:
            self.link.unlink()
        else:
            fresh = self.home / f"{_STAGING}link"
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(self._target(version))
            fresh.replace(self.link)
        _sync(self.link.parent)

    def mark_read(self, version: Version) -> None:
        """Note that Nagios came back with this version."""
        _put(version.home / _READ, b"")

    def tidy(self, keep: int) -> None:
        """Take away what killed deployments left, and all but the live version and `keep` before it."""
        kept: set[str] = set()
        version = self.live()
        while version is not None and len(kept) <= keep and version.name not in kept:
            kept.add(version.name)
            version = self.named(version.before)
        for path in self.home.iterdir():
            if path.is_symlink():
                path.unlink(missing_ok=True)
            elif path.is_dir() and path.name not in kept and self._replaceable(path):
                shutil.rmtree(path, ignore_errors=True)

    def _replaceable(self, path: Path) -> bool:
        if path.name.startswith(_STAGING):
            return True
        # What was adopted may be the only copy of somebody's work.
        adopted = (path / _ADOPTED).exists() and (path / FILES).is_dir() and not (path / FILES).is_symlink()
        return (path / _RECORD).exists() and not adopted

    def _target(self, version: Version) -> Path:
        return version.folder.relative_to(self.link.parent)

    def free_name(self) -> str:
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        number = 1
        while (self.home / f"{stamp}-{number}").exists():
            number += 1
        return f"{stamp}-{number}"


class Attempt:
    """A version in the making. `made` are the folders that it made so far."""

    def __init__(self, versions: Versions) -> None:
        self._versions = versions
        self.made: list[Path] = []

    def reserve(self, files: Mapping[str, str]) -> str:
        """Record what is at the link's place now as a version that `adopt` will fill; return its name."""
        self._record(files, "")
        _put(self.made[-1] / _ADOPTED, b"")
        return self._rename().name

    def stage(self, files: Mapping[str, str], before: str) -> Path:
        """Write files into a folder that is not a version yet, and return it. Raises OSError."""
        self._record(files, before)
        staged = self.made[-1] / FILES
        for path, text in files.items():
            _put(staged / path, encoded(text))
        return staged

    def keep(self) -> Version:
        """Make a version of what was staged."""
        home = self._rename()
        _sync(home.parent)
        version = self._versions.named(home.name)
        if version is None:
            raise Misplaced(f"{home} is gone: somebody else takes it away; deploy again")
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
        _put(staged / _RECORD, json.dumps(record, indent=1).encode())
        written = gzip.compress(json.dumps(dict(files)).encode(), mtime=0)
        _put(staged / _WRITTEN, written, mode=0o600)  # what was adopted may have been closed to others
        staged.chmod(_OPEN)


def difference(before: Mapping[str, str], after: Mapping[str, str], was: str, now: str) -> str:
    """Two sets of files as one unified diff; `was` and `now` stand before the paths."""
    lines: list[str] = []
    for path in sorted(before.keys() | after.keys()):
        old, new = (files.get(path, "").splitlines() for files in (before, after))
        lines += difflib.unified_diff(old, new, f"{was}/{path}", f"{now}/{path}", lineterm="")
    return "\n".join(lines)


def _put(path: Path, content: bytes, mode: int = 0o644) -> None:
    missing = [folder for folder in path.parents if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir()
        folder.chmod(_OPEN)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fchmod(file.fileno(), mode)
        os.fsync(file.fileno())  # a full disk speaks up here, not after the rename


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _exchange(one: Path, other: Path) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if library.renameat2(_AT_FOLDER, os.fsencode(one), _AT_FOLDER, os.fsencode(other), _EXCHANGE):
        number = ctypes.get_errno()
        if number in (errno.EINVAL, errno.ENOSYS):
            raise Misplaced(
                f"the file system of {other} cannot put a link in the place of a folder: move it away first"
            )
        raise OSError(number, os.strerror(number), str(other))
