"""Master of the worker: hands jobs to helper processes, watches over these, and sees that each job is answered once.

It shares the main process's only thread with the frontends. Nothing here blocks, and no check is loaded or run here: a
check runs in a thread worker if it declares that a thread is enough, otherwise in a child of the fork server.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Sequence
from itertools import count

from checkwright.worker import ipc, stats
from checkwright.worker.connection import HelperConnection
from checkwright.worker.job import UNKNOWN, Answer, Done, Job
from checkwright.worker.job_routing import NOWHERE, THREAD, Router
from checkwright.worker.memory_limit import RUN_MEMORY
from checkwright.worker.pending_job import PendingJob
from checkwright.worker.worker_log import Log

_TICK = 0.25
#: Longest pause while there is nothing to watch, so that an idle worker hardly wakes. A job ends it.
_IDLE = 5.0
_SWEEP = 5.0
#: Seconds of a period of percentiles, which cover the last one to two of them.
_PERIOD = 300.0
#: Most jobs that a thread worker holds, so that few must be repeated when it is ended.
_WINDOW = 256
#: Seconds without an answer to a ping: from a thread worker that uses the processor, and from any.
_SILENT, _SILENT_AT_ALL = 1.2, 5.0
#: Processor seconds during that silence. A run that holds the interpreter uses them; a busy machine has none left.
_HOGGED = 0.5
#: Processor seconds of a run that is repeated alone. The run that held the interpreter uses them, others do not.
_CULPRIT = 1.0
#: Seconds for a helper to start.
_START = 30.0
#: Seconds for which a command that ended a thread worker runs in a process of its own.
_ISOLATED = 3_600.0
#: Seconds after a job's deadline until the master answers for the fork server.
_LATE = 3.0
_BACK_OFF = (0.0, 0.1, 0.5, 2.0, 10.0, 30.0)


class MasterSettings:
    """Sizes of a master.

    programs: paths of the program `check`. thread_workers: processes that run checks in threads, each in up to
    `threads`. children: most children of the fork server at once. jobs, memory: a thread worker is replaced after that
    many jobs, or when it holds more bytes. run_memory: most bytes of one child, and of the runs of a thread worker.
    """

    __slots__ = ("children", "jobs", "memory", "programs", "run_memory", "thread_workers", "threads")

    def __init__(
        self,
        programs: Sequence[str],
        *,
        thread_workers: int = 2,
        threads: int = 128,
        children: int = 128,
        jobs: int = 500_000,
        memory: int = 300_000_000,
        run_memory: int = RUN_MEMORY,
    ) -> None:
        self.programs = tuple(programs)
        self.thread_workers = thread_workers
        self.threads = threads
        self.children = children
        self.jobs = jobs
        self.memory = memory
        self.run_memory = run_memory


class Master:
    """See `JobExecutor` in checkwright/worker/frontend.py for the part that frontends use."""

    def __init__(self, settings: MasterSettings, log: Log) -> None:
        self._settings = settings
        self._log = log
        self._router = Router(settings.programs)
        self._numbers = count(1)
        self._pending: dict[int, PendingJob] = {}
        self._thread_workers: list[HelperConnection] = []
        self._fork_server: HelperConnection | None = None
        self._leaving: set[HelperConnection] = set()
        self._ended: set[HelperConnection] = set()
        self._waiting_for_thread: deque[PendingJob] = deque()
        self._waiting_for_fork: deque[PendingJob] = deque()
        self._isolated: dict[object, float] = {}
        self._failures = 0
        self._held: dict[str, dict[str, bytes]] = {}
        self._starting: set[asyncio.Task[None]] = set()
        self._renewing: asyncio.Task[None] | None = None
        self._renew_again = ""
        self._ticking: asyncio.Task[None] | None = None
        self._idle: asyncio.Future[None] | None = None  # done when a job comes, while there is nothing to watch
        self._stopping = False
        self._closing = False
        self._swept = self._turned = time.monotonic()
        self.latencies = stats.Latencies()
        self.counts = dict.fromkeys(("jobs", "threads", "processes", "timeouts", "ended", "replaced", "renewed"), 0)
        self.begun = time.time()

    async def start(self) -> None:
        """Start the helpers. Raises OSError if they cannot be started, RuntimeError if they do not answer."""
        self._ticking = asyncio.create_task(self._tick())
        self._thread_workers, self._fork_server = await self._start_helpers()

    def submit(self, job: Job, done: Done) -> None:
        self.counts["jobs"] += 1
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)
        number = next(self._numbers)
        try:
            pending = PendingJob(number, job, self._router.route(job), done)
        except ValueError as error:
            self._refuse(number, job, done, str(error))
            return
        self._pending[number] = pending
        if pending.route.kind == THREAD and self._isolated and self._is_isolated(job):
            pending.route = self._router.isolated(job)
        self._dispatch(pending)

    def _refuse(self, number: int, job: Job, done: Done, why: str) -> None:
        pending = self._pending[number] = PendingJob(number, job, NOWHERE, done)
        text = f"CHECK UNKNOWN: the worker cannot run this command: {why}\n"
        answer = pending.answer(UNKNOWN << 8, text.encode("utf-8", "backslashreplace"))
        asyncio.get_running_loop().call_soon(self._finish, pending, answer)

    def is_own_program(self, program: str) -> bool:
        return self._router.is_own_program(program)

    @property
    def held(self) -> int:
        """Number of jobs that are not answered yet."""
        return len(self._pending)

    def projects(self) -> dict[str, float]:
        """Return the projects whose code thread workers may hold, with their first use in seconds since the epoch."""
        return dict(self._router.projects)

    def renew(self, why: str) -> None:
        """Run all further jobs in new helpers. The old helpers finish the jobs that they hold."""
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew(why))
        else:  # helpers that start just now may have read the old code
            self._renew_again = why

    def hold(self, folder: str, texts: dict[str, bytes]) -> None:
        """Have helpers import the files of a project as they are in `texts`, whatever becomes of them on disk.

        Helpers that hold a version of this project keep it: `renew` replaces them.
        """
        first = folder not in self._held
        self._held[folder] = texts
        if first:
            self._log.info(f"a copy of the code of {folder} is kept, for changes that do not load")
            for helper in self._helpers():
                self._send_held(helper)

    def _send_held(self, helper: HelperConnection) -> None:
        if self._held:
            helper.send((ipc.HOLD, {path: text for texts in self._held.values() for path, text in texts.items()}))

    async def stop(self) -> None:
        """End all runs as a service manager ends a process. Answer for them, and for all jobs that still come."""
        self._stopping = True
        for helper in self._helpers():
            helper.send((ipc.STOP,))
        end = time.monotonic() + 2.5
        while self._pending and time.monotonic() < end:
            for pending in (*self._waiting_for_thread, *self._waiting_for_fork):
                self._finish(pending, _stopped(pending))
            await asyncio.sleep(0.02)
        for pending in list(self._pending.values()):
            self._finish(pending, _stopped(pending))

    async def close(self) -> None:
        """End all helpers."""
        self._closing = True
        if self._ticking is not None:
            self._ticking.cancel()
        tasks = [*self._starting, *([self._renewing] if self._renewing else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        helpers = [*self._helpers(), *self._ended]
        for helper in helpers:
            helper.close()
        end = time.monotonic() + 2.0
        while not all(helper.has_ended() for helper in helpers) and time.monotonic() < end:
            await asyncio.sleep(0.01)
        for helper in helpers:
            if not helper.has_ended():
                helper.kill()
        end += 2.0  # a process that is stuck in the kernel ends later
        while not all(helper.has_ended() for helper in helpers) and time.monotonic() < end:
            await asyncio.sleep(0.01)

    def status(self) -> dict[str, object]:
        """Return plain figures for JSON: seconds, bytes and numbers of jobs."""
        now = time.monotonic()
        oldest = min((pending.job.received for pending in self._pending.values()), default=now)
        helpers = [("thread_worker", one) for one in self._thread_workers]
        helpers += [("fork_server", self._fork_server)] if self._fork_server else []
        helpers += [("leaving", one) for one in self._leaving]
        return {
            "held": len(self._pending),
            "waiting": len(self._waiting_for_thread) + len(self._waiting_for_fork),
            "oldest": round(now - oldest, 3),
            "p50": self.latencies.percentile(0.5),
            "p99": self.latencies.percentile(0.99),
            "counts": dict(self.counts),
            "isolated": len(self._isolated),
            "memory": stats.resident_bytes(os.getpid()) + sum(helper.memory() for _, helper in helpers),
            "processes": [
                {
                    "kind": kind,
                    "pid": helper.pid,
                    "ready": helper.ready,
                    "held": len(helper.held),
                    "jobs": helper.jobs,
                    "threads": helper.threads,
                    "stuck": helper.stuck,
                    "memory": helper.memory(),
                }
                for kind, helper in helpers
            ],
        }

    # Jobs to helpers

    def _dispatch(self, pending: PendingJob) -> None:
        if self._stopping:
            asyncio.get_running_loop().call_soon(self._finish, pending, _stopped(pending))
            return
        if pending.route.kind == THREAD:
            self._waiting_for_thread.append(pending)
            self._dispatch_threads()
            return
        if self._fork_server is None or not self._fork_server.ready:
            self._waiting_for_fork.append(pending)
            return
        self.counts["processes"] += 1
        self._send(
            self._fork_server,
            pending,
            (
                ipc.RUN,
                pending.number,
                pending.route.kind,
                pending.route.words,
                None if pending.job.env is None else dict(pending.job.env),
                pending.deadline,
                pending.since,
                pending.job.restricted,
            ),
        )

    def _dispatch_threads(self) -> None:
        """Hand waiting jobs to the thread workers that have room. Shared checks all go to the first of them."""
        while self._waiting_for_thread:
            pending = self._waiting_for_thread[0]
            helper = self._choose_thread_worker(pending)
            if helper is None:
                return
            self._waiting_for_thread.popleft()
            if pending.number not in self._pending:
                continue
            self.counts["threads"] += 1
            route = pending.route
            run = (ipc.RUN, pending.number, route.name, route.project, route.words, pending.since)
            self._send(helper, pending, run)

    def _choose_thread_worker(self, pending: PendingJob) -> HelperConnection | None:
        best = None
        for helper in self._thread_workers:
            if helper.ready and len(helper.held) < _WINDOW:
                if pending.route.shared:
                    return helper
                if best is None or len(helper.held) < len(best.held):
                    best = helper
        return best

    def _send(self, helper: HelperConnection, pending: PendingJob, message: ipc.Message) -> None:
        pending.sent = time.monotonic()
        helper.held[pending.number] = pending
        helper.jobs += 1
        helper.send(message)

    # Answers from helpers

    def _on_message(self, helper: HelperConnection, message: ipc.Message) -> None:
        kind = message[0]
        if kind == ipc.ANSWER:
            _, number, status, output, errors, timed_out, user, system = message
            helper.held.pop(number, None)
            pending = self._pending.get(number)
            if pending is not None:
                if pending.suspect and (timed_out or status & 0x7F or user + system >= _CULPRIT):
                    self._isolate(pending.job)
                self._finish(pending, pending.answer(status, output, errors, timed_out, user, system))
            if self._waiting_for_thread:
                self._dispatch_threads()
        elif kind == ipc.RETURNED:
            helper.held.pop(message[1], None)
            pending = self._pending.get(message[1])
            if pending is not None:
                pending.route = self._router.isolated(pending.job)
                self._dispatch(pending)
        elif kind == ipc.PONG:
            helper.pinged = 0.0
            _, _, helper.stuck, helper.threads, _ = message
        elif kind == ipc.HELLO and message[1] != ipc.VERSION:
            helper.wrong_version = True

    def _finish(self, pending: PendingJob, answer: Answer) -> None:
        if self._pending.pop(pending.number, None) is None:
            return
        self.latencies.add(answer.stopped - answer.started)
        if answer.timed_out:
            self.counts["timeouts"] += 1
        try:
            pending.done(answer)
        except Exception as error:  # a defect of one frontend must not cost the others their answers
            self._log.problem("done", f"an answer could not be delivered: {type(error).__name__}: {error}")

    def _on_lost(self, helper: HelperConnection) -> None:
        """Run the jobs of a helper that has ended again, where they can harm no other."""
        self._ended.add(helper)
        self._leaving.discard(helper)
        held = [pending for pending in helper.held.values() if pending.number in self._pending]
        helper.held.clear()
        if self._closing:
            return
        if helper is self._fork_server:
            self._fork_server = None
            self._replace(None, "the fork server has ended")
        elif helper in self._thread_workers:
            self._thread_workers.remove(helper)
            if not helper.replacing:
                self._replace(helper, f"thread worker {helper.pid} has ended while it held {len(held)} jobs")
        for pending in held:
            self._retry(pending, helper, only=len(held) == 1)
        self._dispatch_threads()

    def _retry(self, pending: PendingJob, helper: HelperConnection, only: bool) -> None:
        pending.losses += 1
        if pending.losses > 2:
            text = "CHECK UNKNOWN: the worker's process ended again and again while it held this job\n"
            self._finish(pending, pending.answer(UNKNOWN << 8, text.encode()))
            return
        # A job sent after the ping that got no answer was most likely never read.
        unread = helper.pinged and pending.sent > helper.pinged and pending.losses == 1
        if pending.route.kind == THREAD and not unread:
            pending.suspect = True
            pending.since = pending.sent
            pending.route = self._router.isolated(pending.job)
            if only:
                self._isolate(pending.job)
        self._dispatch(pending)

    def _isolate(self, job: Job) -> None:
        """Run this command in a process of its own for an hour."""
        self._log.problem(
            "isolated", f"{job.program} holds up or ends the process that it runs in: it gets a process of its own"
        )
        if len(self._isolated) >= 10_000:
            self._isolated.clear()
        self._isolated[job.command] = time.monotonic() + _ISOLATED

    def _is_isolated(self, job: Job) -> bool:
        until = self._isolated.get(job.command)
        if until is not None and until < time.monotonic():
            del self._isolated[job.command]
            until = None
        return until is not None

    # Watch over helpers and jobs

    async def _tick(self) -> None:
        while True:
            await self._pause()
            try:
                self._look()
            except Exception as error:  # a defect here must not end the watch over all helpers
                self._log.problem("tick", f"the worker's watch failed: {type(error).__name__}: {error}")

    async def _pause(self) -> None:
        if not (self._pending or self._leaving or any(one.pinged or one.stuck for one in self._thread_workers)):
            self._idle = asyncio.get_running_loop().create_future()
            came, _ = await asyncio.wait([self._idle], timeout=_IDLE)
            self._idle = None
            if not came:
                return
        await asyncio.sleep(_TICK)

    def _look(self) -> None:
        now = time.monotonic()
        for helper in [*self._thread_workers, *self._leaving]:
            if helper.ready and helper.module == "thread_worker":
                self._check_pulse(helper, now)
        for pending in list(self._pending.values()):
            if pending.deadline <= now:
                self._end_overdue(pending, now)
        self._dispatch_threads()
        for helper in list(self._leaving):
            if not helper.held:
                self._leaving.discard(helper)
                self._ended.add(helper)
                helper.close()
        if now - self._swept >= _SWEEP:
            self._swept = now
            self._sweep()
        if now - self._turned >= _PERIOD:
            self._turned = now
            self.latencies.turn()

    def _check_pulse(self, helper: HelperConnection, now: float) -> None:
        """Ping a thread worker; end one that does not answer."""
        if not helper.pinged:
            if helper.held or helper.stuck:
                helper.pinged = now
                helper.processor = stats.processor_seconds(helper.pid)
                helper.send((ipc.PING, 0))
            return
        silent = now - max(helper.pinged, helper.last_heard)
        if silent < _SILENT:
            return
        if silent < _SILENT_AT_ALL and stats.processor_seconds(helper.pid) - helper.processor < _HOGGED:
            return
        self._log.problem(
            "hog", f"a run holds up thread worker {helper.pid}: the worker ends it and repeats its runs alone"
        )
        helper.kill()

    def _end_overdue(self, pending: PendingJob, now: float) -> None:
        """Answer for a job whose time is up. The fork server kills its children itself; a thread can only be left."""
        if pending.route.kind != THREAD and now < pending.deadline + _LATE:
            return
        for helper in self._helpers():
            if pending.number in helper.held:
                del helper.held[pending.number]
                if helper.module == "thread_worker":
                    helper.stuck += 1  # until it reports their number
                    helper.send((ipc.DROP, pending.number))
                    helper.send((ipc.PING, 0))  # an earlier ping is answered without this thread
        self._finish(pending, pending.answer(0, timed_out=True))

    def _sweep(self) -> None:
        """Collect helpers that have ended, and replace thread workers that have served long enough."""
        self._ended = {helper for helper in self._ended if not self._collected(helper)}
        for helper in list(self._thread_workers):
            memory = helper.memory()
            why = (
                f"it has run {helper.jobs} jobs"
                if helper.jobs >= self._settings.jobs
                else f"it holds {memory // 1_000_000} MB"
                if memory > self._settings.memory
                else f"{helper.stuck} of its threads are stuck"
                if helper.stuck >= max(4, self._settings.threads // 4)
                else ""
            )
            if why and not helper.replacing:
                helper.replacing = True
                self._replace(helper, f"thread worker {helper.pid} is replaced: {why}")
        if self._fork_server is not None and self._fork_server.memory() > self._settings.memory:
            self.renew("the fork server holds too much memory")

    def _collected(self, helper: HelperConnection) -> bool:
        """Return whether an ended helper's process is gone. A process that remains is killed at the next sweep."""
        if helper.has_ended():
            return True
        if helper.closed or helper.dismissed:
            helper.kill()
        helper.dismissed = True
        return False

    # Helper processes

    def _helpers(self) -> list[HelperConnection]:
        return [*self._thread_workers, *([self._fork_server] if self._fork_server else []), *self._leaving]

    async def _start_helpers(self) -> tuple[list[HelperConnection], HelperConnection]:
        """Start a full set of helpers: thread workers and a fork server.

        Raises OSError, RuntimeError. Then all helpers that it has started are ended.
        """
        started: list[HelperConnection] = []
        try:
            started.append(await self._start_helper("fork_server"))
            for _ in range(self._settings.thread_workers):
                started.append(await self._start_helper("thread_worker"))
            # A helper that has ended meanwhile was in no list, so `_on_lost` had nothing to replace.
            if ended := next((helper for helper in started if helper.closed), None):
                raise RuntimeError(f"the worker's {ended.module} {ended.pid} ended while the others were started")
        except BaseException:
            for helper in started:
                helper.kill()
                self._ended.add(helper)
            raise
        return started[1:], started[0]

    async def _start_helper(self, module: str) -> HelperConnection:
        most = self._settings.threads if module == "thread_worker" else self._settings.children
        sizes = (str(most), str(self._settings.run_memory))
        helper = await HelperConnection.start(module, sizes, self._on_message, self._on_lost)
        end = time.monotonic() + _START
        try:
            while not helper.ready and not helper.closed and time.monotonic() < end:
                await asyncio.sleep(0.01)
            if not helper.ready or helper.wrong_version:
                why = "is of another version" if helper.wrong_version else "does not start"
                raise RuntimeError(f"the worker's {module} {why}; its own message is on stderr")
        except BaseException:
            helper.kill()
            self._ended.add(helper)
            raise
        self._send_held(helper)
        return helper

    def _replace(self, old: HelperConnection | None, why: str) -> None:
        """Start one more helper in the background: a thread worker in place of `old`, or a fork server for None."""
        self._log.problem("replace", why)
        self.counts["replaced" if old is not None and old.replacing else "ended"] += 1
        task = asyncio.create_task(self._start_replacement(old))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _start_replacement(self, old: HelperConnection | None) -> None:
        while True:
            await asyncio.sleep(_BACK_OFF[min(self._failures, len(_BACK_OFF) - 1)])
            try:
                helper = await self._start_helper("fork_server" if old is None else "thread_worker")
                break
            except (OSError, RuntimeError) as error:
                self._failures += 1
                self._log.problem("start", f"cannot start a process: {error}")
        self._failures = 0
        if old is None and self._fork_server is None:
            self._fork_server = helper
            self._dispatch_forks()
        elif old in self._thread_workers:
            self._thread_workers[self._thread_workers.index(old)] = helper
            self._leaving.add(old)
        elif old is not None and len(self._thread_workers) < self._settings.thread_workers:
            self._thread_workers.append(helper)
        else:  # all were renewed meanwhile
            self._ended.add(helper)
            helper.close()
        self._dispatch_threads()

    async def _renew(self, why: str) -> None:
        while why:
            self._renew_again = ""
            await self._renew_once(why)
            why = self._renew_again

    async def _renew_once(self, why: str) -> None:
        self._log.info(f"starting new processes: {why}")
        try:
            thread_workers, fork_server = await self._start_helpers()
        except (OSError, RuntimeError) as error:
            self._log.info(f"the new processes do not start, the old ones go on: {error}")
            return
        self._leaving.update(self._thread_workers, [self._fork_server] if self._fork_server else [])
        self._thread_workers, self._fork_server = thread_workers, fork_server
        self._router.forget()
        self._isolated.clear()
        self.counts["renewed"] += 1
        self._dispatch_forks()
        self._dispatch_threads()

    def _dispatch_forks(self) -> None:
        waiting, self._waiting_for_fork = self._waiting_for_fork, deque()
        for pending in waiting:
            if pending.number in self._pending:
                self._dispatch(pending)


def _stopped(pending: PendingJob) -> Answer:
    text = "CHECK UNKNOWN: the worker was stopped before it had finished\n"
    return pending.answer(UNKNOWN << 8, text.encode())
