"""System calls that may never return, made in a child process that can be left behind.

A call on a dead file server or a failing disk can be interrupted by nothing, not
even by SIGKILL, and a process inside one keeps its pipes open: Nagios would wait
for it. So the child gives up all files that it inherited before it looks.
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
_left_behind: set[int] = set()


def outside(read: "Callable[[], T]", what: str) -> "T":
    """What `read` returns, called in a child process: numbers, texts and tuples, lists and dicts of these.

    `read` must import nothing: another thread may have held the import's lock at the fork. It is given half of
    the time that the run has left, so that after any number of stuck calls there is time for one more.
    Raises CannotTell naming `what` when it takes longer, and the OSError that `read` raised.
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
        _leave(child)
    if answer is None:
        raise CannotTell(f"{what} did not answer within {seconds:.1f} s: it may be stuck")
    try:
        said = marshal.loads(answer)  # noqa: S302 - written by our own child
    except (EOFError, ValueError, TypeError):
        raise CannotTell(f"the process that looked at {what} ended without an answer") from None
    kind, value = said
    if kind == _FAILED:
        raise OSError(*value)
    return value  # type: ignore[no-any-return]


def _answer(read: "Callable[[], object]", writer: int) -> "NoReturn":
    """The child: answer and be gone, without the parent's files, signal handlers and exit functions."""
    try:
        for number in (_signal.SIGALRM, _signal.SIGHUP, _signal.SIGINT, _signal.SIGTERM):
            _signal.signal(number, _signal.SIG_DFL)
        os.closerange(0, writer)
        os.closerange(writer + 1, 65_536)
        try:
            said = ("", read())
        except OSError as error:
            said = (_FAILED, (error.errno or 0, error.strerror or str(error)))
        data = marshal.dumps(said)  # type: ignore[arg-type]
        while data:
            data = data[os.write(writer, data) :]
    finally:
        os._exit(0)


def _received(reader: int, end: float) -> bytes | None:
    """All that the child wrote; None when it had not finished in time."""
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


def _leave(child: int) -> None:
    """End the child without waiting for it: one that is stuck cannot die before its call returns."""
    try:
        os.kill(child, _signal.SIGKILL)
    except ProcessLookupError:
        return
    _left_behind.add(child)
    _collect()


def _collect() -> None:
    """Take away the children that have ended in the meantime: a warm worker lives long."""
    for child in list(_left_behind):
        try:
            ended, _ = os.waitpid(child, os.WNOHANG)
        except ChildProcessError:
            ended = child
        if ended:
            _left_behind.discard(child)
