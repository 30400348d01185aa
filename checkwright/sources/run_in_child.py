"""System calls that may never return, made in a child process that can be abandoned.

Nothing interrupts a call on a dead file server or a failing disk, not even SIGKILL, and a
process inside such a call keeps its pipes open: Nagios would wait for it. So the child closes
all inherited files before it makes the call.
"""

import marshal
import os
import select
import time

from checkwright.core.current import doing, remaining
from checkwright.core.errors import CannotTell

TYPE_CHECKING = False
if TYPE_CHECKING:
    import signal as _signal
    from collections.abc import Callable
    from typing import NoReturn, TypeVar

    T = TypeVar("T")
else:
    import _signal  # the module `signal` wraps this one in enums, which cost more than a small check

_FAILED = "!"
_abandoned: set[int] = set()


def run_in_child(read: "Callable[[], T]", what: str) -> "T":
    """Call `read` in a child process and return its result: numbers, strings, and tuples, lists and dicts of these.

    `read` must import nothing, since another thread may have held an import lock at the fork. It has half of the time
    that the run has left, so that any number of stuck calls leaves time for one more.
    Raises CannotTell, which names `what`, when it takes longer, and the OSError that `read` raised.
    """
    doing(what)
    _collect()
    seconds = remaining() / 2
    reader, writer = os.pipe()
    try:
        child = os.fork()
    except OSError as error:
        os.close(reader)
        os.close(writer)
        raise CannotTell(f"cannot start a process to look at {what}: {error.strerror}") from None
    if child == 0:
        _answer(read, writer)
    os.close(writer)
    try:
        answer = _received(reader, time.monotonic() + seconds)
    finally:
        os.close(reader)
        _abandon(child)
    if answer is None:
        raise CannotTell(f"{what} did not answer within {seconds:.1f} s: it may be stuck")
    try:
        kind, value = marshal.loads(answer)  # noqa: S302 - written by our own child
    except (EOFError, ValueError, TypeError):
        raise CannotTell(f"the process that looked at {what} ended without an answer") from None
    if kind == _FAILED:
        raise OSError(*value)
    return value  # type: ignore[no-any-return]


def _answer(read: "Callable[[], object]", writer: int) -> "NoReturn":
    """Be the child: write the answer and exit, without the parent's files, signal handlers and exit functions."""
    try:
        for number in (_signal.SIGALRM, _signal.SIGHUP, _signal.SIGINT, _signal.SIGTERM):
            _signal.signal(number, _signal.SIG_DFL)
        os.closerange(0, writer)
        os.closerange(writer + 1, 65_536)
        try:
            result = ("", read())
        except OSError as error:
            result = (_FAILED, (error.errno or 0, error.strerror or str(error)))
        data = marshal.dumps(result)  # type: ignore[arg-type]
        while data:
            data = data[os.write(writer, data) :]
    finally:
        os._exit(0)


def _received(reader: int, end: float) -> bytes | None:
    """Return everything that the child wrote; None when it did not finish in time."""
    poll = select.poll()
    poll.register(reader, select.POLLIN | select.POLLHUP)
    parts: list[bytes] = []
    while (left := end - time.monotonic()) > 0:
        if poll.poll(left * 1000):
            part = os.read(reader, 65_536)
            if not part:
                return b"".join(parts)
            parts.append(part)
    return None


def _abandon(child: int) -> None:
    """Kill the child without waiting for it: a stuck child does not die before its call returns."""
    try:
        os.kill(child, _signal.SIGKILL)
    except ProcessLookupError:
        return
    _abandoned.add(child)
    _collect()


def _collect() -> None:
    """Collect the abandoned children that have ended since: a warm worker lives long."""
    for child in list(_abandoned):
        try:
            ended, _ = os.waitpid(child, os.WNOHANG)
        except ChildProcessError:
            ended = child
        if ended:
            _abandoned.discard(child)
