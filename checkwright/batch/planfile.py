"""Plan file: read, checked, and read again when it changes. None of the fleet's code is loaded."""

from __future__ import annotations

import os
import stat

from checkwright.core.errors import BadUsage
from checkwright.core.trusted_path import Untrusted, others_may_write, resolve_trusted
from checkwright.registry.plan import Plan
from checkwright.registry.plan_json import PlanError, loads

#: Identity of a file's content: a build replaces the file as a whole.
Signature = tuple[int, int, int, int]


class PlanFile:
    """Plan at one path."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._seen: Signature | None = None

    def read(self) -> Plan:
        """Return the present plan. Raises BadUsage: one sentence with the path."""
        self._seen = None
        try:
            with open(self._real_path(), "rb", opener=_open_at_once) as file:
                found = os.fstat(file.fileno())
                self._seen = _signature(found)
                self._refuse(found)
                data = file.read()
        except OSError as error:
            raise BadUsage(f"cannot read the plan {self.path}: {error.strerror}{self._hint(error)}") from None
        try:
            return loads(data.decode("utf-8"))
        except UnicodeDecodeError:
            raise BadUsage(f"{self.path}: this is not a plan: it is no UTF-8 text") from None
        except PlanError as error:
            raise BadUsage(f"{self.path}: {error}") from None

    def changed(self) -> bool:
        """Return whether the file has been replaced or removed since the last `read`."""
        try:
            return _signature(os.stat(self.path)) != self._seen
        except OSError:
            return self._seen is not None

    def _refuse(self, found: os.stat_result) -> None:
        """Raise BadUsage for a file that others may write: a plan defines commands, and the accounts they run as."""
        if not stat.S_ISREG(found.st_mode):
            raise BadUsage(f"cannot read the plan {self.path}: it is no file")
        if found.st_uid not in (0, os.geteuid()):
            raise BadUsage(
                f"the plan {self.path} belongs to another user (uid {found.st_uid}): it must be root's or your own"
            )
        # With an ACL the group's bits are the mask of all entries, so they show that others may write, not who.
        if others_may_write(found, (found.st_uid,)):
            raise BadUsage(f"others may write the plan {self.path}, which defines commands: chmod go-w {self.path}")

    def _real_path(self) -> str:
        """Return the real path. Raises BadUsage if others can change where the path leads, by a folder or a link."""
        try:
            return resolve_trusted(self.path, (0, os.geteuid()))
        except Untrusted as error:
            raise BadUsage(
                f"others may replace the plan {self.path}, which defines commands: {error.place} must be owned and "
                "written by root or by you only (chmod go-w)"
            ) from None

    def _hint(self, error: OSError) -> str:
        return f"; checkctl plan ENV --out {self.path} makes one" if isinstance(error, FileNotFoundError) else ""


def _open_at_once(path: str, flags: int) -> int:
    """Open a file without waiting: the other end of a pipe may never come."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)


def _signature(found: os.stat_result) -> Signature:
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_dev
