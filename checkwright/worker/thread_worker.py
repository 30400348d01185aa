"""Thread worker: a process that runs, each in a thread, the checks that declare that a thread is enough.

The main thread only talks to the master and reads the clock, so that it can answer for an overdue run in the words of
the command line. A run that holds the interpreter stops the main thread too. The master notices that, ends this process
and repeats its runs, each in a process of its own.
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
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, TextIO, cast

from checkwright.core import children
from checkwright.core.argv import CommandLine
from checkwright.core.catalog import find
from checkwright.core.check import Check
from checkwright.core.check_program import internal_error
from checkwright.core.current import current
from checkwright.core.errors import BadUsage
from checkwright.core.guard import GRACE, stopped_by
from checkwright.core.invocation import projects_in, requested_page
from checkwright.core.run import Run
from checkwright.core.world import SharedSources, World
from checkwright.worker import held_code, helper, ipc
from checkwright.worker.memory_limit import limit_memory
from checkwright.worker.process_title import ProcessTitle

#: Seconds without progress, while jobs wait, until there are more threads: when the threads wait, and when they
#: compute, which more threads would not speed up.
_IMPATIENCE, _AT_LAST = 0.01, 0.1
#: Seconds between two looks at the clock.
_TICK = 0.1
_PRINTED = 65_536
#: Parsed command lines that are kept, some kilobytes each.
_KEPT = 10_000
_GONE: Any = object()


class ThreadWorker:
    """Takes jobs from the master's socket until that is closed."""

    def __init__(self, master: socket.socket, most_threads: int) -> None:
        self._master = master
        self._most_threads = most_threads
        self._threads = 0
        self._jobs: SimpleQueue[ipc.Message] = SimpleQueue()
        self._last_taken = 0
        self._running: dict[int, Run | None] = {}  # None while its check is being loaded
        self._overdue: dict[int, Run | None] = {}  # answered, but the thread is still busy: for the main thread alone
        self._back: deque[int] = deque()  # overdue runs whose threads are free again
        self._kinds: dict[tuple[str, str], type[Check]] = {}
        #: Parsed command lines: monitoring repeats the same ones all day.
        self._lines: dict[tuple[type[Check], tuple[str, ...]], CommandLine] = {}
        self._worlds: list[World] = []
        #: Sources that all runs share at the same time. Others are lent to one run at a time.
        self._shared = SharedSources()
        self._sender = MessageSender(master)

    def serve(self) -> None:
        reader = ipc.Reader()
        poll = select.poll()
        poll.register(self._master, select.POLLIN)
        self._sender.send((ipc.HELLO, ipc.VERSION, os.getpid()))
        seen, at, used = 0, time.monotonic(), time.process_time()
        while True:
            waiting = self._jobs.qsize()
            starved = waiting > self._threads - len(self._running) - len(self._overdue)
            idle = time.monotonic() - at
            if seen != self._last_taken or not starved:
                seen, at, used = self._last_taken, time.monotonic(), time.process_time()
            elif idle >= _IMPATIENCE and (idle >= _AT_LAST or time.process_time() - used < idle / 4):
                self._grow(waiting)
                at, used = time.monotonic(), time.process_time()
            pause = _IMPATIENCE if starved else _TICK if waiting or self._running or self._overdue else None
            if poll.poll(None if pause is None else pause * 1000):
                data = helper.receive(self._master)
                if not data:
                    os._exit(0)
                for message in reader.feed(data):
                    self._take(message)
            self._check_deadlines()

    def _take(self, message: ipc.Message) -> None:
        kind = message[0]
        if kind == ipc.RUN:
            self._jobs.put(message)
            if not self._threads:
                self._grow(1)
        elif kind == ipc.PING:
            self._sender.send((ipc.PONG, message[1], len(self._overdue), self._threads, self._jobs.qsize()))
        elif kind == ipc.DROP:
            if (run := self._running.pop(message[1], _GONE)) is not _GONE:
                self._abandon(message[1], run)
        elif kind == ipc.HOLD:
            held_code.hold(message[1])
        elif kind == ipc.STOP:
            self._stop()

    def _grow(self, most: int) -> None:
        """Start up to `most` threads, at most doubling them: a burst of quick checks needs few, slow checks many."""
        for _ in range(min(most, max(1, self._threads), self._most_threads - self._threads)):
            try:
                Thread(target=self._work, daemon=True).start()
            except RuntimeError:  # this user may start no more: the threads that there are do the work
                return
            self._threads += 1

    def _check_deadlines(self) -> None:
        now = time.monotonic()
        for number, run in list(self._running.items()):
            if run is None or run.current.end + GRACE > now:
                continue
            if self._running.pop(number, _GONE) is not _GONE:
                text, code = _printed(run, run.overdue)
                self._abandon(number, run)
                self._sender.send(_answer(number, text, code))
        while self._back:
            self._overdue.pop(self._back.popleft(), None)

    def _abandon(self, number: int, run: Run | None) -> None:
        """Stop to wait for a run. Its thread is free again when the run returns."""
        self._overdue[number] = run
        if run is not None:
            children.kill_all(run.current)

    def _stop(self) -> None:
        """Answer for all jobs, as a process does on SIGTERM. The master then closes the socket."""
        while not self._jobs.empty():
            message = self._jobs.get_nowait()
            self._sender.send((ipc.RETURNED, message[1]))
        for number, run in list(self._running.items()):
            if self._running.pop(number, _GONE) is _GONE:
                continue
            self._abandon(number, run)
            if run is None:
                self._sender.send((ipc.RETURNED, number))
            else:
                self._sender.send(_answer(number, *_printed(run, lambda run=run: run.stopped(stopped_by("SIGTERM")))))

    def _work(self) -> None:
        while True:
            _, number, name, project, words, since = self._jobs.get()
            self._last_taken = number
            self._running[number] = None
            cpu = time.thread_time()
            answer: tuple[str, int] | None
            try:
                answer = self._run(number, name, project, words, since)
            except BaseException as error:  # as on the command line, a defect of the library is one line too
                answer = internal_error(error)
            # The thread that takes the run out of the dictionary answers for it: one step, which no thread can split.
            if self._running.pop(number, _GONE) is _GONE:
                self._back.append(number)
            elif answer is None:
                self._sender.send((ipc.RETURNED, number))
            else:
                self._sender.send(_answer(number, *answer, time.thread_time() - cpu))

    def _run(
        self, number: int, name: str, project: str, words: tuple[str, ...], since: float | None
    ) -> tuple[str, int] | None:
        """Return the output of the command line and its exit code; None if it must run in a process of its own."""
        kind = self._kinds.get((name, project))
        if kind is None:
            try:
                kind = find(name, project)
            except BadUsage:
                return None  # the cause may be in this process: another project of the same name is loaded
            self._kinds[name, project] = kind
        known = self._lines.get((kind, words))
        if known is None and (not kind.thread_safe or kind.act is not Check.act or requested_page(words)):
            return None
        try:
            world = self._worlds.pop()
        except IndexError:
            world = World(shared=self._shared)
        try:
            run = Run(kind, words, world, since, known and known.copy(), project=project)
            if known is None and not run.usage:
                if projects_in(words) and not run.args.project:
                    return None  # only looks like --project: the process decides
                self._keep(kind, words, run.args)
            if number not in self._running:
                return None
            self._running[number] = run
            return run.render(run.go(), run.current.printed)
        finally:
            self._worlds.append(world)

    def _keep(self, kind: type[Check], words: tuple[str, ...], parsed: CommandLine) -> None:
        # A class with its own __init__ may make instances that two runs would share.
        if kind.__init__ is Check.__init__:
            if len(self._lines) >= _KEPT:
                self._lines.clear()
            self._lines[kind, words] = parsed.copy()


