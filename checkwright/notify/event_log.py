"""Log of notifications: lines in a bounded file of the spool, and in the system's log."""

from __future__ import annotations

import os
import syslog
import time
from contextlib import suppress
from pathlib import Path

from checkwright.core.text import clean

_LARGEST = 1_000_000
NAME = "notify.log"


class EventLog:
    """Lines with their moment. The file is replaced at a megabyte; one older file stays."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME

    def __call__(self, text: str) -> None:
        line = clean(text, 600)
        # Closed at once: a sender closes inherited descriptors, and the C library would use their numbers again.
        syslog.openlog("checkwright-notify", syslog.LOG_PID, syslog.LOG_DAEMON)
        syslog.syslog(syslog.LOG_WARNING, line)
        syslog.closelog()
        moment = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        with suppress(OSError):  # the line is in the system's log
            if self._path.exists() and self._path.stat().st_size > _LARGEST:
                self._path.replace(self._path.with_name(f"{NAME}.1"))
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
            descriptor = os.open(self._path, flags, 0o640)
            try:
                os.write(descriptor, f"{moment} {line}\n".encode("utf-8", "backslashreplace"))
            finally:
                os.close(descriptor)
