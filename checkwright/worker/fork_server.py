"""Fork server: a warm process of one thread with a child for each job that must not share a process.

A child that runs one of our checks is forked and takes the path of the command line, from the guard to the end of the
process; nothing that the check does to its process outlives it. Foreign programs and lines for a shell are started as
Nagios starts them. No code of a project is ever loaded here: each child loads it for itself.
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

from checkwright.worker import held_code, helper, ipc
from checkwright.worker.memory_limit import limit_memory
from checkwright.worker.process_title import ProcessTitle

#: Bytes of stdout and of stderr that are kept of one job; the rest is read and dropped. Nagios keeps 64 KiB, and
#: plugins that print without end must not fill the memory.
OUTPUT_LIMIT = 131_072
_NEVER = float("inf")
#: Seconds after which the clock is read in any case: epoll takes no more than 24 days.
_LONGEST_PAUSE = 3_600.0
#: Seconds between a child's SIGTERM and its SIGKILL.
_STOPPING = 1.0
#: What a child runs: one of our checks, a program with its words, or a line for /bin/sh.
CHECK, PROGRAM, SHELL = "check", "program", "shell"


class Child:
    """One running job. files: the descriptors of its stdout and stderr that are still open."""

    __slots__ = ("deadline", "files", "is_check", "killed", "number", "pid", "pidfd", "streams", "timed_out")

    def __init__(self, number: int, pid: int, pidfd: int, out: int, err: int, deadline: float, is_check: bool) -> None:
        self.number = number
        self.pid = pid
        self.pidfd = pidfd
        self.streams = (bytearray(), bytearray())
        self.files = {out: self.streams[0], err: self.streams[1]}
        self.deadline = deadline
        self.is_check = is_check
        self.killed = False
        self.timed_out = False


class ForkServer:
    """Takes jobs from the master's socket until that is closed. Then it ends all children, and itself."""

    def __init__(self, master: socket.socket, most_children: int, title: ProcessTitle) -> None:
        self._master = master
        self._most_children = most_children
        self._title = title
        self._waiting: deque[ipc.Message] = deque()
        self._children: dict[int, Child] = {}  # by pidfd
        self._by_file: dict[int, Child] = {}
        self._poll = select.epoll()
        self._out: list[ipc.Message] = []
        self._stopping = False

    def serve(self) -> None:
        reader = ipc.Reader()
        master = self._master.fileno()
        self._poll.register(master, select.EPOLLIN)
        self._out.append((ipc.HELLO, ipc.VERSION, os.getpid()))
        while True:
            self._send()
            for number, _ in self._poll.poll(self._pause()):
                if number == master:
                    data = helper.receive(self._master)
                    if not data:
                        self._exit()
                    for message in reader.feed(data):
                        self._take(message)
                elif number in self._by_file:
                    self._read(number, self._by_file[number])
                elif number in self._children:
                    self._collect(self._children[number])
            self._check_deadlines()
            while self._waiting and len(self._children) < self._most_children:
                self._start(self._waiting.popleft())

    def _take(self, message: ipc.Message) -> None:
        kind = message[0]
        if kind == ipc.RUN:
            self._waiting.append(message)
        elif kind == ipc.PING:
            self._out.append((ipc.PONG, message[1], 0, len(self._children), len(self._waiting)))
        elif kind == ipc.HOLD:
            held_code.hold(message[1])
        elif kind == ipc.STOP:
            self._stop()

    def _pause(self) -> float:
        nearest = min((child.deadline for child in self._children.values()), default=_NEVER)
        if self._waiting:
            nearest = min(nearest, time.monotonic() + 0.25)  # their time passes while they wait
        return -1 if nearest == _NEVER else min(max(0.0, nearest - time.monotonic()), _LONGEST_PAUSE)

    def _start(self, message: ipc.Message) -> None:
        _, number, kind, words, env, deadline, since, restricted = message
        if time.monotonic() >= deadline:
            self._out.append(_answer(number, 0, timed_out=True))
            return
        try:
            out, out_end = os.pipe()
            err, err_end = os.pipe()
        except OSError as error:
            self._answer_not_started(number, error)
            return
        try:
            if kind == CHECK:
                pid = _fork_check(words, env, since, restricted, out_end, err_end, self._title)
            else:
                pid = _spawn(words if kind == PROGRAM else ("/bin/sh", "-c", *words), env, out_end, err_end)
            pidfd = os.pidfd_open(pid)
        except (OSError, ValueError) as error:
            for file in (out, err):
                os.close(file)
            if isinstance(error, ValueError):  # a variable that no environment can hold
                self._answer_not_started(number, OSError(22, str(error)))
            elif kind == PROGRAM and error.errno is not None and not isinstance(error, BlockingIOError | MemoryError):
                # The answer of Nagios itself for a program that it cannot start.
                text = f"execvp({words[0]}, ...) failed. errno is {error.errno}: {error.strerror}\n"
                errors = text.encode("utf-8", "surrogateescape")
                self._out.append(_answer(number, (error.errno & 0xFF) << 8, errors=errors))
            else:
                self._answer_not_started(number, error)
            return
        finally:
            os.close(out_end)
            os.close(err_end)
        child = Child(number, pid, pidfd, out, err, deadline, kind == CHECK)
        self._children[pidfd] = child
        for file in (out, err):
            os.set_blocking(file, False)
            self._by_file[file] = child
            self._poll.register(file, select.EPOLLIN)
        self._poll.register(pidfd, select.EPOLLIN)

    def _answer_not_started(self, number: int, error: OSError) -> None:
        text = f"CHECK UNKNOWN: the worker cannot start a process: {error.strerror}\n"
        self._out.append(_answer(number, 3 << 8, text.encode()))

    def _read(self, file: int, child: Child) -> bool:
        """Read once from a child's stdout or stderr. Returns whether there may be more."""
        try:
            data = os.read(file, 262_144)
        except BlockingIOError:
            return False
        held = child.files[file]
        if data:
            held += data[: OUTPUT_LIMIT - len(held)]
            return True
        self._forget(file, child)
        return False

    def _forget(self, file: int, child: Child) -> None:
        self._poll.unregister(file)
        os.close(file)
        del self._by_file[file], child.files[file]

    def _collect(self, child: Child) -> None:
        """Answer for a process that has ended. Processes that it left behind may hold its stdout: do not wait."""
        for file in list(child.files):
            while self._read(file, child):
                pass
        for file in list(child.files):
            self._forget(file, child)
        if child.is_check:
            _kill_group(child.pid)  # the process is not collected yet, so its number is still its own
        _, status, usage = os.wait4(child.pid, 0)
        self._poll.unregister(child.pidfd)
        os.close(child.pidfd)
        del self._children[child.pidfd]
        out, err = child.streams
        self._out.append(
            _answer(child.number, status, bytes(out), bytes(err), child.timed_out, usage.ru_utime, usage.ru_stime)
        )

    def _check_deadlines(self) -> None:
        now = time.monotonic()
        for child in list(self._children.values()):
            if child.deadline > now:
                continue
            _kill_group(child.pid)
            if not child.killed:
                child.killed = True
                child.timed_out = not self._stopping
                child.deadline = now + 1
            else:  # SIGKILL does not end a process that is stuck in the kernel: it is collected when it comes back
                self._out.append(_answer(child.number, 0, timed_out=True))
                child.deadline = _NEVER
        while self._waiting and self._waiting[0][5] <= now:
            self._out.append(_answer(self._waiting.popleft()[1], 0, timed_out=True))

    def _stop(self) -> None:
        """End all children as a service manager does: SIGTERM first, so that they can report, then SIGKILL."""
        self._stopping = True
        while self._waiting:
            self._out.append((ipc.RETURNED, self._waiting.popleft()[1]))
        for child in self._children.values():
            try:
                os.killpg(child.pid, signal.SIGTERM)
            except (ProcessLookupError, PermissionError):
                continue
            child.deadline = min(child.deadline, time.monotonic() + _STOPPING)

    def _exit(self) -> None:
        for child in self._children.values():
            _kill_group(child.pid)
        os._exit(0)

    def _send(self) -> None:
        if not self._out:
            return
        try:
            self._master.sendall(ipc.pack(self._out))
        except OSError:
            self._exit()
        self._out.clear()


