"""The run that is going on: what sources may know about it.

A source lives longer than a run (a warm worker keeps it), so what belongs to one
run only (time left, identity, secrets that were read) is looked up here.
"""

import time
from contextvars import ContextVar

from checkwright.core.errors import CheckError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextvars import Token

DEFAULT_DEADLINE = 10.0


class Current:
    """One run: its end on the monotonic clock, who asks, the values never to be shown, what it is waiting for.

    project: the project folder that the command line named, "" where it named none.
    printed: what the run wrote to stdout where many runs share a process.
    """

    __slots__ = ("check", "doing", "end", "identity", "late", "masked", "printed", "project")

    def __init__(self, check: str, identity: str, end: float, late: str = "UNKNOWN") -> None:
        self.check = check
        self.late = late  # the state that a run out of time has
        self.identity = identity
        self.end = end
        self.masked: set[str] = set()
        self.doing = ""
        self.project = ""
        self.printed = ""


_current: ContextVar[Current | None] = ContextVar("checkwright.current", default=None)


def current() -> Current:
    """The run of this thread or task; outside of any, a throw-away one with the default deadline."""
    run = _current.get()
    return run if run is not None else Current("", "", time.monotonic() + DEFAULT_DEADLINE)


def enter(run: Current) -> "Token[Current | None]":
    """Make `run` the current one; give the answer back to `leave`."""
    return _current.set(run)


def leave(token: "Token[Current | None]") -> None:
    _current.reset(token)


def remaining() -> float:
    """Seconds until this run must have answered; never below 0.01, so that it may be used as a timeout."""
    return max(0.01, current().end - time.monotonic())


def state_of(trouble: CheckError) -> str:
    """The state that a trouble means: its own, unless the run's time was up, for which the user names a state."""
    run = _current.get()
    return run.late if run is not None and time.monotonic() >= run.end - 0.01 else trouble.state


def doing(what: str) -> None:
    """Say what is waited for now (`GET https://...`), so that a timeout can name it."""
    current().doing = what
