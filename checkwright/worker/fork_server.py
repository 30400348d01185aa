"""The nursery: a warm process of one thread that has a child for each job which must not share a process.

A child that runs one of our checks is forked and goes the same way as the command line, from the guard to the end of
the process; so nothing that the check does to its process outlives it. Foreign programs and lines for a shell are
started as Nagios starts them. Nothing of a project is ever loaded here: each child does that for itself.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Sequence

from checkwright.worker import helper, ipc

#: Bytes of stdout and of stderr that are kept of one job; what is beyond is read and dropped.
MOST_OUTPUT = 16_000_000
_NEVER = float("inf")
#: Seconds after which the clock is looked at in any case: epoll takes no more than 24 days.
_LONGEST_PAUSE = 3_600.0
#: Seconds that a child which was told to stop has before it is killed.
_STOPPING = 1.0
#: What a child runs: one of our checks, a program with its words, or a line for /bin/sh.
CHECK, PROGRAM, SHELL = "check", "program", "shell"


class Child:
    """One job that runs. files: what is still open of its stdout and stderr."""

    __slots__ = ("deadline", "files", "killed", "number", "own", "pid", "pidfd", "streams", "timed_out")

    def __init__(self, number: int, pid: int, pidfd: int, out: int, err: int, deadline: float, own: bool) -> None:
        self.number = number
        self.pid = pid
        self.pidfd = pidfd
        self.streams = (bytearray(), bytearray())
        self.files = {out: self.streams[0], err: self.streams[1]}
        self.deadline = deadline
        self.own = own
        self.killed = False
        self.timed_out = False


class Nursery:
    """Takes jobs from the master's socket until that is closed; then ends all that runs, and itself."""

    def __init__(self, channel: socket.socket, at_once: int) -> None:
        self._channel = channel
        self._at_once = at_once
        self._waiting: deque[ipc.Message] = deque()
        self._children: dict[int, Child] = {}  # by pidfd
        self._by_file: dict[int, Child] = {}
        self._poll = select.epoll()
        self._out: list[ipc.Message] = []
        self._stopping = False

    def serve(self) -> None:
        reader = ipc.Reader()
        ours = self._channel.fileno()
        self._poll.register(ours, select.EPOLLIN)
        self._out.append((ipc.HELLO, ipc.VERSION, os.getpid()))
        while True:
            self._send()
            for number, _ in self._poll.poll(self._pause()):
                if number == ours:
                    data = helper.received(self._channel)
                    if not data:
                        self._leave()
                    for message in reader.feed(data):
                        self._take(message)
                elif number in self._by_file:
                    self._read(number, self._by_file[number])
                elif number in self._children:
                    self._ended(self._children[number])
            self._look_at_clock()
            while self._waiting and len(self._children) < self._at_once:
                self._start(self._waiting.popleft())

    def _take(self, message: ipc.Message) -> None:
        kind = message[0]
        if kind == ipc.RUN:
            self._waiting.append(message)
        elif kind == ipc.PING:
            self._out.append((ipc.PONG, message[1], 0, len(self._children), len(self._waiting)))
        elif kind == ipc.STOP:
            self._stop()

    def _pause(self) -> float:
        nearest = min((child.deadline for child in self._children.values()), default=_NEVER)
        if self._waiting:
            nearest = min(nearest, time.monotonic() + 0.25)  # their time runs out while they wait
        return -1 if nearest == _NEVER else min(max(0.0, nearest - time.monotonic()), _LONGEST_PAUSE)

    def _start(self, message: ipc.Message) -> None:
        _, number, what, words, env, deadline, since = message
        if time.monotonic() >= deadline:
            self._out.append(_answer(number, 0, timed_out=True))
            return
        try:
            out, out_end = os.pipe()
            err, err_end = os.pipe()
        except OSError as error:
            self._cannot(number, error)
            return
        try:
            if what == CHECK:
                pid = _forked(words, env, since, out_end, err_end)
            else:
                pid = _spawned(words if what == PROGRAM else ("/bin/sh", "-c", *words), env, out_end, err_end)
            pidfd = os.pidfd_open(pid)
        except (OSError, ValueError) as error:
            for file in (out, err):
                os.close(file)
            if isinstance(error, ValueError):  # a variable that no environment can hold
                self._cannot(number, OSError(22, str(error)))
            elif what == PROGRAM and error.errno is not None and not isinstance(error, BlockingIOError | MemoryError):
                # What Nagios itself answers for a program that it cannot start.
                said = f"execvp({words[0]}, ...) failed. errno is {error.errno}: {error.strerror}\n"
                errors = said.encode("utf-8", "surrogateescape")
                self._out.append(_answer(number, (error.errno & 0xFF) << 8, errors=errors))
            else:
                self._cannot(number, error)
            return
        finally:
            os.close(out_end)
            os.close(err_end)
        child = Child(number, pid, pidfd, out, err, deadline, what == CHECK)
        self._children[pidfd] = child
        for file in (out, err):
            os.set_blocking(file, False)
            self._by_file[file] = child
            self._poll.register(file, select.EPOLLIN)
        self._poll.register(pidfd, select.EPOLLIN)

    def _cannot(self, number: int, error: OSError) -> None:
        text = f"CHECK UNKNOWN: the worker cannot start a process: {error.strerror}\n"
        self._out.append(_answer(number, 3 << 8, text.encode()))

    def _read(self, file: int, child: Child) -> bool:
        """Take what there is; returns whether there may be more."""
        try:
            data = os.read(file, 262_144)
        except BlockingIOError:
            return False
        held = child.files[file]
        if data:
            held += data[: MOST_OUTPUT - len(held)]
            return True
        self._forget(file, child)
        return False

    def _forget(self, file: int, child: Child) -> None:
        self._poll.unregister(file)
        os.close(file)
        del self._by_file[file], child.files[file]

    def _ended(self, child: Child) -> None:
        """The process is gone. What it left behind may still hold its stdout: nobody waits for that."""
        for file in list(child.files):
            while self._read(file, child):
                pass
        for file in list(child.files):
            self._forget(file, child)
        if child.own:
            _kill_group(child.pid)  # the process is not yet waited for, so its number is still its own
        _, status, usage = os.wait4(child.pid, 0)
        self._poll.unregister(child.pidfd)
        os.close(child.pidfd)
        del self._children[child.pidfd]
        out, err = child.streams
        self._out.append(
            _answer(child.number, status, bytes(out), bytes(err), child.timed_out, usage.ru_utime, usage.ru_stime)
        )

    def _look_at_clock(self) -> None:
        now = time.monotonic()
        for child in list(self._children.values()):
            if child.deadline > now:
                continue
            _kill_group(child.pid)
            if not child.killed:
                child.killed = True
                child.timed_out = not self._stopping
                child.deadline = now + 1
            else:  # what even SIGKILL does not end is stuck in the kernel: it is collected when it comes back
                self._out.append(_answer(child.number, 0, timed_out=True))
                child.deadline = _NEVER
        while self._waiting and self._waiting[0][5] <= now:
            self._out.append(_answer(self._waiting.popleft()[1], 0, timed_out=True))

    def _stop(self) -> None:
        """End what runs as a service manager does: first asked, so that it may say what it knows, then killed."""
        self._stopping = True
        while self._waiting:
            self._out.append((ipc.RETURNED, self._waiting.popleft()[1]))
        for child in self._children.values():
            try:
                os.killpg(child.pid, signal.SIGTERM)
            except (ProcessLookupError, PermissionError):
                continue
            child.deadline = min(child.deadline, time.monotonic() + _STOPPING)

    def _leave(self) -> None:
        for child in self._children.values():
            _kill_group(child.pid)
        os._exit(0)

    def _send(self) -> None:
        if not self._out:
            return
        try:
            self._channel.sendall(ipc.packed(self._out))
        except OSError:
            self._leave()
        self._out.clear()


