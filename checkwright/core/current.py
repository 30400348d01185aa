"""The run in progress: its deadline, its identity, its secrets.

A source lives longer than a run (the worker keeps it), so it looks up here what belongs to one run.
"""

import time
from contextvars import ContextVar

from checkwright.core.errors import CheckError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from contextvars import Token

DEFAULT_DEADLINE = 10.0


class RunOver(BaseException):
    """End of a run whose result was already sent. No `except Exception` of a check or library keeps it running."""


class Current:
    """One run in progress.

    end: the deadline on the monotonic clock. seconds: the time limit. timeout_state: the state of a run that is out
    of time. secrets: values that no output may show. doing: what the run is waiting for, "" for nothing.
    over: the result was sent, so that nothing more may be done. project: the project folder of the command line, ""
    for none. printed: text that the run wrote to
    stdout, where many runs share a process.
    """

    __slots__ = (
        "check",
        "doing",
        "end",
        "identity",
        "over",
        "printed",
        "project",
        "seconds",
        "secrets",
        "timeout_state",
    )

    def __init__(
        self, check: str, identity: str, end: float, timeout_state: str = "UNKNOWN", project: str = ""
    ) -> None:
        self.check = check
        self.identity = identity
        self.end = end
        self.seconds = DEFAULT_DEADLINE
        self.timeout_state = timeout_state
        self.project = project
        self.secrets: set[str] = set()
        self.doing = ""
        self.over = False
        self.printed = ""


_current: ContextVar[Current | None] = ContextVar("checkwright.current", default=None)


def current() -> Current:
    """Return the run of this thread or task; outside of a run, a temporary one with the default deadline."""
    run = _current.get()
    return run if run is not None else Current("", "", time.monotonic() + DEFAULT_DEADLINE)


def enter(run: Current) -> "Token[Current | None]":
    """Make `run` the current one. Pass the returned token to `leave`."""
    return _current.set(run)


def leave(token: "Token[Current | None]") -> None:
    _current.reset(token)


def remaining() -> float:
    """Return the seconds until this run must answer, at least 0.01, so that they can serve as a timeout.

    Raises RunOver after the result was sent.
    """
    return max(0.01, _going_on().end - time.monotonic())


def state_of(error: CheckError) -> str:
    """Return the state of an error: its own, or the user's timeout state where the run is out of time."""
    run = _current.get()
    return run.timeout_state if run is not None and time.monotonic() >= run.end - 0.01 else error.state


def doing(what: str) -> None:
    """Record the operation that the run is waiting for (`GET https://...`), so that a timeout can name it.

    Raises RunOver after the result was sent, so that a late thread does not start another request.
    """
    _going_on().doing = what


def _going_on() -> Current:
    run = current()
    if run.over:
        raise RunOver(f"the result of {run.check} was sent")
    return run
