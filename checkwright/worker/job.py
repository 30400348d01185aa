"""Jobs and answers between a frontend and the master. Neither names the frontend."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from time import monotonic


class Job:
    """One command to run.

    command: a line as a shell reads it, or a sequence of words, program first, that no shell ever sees.
    timeout: seconds from `received` on. Past them the answer is that of a timeout.
    env: variables to add to the worker's own. A job that has any runs in a process of its own.
    received: arrival on the monotonic clock.
    restricted: the command comes from the network, so a check only measures and never acts. `heartbeat --run`, which
    runs any command, acts.
    """

    __slots__ = ("command", "env", "received", "restricted", "timeout")

    def __init__(
        self,
        command: str | Sequence[str],
        timeout: float,
        env: Mapping[str, str] | None = None,
        received: float | None = None,
        *,
        restricted: bool = False,
    ) -> None:
        self.command = command if isinstance(command, str) else tuple(command)
        self.timeout = timeout
        self.env = env
        self.received = monotonic() if received is None else received
        self.restricted = restricted

    @property
    def program(self) -> str:
        """First word of the command, for a log: arguments may be secret."""
        first = self.command.split(" ", 1)[0] if isinstance(self.command, str) else self.command[0]
        return ascii(first)[1:-1][:200]


class Answer:
    """Outcome of a job.

    status: as wait() returns it, the exit code times 256 or the number of the signal that ended the process.
    output, errors: bytes written to stdout and stderr.
    started, stopped: seconds since the epoch. `started` is the job's arrival, so that waiting counts too.
    timed_out: the job's timeout has passed. Output and status are then those of the ended process, if there was one.
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
        """Exit code; UNKNOWN after a signal or a timeout."""
        return UNKNOWN if self.timed_out or self.status & 0x7F else self.status >> 8


UNKNOWN = 3
#: Called once with the answer, in the loop's thread and never before `submit` has returned.
Done = Callable[[Answer], None]
