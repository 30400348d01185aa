"""One Nagios: sends it external commands, and reads in status.dat that it took them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from checkwright.core.nagios_pipe import grouped, open_pipe, problem, write_whole
from checkwright.downtime import nagios_state
from checkwright.downtime.nagios_state import NagiosState
from checkwright.status.observed import Unreadable

_PAUSE = 0.1
#: Seconds of a reload without a status.dat.
_RELOAD = 3.0


class CannotSend(Exception):
    """Nagios cannot be reached: one sentence without a full stop. sent: number of commands that it got before."""

    def __init__(self, message: str, sent: int = 0) -> None:
        super().__init__(message)
        self.sent = sent


@dataclass(frozen=True, slots=True)
class NagiosControl:
    """Command file and status.dat of one Nagios."""

    command_file: str
    status_file: str

    def state(self) -> NagiosState:
        """Return what Nagios knows now. Raises Unreadable.

        Naemon removes the file during a reload, so a missing one is waited for.
        """
        end = time.monotonic() + _RELOAD
        while True:
            try:
                return nagios_state.read(self.status_file)
            except Unreadable:
                if os.path.exists(self.status_file) or time.monotonic() >= end:
                    raise
            time.sleep(_PAUSE)

    def send(self, lines: Sequence[bytes]) -> None:
        """Send commands, each whole or not at all. Never waits for a reader. Raises CannotSend."""
        done = 0
        try:
            pipe = open_pipe(self.command_file)
            try:
                for group in grouped(lines):
                    write_whole(pipe, b"".join(group))
                    done += len(group)
            finally:
                os.close(pipe)
        except OSError as error:
            raise CannotSend(f"{problem(error, self.command_file)}{_hint(error)}", done) from None

    def wait(self, missing: Callable[[NagiosState], Collection[object]], seconds: float) -> Collection[object]:
        """Wait until status.dat shows everything, at most some seconds. Returns what it still does not show.

        missing: returns what a state lacks. Raises Unreadable if status.dat cannot be read at the end.
        """
        end = time.monotonic() + seconds
        while True:
            is_last = time.monotonic() >= end
            try:
                left = missing(self.state())
            except Unreadable:  # Nagios is just replacing it
                if is_last:
                    raise
            else:
                if is_last or not left:
                    return left
            time.sleep(_PAUSE)


def _hint(error: OSError) -> str:
    return "; it belongs to the user of Nagios: run this as that user" if isinstance(error, PermissionError) else ""
