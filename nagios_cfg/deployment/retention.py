"""Renaming of hosts and services in the file where Nagios keeps states, comments and downtimes over a restart.

The folder of the file belongs to the user of Nagios, and root may run this: no link is followed.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

#: Blocks of the file that name a host, or a host and a service.
_BLOCKS = frozenset(
    (
        "host",
        "service",
        "hostcomment",
        "servicecomment",
        "hostdowntime",
        "servicedowntime",
        "info",
        "program",
        "contact",
    )
)
_OPENING = re.compile(rb"([a-z]+) \{")
_MOST = 1_000_000_000
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
#: O_NONBLOCK: the other end of a pipe may never come.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
BACKUP = ".before-rename"


class CannotRename(Exception):
    """Error of a file that was not changed: one sentence."""


@dataclass(frozen=True, slots=True)
class NewNames:
    """New names by old ones: of hosts, and of services on all hosts."""

    hosts: Mapping[str, str] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)


def renamed(data: bytes, names: NewNames) -> tuple[bytes, Counter[str]]:
    """Return the file's content with new names, and the number of changed blocks of each kind.

    Raises CannotRename for a content that Nagios did not write.
    """
    by_directive = {
        b"host_name": {old.encode(): new.encode() for old, new in names.hosts.items()},
        b"service_description": {old.encode(): new.encode() for old, new in names.services.items()},
    }
    lines: list[bytes] = []
    changed: Counter[str] = Counter()
    kind = ""
    counted = False
    for number, line in enumerate(data.split(b"\n"), start=1):
        opening = _OPENING.fullmatch(line)
        if opening is not None:
            kind, counted = opening[1].decode(), False
            if kind not in _BLOCKS:
                raise CannotRename(f"line {number} begins a block {kind!r}, which Nagios does not write")
        elif line == b"}":
            kind = ""
        elif kind:
            name, sign, value = line.partition(b"=")
            new = by_directive.get(name, {}).get(value) if sign else None
            if new is not None:
                line = name + sign + new
                changed[kind] += not counted
                counted = True
        elif line and not line.startswith(b"#"):
            raise CannotRename(f"line {number} is neither in a block nor a comment")
        lines.append(line)
    if kind:
        raise CannotRename(f"the last block {kind!r} has no end")
    return b"\n".join(lines), changed


def rename_in_file(path: Path, names: NewNames) -> Counter[str]:
    """Rename in a file, and keep the old one next to it as NAME.before-rename. Return the number of changed blocks.

    Owner, group and mode stay. Raises CannotRename, with nothing changed.
    """
    try:
        folder = os.open(path.parent, _FOLDER)
    except OSError as error:
        raise CannotRename(f"{path.parent} cannot be read: {error.strerror}") from None
    try:
        data, status = _read(folder, path)
        try:
            new, changed = renamed(data, names)
        except CannotRename as error:
            raise CannotRename(f"{path}: {error}") from None
        if changed:
            _replace(folder, path, new, status)
        return changed
    finally:
        os.close(folder)


def _read(folder: int, path: Path) -> tuple[bytes, os.stat_result]:
    try:
        descriptor = os.open(path.name, _FILE, dir_fd=folder)
    except OSError as error:
        why = "it is a link" if error.errno == errno.ELOOP else error.strerror
        raise CannotRename(f"{path} cannot be read: {why}") from None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MOST:
            raise CannotRename(f"{path} is not a file that Nagios writes")
        return file.read(_MOST + 1), status


def _replace(folder: int, path: Path, data: bytes, status: os.stat_result) -> None:
    backup, staged = path.name + BACKUP, f".{path.name}.{os.getpid()}"
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(staged, flags, 0o600, dir_fd=folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                if os.geteuid() == 0:
                    os.fchown(file.fileno(), status.st_uid, status.st_gid)
                os.fchmod(file.fileno(), stat.S_IMODE(status.st_mode))
                os.fsync(file.fileno())
            os.link(path.name, backup, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
            os.replace(staged, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            os.unlink(staged, dir_fd=folder)
            raise
    except FileExistsError:
        raise CannotRename(f"{path}{BACKUP} exists from an earlier rename: move it away") from None
    except OSError as error:
        raise CannotRename(f"{path} cannot be written: {error.strerror}") from None
