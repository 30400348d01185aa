"""Notifications that are not delivered yet: a folder for each channel, a file for each notification.

Files are written under another name and renamed, so that a kill leaves a whole file or none. Their names begin with the
moment, so that the order of a problem and its recovery stays.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from checkwright.core.text import clean
from checkwright.notify.incident import Incident, from_json

#: Most notifications that one channel keeps. The oldest is dropped for a new one.
MOST = 1_000
#: Seconds after which a notification is dropped: nobody needs a page of yesterday, but an incident must be closed.
KEEP, KEEP_RESOLVE = 4 * 3_600, 24 * 3_600
_NAME = re.compile(r"[0-9]{20}-[0-9a-f]{16}\.json")
_UNSAFE = re.compile(r"[^A-Za-z0-9_.+-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Place of the texts that a record lacks: status.dat, when it has a check of `last_check` or later.

    until: seconds since 1970, when the record is sent without them. role: of the watch.
    """

    file: str
    last_check: int
    until: float
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A notification in the queue. expires: seconds since 1970. waiting: None when its texts are complete."""

    incident: Incident
    expires: float
    waiting: Waiting | None = None


class Queue:
    """Queue of one channel in `folder`, a folder for this user alone that is created. Methods raise OSError."""

    def __init__(self, folder: Path, channel: str, log: Callable[[str], None]) -> None:
        self.channel = channel
        self.folder = folder / _UNSAFE.sub("_", channel)
        self._log = log
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, incident: Incident, waiting: Waiting | None = None) -> None:
        """Add a notification. It replaces an undelivered one of the same incident and action."""
        mark = hashlib.sha256(f"{incident.key}\0{incident.action}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
        files = self.files()
        for path in files:
            if path.name.endswith(f"-{mark}.json"):
                path.unlink(missing_ok=True)
        files = [path for path in files if not path.name.endswith(f"-{mark}.json")]
        for path in files[: max(0, len(files) - MOST + 1)]:
            self.drop(path, f"more than {MOST} notifications wait")
        keep = KEEP_RESOLVE if incident.action == "resolve" else KEEP
        record = Record(incident=incident.shortened(), expires=time.time() + keep, waiting=waiting)
        self.write(self.folder / f"{time.time_ns():020d}-{mark}.json", record)

    def files(self) -> list[Path]:
        """Return the records, the oldest first."""
        return sorted(path for path in self.folder.iterdir() if _NAME.fullmatch(path.name))

    def write(self, path: Path, record: Record) -> None:
        """Write a record whole."""
        value: dict[str, Any] = {"version": 1, "expires": record.expires, "incident": record.incident.as_json()}
        if record.waiting:
            value["waiting"] = asdict(record.waiting)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(json.dumps(value).encode("ascii"))
                file.flush()
                os.fsync(file.fileno())
            temporary.rename(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def read(self, path: Path) -> Record | None:
        """Return a record, None for one that is gone. A damaged one is dropped."""
        try:
            value = json.loads(path.read_bytes())
            waiting = value.get("waiting")
            return Record(
                incident=from_json(value["incident"]),
                expires=float(value["expires"]),
                waiting=Waiting(**waiting) if waiting else None,
            )
        except FileNotFoundError:
            return None
        except (ValueError, TypeError, KeyError, AttributeError):
            self.drop(path, "its file is damaged")
            return None

    def complete(self, path: Path, record: Record, incident: Incident) -> Record:
        """Store the texts of a record that waited for them, and return it."""
        whole = replace(record, incident=incident.shortened(), waiting=None)
        if path.exists():  # a newer one may have replaced it
            self.write(path, whole)
        return whole

    def done(self, path: Path) -> None:
        """Remove a delivered record."""
        path.unlink(missing_ok=True)

    def drop(self, path: Path, why: str) -> None:
        """Remove a record undelivered, with one line in the log."""
        about = ""
        with suppress(OSError, ValueError, KeyError, TypeError):
            incident = from_json(json.loads(path.read_bytes())["incident"])
            about = f": {incident.kind} of {incident.watch or 'the host'} on {incident.host}"
        path.unlink(missing_ok=True)
        self._log(f"{self.channel}: a notification is dropped, {why}{clean(about, 200)}")

    @contextmanager
    def sender(self) -> Iterator[bool]:
        """Hold the right to send for this channel. Yields False if another process holds it."""
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(descriptor)


def moment_of(path: Path) -> float:
    """Return when a record was written, in seconds since 1970."""
    return int(path.name.partition("-")[0]) / 1e9
