"""Links at the place where `checkwright-notify` reads its settings, to those of the live version.

Each link leads through the link of the object files, `LINK/../notify/NAME`, so that one rename changes both.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from checkwright.core.trusted_path import Untrusted, resolve_trusted
from nagios_cfg.deployment.versions import Version, VersionError
from nagios_cfg.folders import NOTIFY

_OPEN = 0o755
#: Ending of a file that was copied by hand, kept for versions without settings of their own.
_BY_HAND = ".by-hand"


class NotifyLinks:
    """Links in one folder. folder: None to install none."""

    def __init__(self, folder: Path | None, link: Path) -> None:
        """link: the absolute path of the link of the object files."""
        self._folder = folder
        self._through = f"{link}/../{NOTIFY}/"

    def check(self, names: Iterable[str], *, adopt: bool) -> None:
        """Raise VersionError if a link cannot be made, or would replace a file that deploy did not make."""
        folder = self._folder
        names = tuple(names)
        if folder is None or not names:
            return
        above = next(one for one in (folder, *folder.parents) if os.path.lexists(one))
        if not above.is_dir():
            raise VersionError(f"{above} is not a folder: remove it, or name another place with --notify")
        self._refuse_foreign(above)
        if not os.access(above, os.W_OK | os.X_OK):
            raise VersionError(
                f"may not write {above}, where checkwright-notify reads its settings: deploy as its owner, or with "
                "--notify none, and copy them yourself"
            )
        for name in names:
            path = folder / name
            if os.path.lexists(path) and not self._is_own(path):
                if not stat.S_ISREG(os.lstat(path).st_mode):
                    raise VersionError(f"{path} is no file that deploy can replace: remove it")
                if not adopt:
                    raise VersionError(
                        f"{path} exists and deploy did not make it: --adopt replaces it by a link to the live version"
                    )

    def follow(self, version: Version | None) -> None:
        """Make the links of the live version, and remove others or put back the files by hand. Raises OSError."""
        folder = self._folder
        if folder is None:
            return
        names = set() if version is None else version.notify_names()
        if names:
            self._make_folder(folder)
        for name in names:
            self._install(folder / name)
        if folder.is_dir():
            for path in folder.iterdir():
                if path.name not in names and self._is_own(path):
                    self._withdraw(path)

    def _install(self, path: Path) -> None:
        if self._is_own(path):
            return
        if path.is_file() and not path.is_symlink():
            kept = path.with_name(path.name + _BY_HAND)
            kept.unlink(missing_ok=True)
            os.link(path, kept)  # a rename would leave no settings for a moment
        fresh = path.with_name(f".{path.name}.new")
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(self._through + path.name)
        fresh.replace(path)

    def _withdraw(self, path: Path) -> None:
        kept = path.with_name(path.name + _BY_HAND)
        if kept.exists():
            kept.replace(path)
        else:
            path.unlink()

    def _is_own(self, path: Path) -> bool:
        return path.is_symlink() and os.readlink(path) == self._through + path.name

    def _make_folder(self, folder: Path) -> None:
        for one in (*reversed(folder.parents), folder):
            with suppress(FileExistsError):
                one.mkdir(_OPEN)
                one.chmod(_OPEN)  # the umask must not apply: others read it
        self._refuse_foreign(folder)

    @staticmethod
    def _refuse_foreign(folder: Path) -> None:
        """Raise VersionError if root would write into a folder that somebody else can redirect."""
        if os.geteuid() != 0:
            return
        with suppress(FileNotFoundError):
            try:
                resolve_trusted(str(folder / "settings"))
            except Untrusted as error:
                raise VersionError(
                    f"root writes no settings for notifications where others may: {error.place} must be owned and "
                    "written by root only (chown root, chmod go-w)"
                ) from None
