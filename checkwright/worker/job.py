"""What a door hands to the worker's core, and what it gets back. Neither says which door it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import monotonic


class Job:
    """One command that somebody wants to be run.

    command: a line as a shell reads it, or a sequence of words, program first, that no shell ever sees.
    timeout: seconds from `received` on, after which the answer is that of a timeout.
    env: variables to add to the worker's own; a job with any runs in a process of its own.
    received: when it came, on the monotonic clock.
    """

    __slots__ = ("command", "env", "received", "timeout")

    def __init__(
        self,
        command: str | Sequence[str],
        timeout: float,
        env: Mapping[str, str] | None = None,
        received: float | None = None,
    ) -> None:
        self.command = command if isinstance(command, str) else tuple(command)
        self.timeout = timeout
        self.env = env
        self.received = monotonic() if received is None else received

    @property
    def shown(self) -> str:
        """The command for a log: its first word only, for arguments may be secret."""
        first = self.command.split(" ", 1)[0] if isinstance(self.command, str) else self.command[0]
        return ascii(first)[1:-1][:200]


class Answer:
    """What became of a job.

    status: as wait() gives it: the exit code times 256, or the number of the signal that ended the process.
    output, errors: what was written to stdout and stderr.
    started, stopped: seconds since the epoch; `started` is when the job came, so that waiting here is seen too.
    timed_out: the job's own timeout has passed; output and status are then those of an ended process, if any.
    user, system: seconds of processor time.
    """

    __slots__ = ("errors", "output", "started", "status", "stopped", "system", "timed_out", "user")

    def __init__(
        self,
        status: int,
        output: bytes = b"",
        errors: bytes = b"",
        *,
        started: float,
        stopped: float,
        timed_out: bool = False,
        user: float = 0.0,
        system: float = 0.0,
    ) -> None:
        self.status = status
        self.output = output
        self.errors = errors
        self.started = started
        self.stopped = stopped
        self.timed_out = timed_out
        self.user = user
        self.system = system

    @property
    def code(self) -> int:
        """The exit code; UNKNOWN where a signal ended the process, or time was up."""
        return UNKNOWN if self.timed_out or self.status & 0x7F else self.status >> 8


UNKNOWN = 3
#: Called once with the answer, in the loop's thread and never before `submit` has returned.
Done = Callable[[Answer], None]
