"""The running Nagios as its status file shows it: reload it, and see that it is back."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

#: Instead of a command: SIGHUP to the process that the lock file of Nagios names.
SIGNAL = ("signal",)

_PAUSE = 0.05
_BEGINNING = 8192  # bytes of the status file that hold what it says of the program
_SAID = re.compile(r"^\s*(nagios_pid|program_start)=([0-9]+)\s*$", re.MULTILINE)


class NotBack(Exception):
    """Nagios did not come back: one clause that says what was seen."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of Nagios: process, and when it last read its configuration (seconds since 1970)."""

    pid: int
    start: int


@dataclass(frozen=True, slots=True)
class Daemon:
    """A Nagios, by the files that its main configuration names."""

    status_file: Path
    lock_file: Path

    def running(self) -> Run | None:
        """The run that the status file tells of, None when there is none or its process has ended."""
        try:
            with self.status_file.open(encoding="utf-8", errors="replace") as file:
                said = dict(_SAID.findall(file.read(_BEGINNING)))
            run = Run(int(said["nagios_pid"]), int(said["program_start"]))
        except (OSError, KeyError):
            return None
        return run if _alive(run.pid) else None

    def reload(self, command: Sequence[str], patience: float) -> None:
        """Reload by a command, or by SIGNAL, and wait until a new run is told of.

        Raises NotBack when the command fails, or when nothing new is told of within `patience` seconds.
        """
        end = time.monotonic() + patience
        before = self.running()
        # Starts are told in whole seconds: without this, two in one second look like one.
        while before is not None and time.time() < before.start + 1:
            time.sleep(_PAUSE)
        if tuple(command) == SIGNAL:
            self._signal()
        else:
            _run(command, patience)
        while (now := self.running()) is None or now == before:
            if time.monotonic() >= end:
                if now is None:
                    raise NotBack(f"no running Nagios wrote {self.status_file} within {patience:g} s")
                raise NotBack(f"Nagios (process {now.pid}) did not start anew within {patience:g} s")
            time.sleep(_PAUSE)

    def locked_by(self) -> int | None:
        """The process that the lock file names, None when there is no such file; a Nagios writes it with -d alone."""
        try:
            return int(self.lock_file.read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None

    def _signal(self) -> None:
        pid = self.locked_by()
        if pid is None:
            raise NotBack(f"{self.lock_file} names no process")
        try:
            os.kill(pid, signal.SIGHUP)
        except OSError as error:
            raise NotBack(
                f"process {pid}, which {self.lock_file} names, could not be signalled ({error.strerror})"
            ) from None


def _run(command: Sequence[str], patience: float) -> None:
    try:
        ran = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=patience,
            check=False,
        )
    except OSError as error:
        raise NotBack(f"{command[0]} cannot be run ({error.strerror})") from None
    except subprocess.TimeoutExpired:
        raise NotBack(f"{command[0]} did not end within {patience:g} s") from None
    if ran.returncode:
        said = " ".join(ran.stdout.decode(errors="replace").split())[-300:]
        raise NotBack(f"{' '.join(command)} ended with status {ran.returncode}{': ' if said else ''}{said}")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