class MessageSender:
    """Sends whole frames from any thread. The thread that finds the socket free also sends the messages of others."""

    def __init__(self, master: socket.socket) -> None:
        self._master = master
        self._lock = Lock()
        self._waiting: deque[ipc.Message] = deque()

    def send(self, message: ipc.Message) -> None:
        waiting = self._waiting
        waiting.append(message)
        while waiting and self._lock.acquire(False):
            try:
                batch = [waiting.popleft() for _ in range(len(waiting))]
                if batch:
                    self._master.sendall(ipc.pack(batch))
            except OSError:
                os._exit(0)  # the master has ended
            finally:
                self._lock.release()


class RunStdout:
    """Replaces sys.stdout: text that a run prints is kept with that run."""

    encoding = "utf-8"

    def write(self, text: str) -> int:
        run = current()
        if len(run.printed) < _PRINTED:
            run.printed += text[: _PRINTED - len(run.printed)]
        return len(text)

    def flush(self) -> None:
        """Do nothing: no text is held back."""

    def isatty(self) -> bool:
        return False


def _printed(run: Run, outcome: Any) -> tuple[str, int]:
    """Return the output for an outcome, whatever a check's own code does meanwhile."""
    try:
        return run.render(outcome())
    except BaseException as error:  # the check's text is broken too, but a line must come
        return f"{run.name.upper()} UNKNOWN: timed out ({type(error).__name__})", 3


def _answer(number: int, text: str, code: int, cpu: float = 0.0) -> ipc.Message:
    output = (text + "\n").encode("utf-8", "backslashreplace")
    return ipc.ANSWER, number, code << 8, output, b"", False, cpu, 0.0


def main() -> None:
    """Run a thread worker. Arguments: its socket, the most threads, bytes of memory for all runs together."""
    master = helper.master_socket()
    ProcessTitle().set("checkwright: thread worker", "thread-worker")
    helper.end_with_parent()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the master stops all of its processes
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    helper.close_standard_files()
    limit_memory(int(sys.argv[3]), int(sys.argv[2]))
    sys.stdout = cast(TextIO, RunStdout())
    sys.setswitchinterval(0.002)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    ThreadWorker(master, int(sys.argv[2])).serve()


if __name__ == "__main__":
    main()
