"""Nagios's external command file: a pipe (FIFO) that exists while Nagios is stopped, too."""

import errno
import os
import select
import stat
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Bytes of an atomic write: the least that POSIX promises, and Linux's limit. Lines of other writers may split more.
ATOMIC = 4_096
#: Seconds for a busy Nagios to make room in the pipe.
_PATIENCE = 5.0


def open_pipe(path: str) -> int:
    """Return a descriptor for writing, which never waits for a reader. Raises OSError: `problem` says it."""
    pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOFOLLOW)
    if stat.S_ISFIFO(os.fstat(pipe).st_mode):
        return pipe
    os.close(pipe)
    raise OSError(errno.EINVAL, "it is not a pipe (FIFO), so no Nagios reads it", path)


def write_whole(pipe: int, data: bytes) -> None:
    """Write at most ATOMIC bytes, whole or not at all. Raises OSError; TimeoutError if Nagios reads nothing."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            os.write(pipe, data)
            return
        except BlockingIOError:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError from None
            poll = select.poll()
            poll.register(pipe, select.POLLOUT)
            poll.poll(min(left, 0.2) * 1000)


def grouped(lines: "Iterable[bytes]") -> "list[Sequence[bytes]]":
    """Group neighbouring lines that fit one atomic write. A line that is too long has a group of its own."""
    groups: list[list[bytes]] = []
    room = 0
    for line in lines:
        if len(line) <= room:
            groups[-1].append(line)
        else:
            groups.append([line])
            room = ATOMIC
        room -= len(line)
    return list(groups)


def problem(error: OSError, path: str) -> str:
    """Return why a command could not be handed over, without a full stop."""
    if error.errno in (errno.ENXIO, errno.EPIPE):
        return f"Nagios does not run: no process reads the command file {path}"
    if isinstance(error, TimeoutError):
        return f"Nagios has not read its command file {path} for {_PATIENCE:.0f} s"
    return f"cannot write to Nagios's command file {path}: {error.strerror}"