def _forked(words: Sequence[str], env: dict[str, str] | None, since: float | None, out: int, err: int) -> int:
    """Start one of our checks; returns the process."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.closerange(3, 65_536)
        if env:
            os.environ.update(env)
        sys.argv = list(words)
        from checkwright.core.check_program import main

        main(since)
    finally:
        os._exit(3)


def _spawned(words: Sequence[str], env: dict[str, str] | None, out: int, err: int) -> int:
    """Start another program, found on the PATH where its name has no slash; returns the process. Raises OSError."""
    return os.posix_spawnp(
        words[0],
        list(words),
        {**os.environ, **(env or {})},
        file_actions=[(os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, err, 2)],
        setsid=True,
        setsigdef=[signal.SIGTERM, signal.SIGINT, signal.SIGPIPE],
    )


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _answer(
    number: int,
    status: int,
    output: bytes = b"",
    errors: bytes = b"",
    timed_out: bool = False,
    user: float = 0.0,
    system: float = 0.0,
) -> ipc.Message:
    return ipc.ANSWER, number, status, output, errors, timed_out, user, system


def main() -> None:
    channel = helper.channel()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the master says when, to all of its processes
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    helper.without_standard_files()
    # What every check passes through, so that no child need load it again.
    import checkwright.core.author
    import checkwright.core.check_program
    import checkwright.core.formats
    import checkwright.core.help
    import checkwright.core.invocation
    import checkwright.core.projects
    import checkwright.core.run  # noqa: F401

    gc.collect()
    gc.freeze()
    Nursery(channel, int(sys.argv[2])).serve()


if __name__ == "__main__":
    main()