def _fork_check(
    words: Sequence[str],
    env: dict[str, str] | None,
    since: float | None,
    restricted: bool,
    out: int,
    err: int,
    title: ProcessTitle,
) -> int:
    """Start one of our checks in a child. Returns its process number."""
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        title.set(" ".join(words), os.path.basename(words[0]))
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGPIPE):
            signal.signal(number, signal.SIG_DFL)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.closerange(3, 65_536)
        if env:
            os.environ.update(env)
        sys.argv = list(words)
        from checkwright.core.check_program import main

        main(since, may_act=not restricted)
    finally:
        os._exit(3)


def _spawn(words: Sequence[str], env: dict[str, str] | None, out: int, err: int) -> int:
    """Start another program, looked up in PATH if it has no slash. Returns its process number; raises OSError."""
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
    """Run a fork server. Arguments: its socket, the most children at once, bytes of memory for each of them."""
    master = helper.master_socket()
    title = ProcessTitle()
    title.set("checkwright: fork server", "fork-server")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the master stops all of its processes
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    helper.close_standard_files()
    limit_memory(int(sys.argv[3]))  # the children inherit it; the server needs less itself
    # Modules that every check passes through, so that no child loads them again.
    import checkwright.core.author
    import checkwright.core.check_program
    import checkwright.core.formats
    import checkwright.core.help
    import checkwright.core.invocation
    import checkwright.core.projects
    import checkwright.core.run  # noqa: F401

    gc.collect()
    gc.freeze()
    ForkServer(master, int(sys.argv[2]), title).serve()


if __name__ == "__main__":
    main()
