"""Running Nagios, observed through its status file: reload it, and wait until it has the new configuration."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

#: Value for a reload command: send SIGHUP to the process in the lock file of Nagios.
SIGNAL = ("signal",)

_PAUSE = 0.05
_BEGINNING = 8192  # bytes at the start of the status file that contain the program status
_PROGRAM_STATUS = re.compile(r"^\s*(nagios_pid|program_start)=([0-9]+)\s*$", re.MULTILINE)


class ReloadFailed(Exception):
    """Error of a Nagios that did not load its configuration: one clause with the reason."""


@dataclass(frozen=True, slots=True)
class Run:
    """Process of Nagios, and the time of its last (re)load in seconds since 1970."""

    pid: int
    start: int


@dataclass(frozen=True, slots=True)
class Daemon:
    """One Nagios, identified by the files that its main configuration names."""

    status_file: Path
    lock_file: Path

    def running(self) -> Run | None:
        """Return the run in the status file, None if there is none or its process has ended."""
        try:
            with self.status_file.open(encoding="utf-8", errors="replace") as file:
                values = dict(_PROGRAM_STATUS.findall(file.read(_BEGINNING)))
            run = Run(int(values["nagios_pid"]), int(values["program_start"]))
        except (OSError, KeyError):
            return None
        return run if _alive(run.pid) else None

    def reload(self, command: Sequence[str], patience: float) -> None:
        """Reload with a command, or with SIGNAL, and wait until the status file shows a new run.

        Raises ReloadFailed if the command fails, or if no new run appears within `patience` seconds.
        """
        end = time.monotonic() + patience
        before = self.running()
        # The status file has whole seconds. Without this wait, two starts in one second look like one.
        while before is not None and time.time() < before.start + 1:
            time.sleep(_PAUSE)
        if tuple(command) == SIGNAL:
            self._signal()
        else:
            _run(command, patience)
        while (now := self.running()) is None or now == before:
            if time.monotonic() >= end:
                if now is None:
                    raise ReloadFailed(f"no running Nagios wrote {self.status_file} within {patience:g} s")
                raise ReloadFailed(f"Nagios (process {now.pid}) did not reload within {patience:g} s")
            time.sleep(_PAUSE)

    def locked_by(self) -> int | None:
        """Return the process in the lock file, None if there is no such file. Nagios writes it only with -d."""
        try:
            return int(self.lock_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def _signal(self) -> None:
        pid = self.locked_by()
        if pid is None:
            raise ReloadFailed(f"{self.lock_file} contains no process number")
        try:
            owners = {0, os.stat(self.lock_file).st_uid}
            if owners != {0} and os.stat(f"/proc/{pid}").st_uid not in owners - {0}:
                raise ReloadFailed(
                    f"process {pid} of {self.lock_file} belongs to another user than the file: it is not signalled"
                )
            os.kill(pid, signal.SIGHUP)
        except OSError as error:
            raise ReloadFailed(f"process {pid} of {self.lock_file} could not be signalled ({error.strerror})") from None


def _run(command: Sequence[str], patience: float) -> None:
    try:
        result = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=patience,
            check=False,
        )
    except OSError as error:
        raise ReloadFailed(f"{command[0]} cannot be run ({error.strerror})") from None
    except subprocess.TimeoutExpired:
        raise ReloadFailed(f"{command[0]} did not end within {patience:g} s") from None
    if result.returncode:
        output = " ".join(result.stdout.decode(errors="replace").split())[-300:]
        raise ReloadFailed(f"{' '.join(command)} ended with status {result.returncode}{': ' if output else ''}{output}")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
