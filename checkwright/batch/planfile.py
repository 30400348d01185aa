"""The plan file: read, judged, and looked at again whenever it changes. Nothing of the fleet's code is loaded."""

from __future__ import annotations

import os
import stat

from checkwright.core.errors import BadUsage
from checkwright.registry.plan import Plan
from checkwright.registry.plan_json import PlanError, loads

#: What tells one content of the file from another: a build replaces the file as a whole.
Signature = tuple[int, int, int, int]


class PlanFile:
    """One path. `changed()` says whether something else is there than what was read last."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._seen: Signature | None = None

    def read(self) -> Plan:
        """The plan that is there now. Raises BadUsage: one sentence with the path."""
        self._seen = None
        try:
            with open(self.path, "rb", opener=_at_once) as file:
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
        """Whether the file is another one than at the last `read`, or has gone."""
        try:
            return _signature(os.stat(self.path)) != self._seen
        except OSError:
            return self._seen is not None

    def _refuse(self, found: os.stat_result) -> None:
        if not stat.S_ISREG(found.st_mode):
            raise BadUsage(f"cannot read the plan {self.path}: it is no file")
        # A plan says what is executed, and as whom: who may write it may do all that this user may.
        if found.st_uid not in (0, os.geteuid()):
            raise BadUsage(
                f"the plan {self.path} belongs to another user (uid {found.st_uid}): it must be root's or ours"
            )
        if found.st_mode & stat.S_IWOTH or (found.st_mode & stat.S_IWGRP and os.geteuid() == 0 and found.st_gid != 0):
            raise BadUsage(f"others may write the plan {self.path}, which says what is run: chmod go-w {self.path}")

    def _hint(self, error: OSError) -> str:
        return f"; checkctl plan ENV --out {self.path} makes one" if isinstance(error, FileNotFoundError) else ""


def _at_once(path: str, flags: int) -> int:
    """Open a file, and wait for nobody: a pipe's other end may never come."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def _signature(found: os.stat_result) -> Signature:
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_dev
