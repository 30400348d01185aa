"""The worker's core: hands jobs to helper processes, watches over those, and sees that each job is answered once.

It lives in the master's one thread, with the doors. Nothing here blocks, and no check is loaded or run here: whatever a
check does, it does to a runner (checks that say a thread will do) or to a child of the nursery (all others).
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Sequence
from itertools import count

from checkwright.worker import ipc, stats
from checkwright.worker.connection import Link
from checkwright.worker.job import UNKNOWN, Answer, Done, Job
from checkwright.worker.job_routing import NOWHERE, THREAD, Routes
from checkwright.worker.pending_job import Ticket
from checkwright.worker.worker_log import Log

_TICK = 0.25
_SWEEP = 5.0
#: Spans that percentiles tell of: the last one to two of these, in seconds.
_SPAN = 300.0
#: Most jobs that a runner holds, so that few must be repeated when it is ended.
_WINDOW = 256
#: Seconds without a sign of life from a runner that uses the processor, and from any.
_SILENT, _SILENT_AT_ALL = 1.2, 5.0
#: Processor seconds in a silence that tell a run which holds the interpreter from a machine that is busy elsewhere.
_HOGGED = 0.5
#: Processor seconds of a run repeated alone that tell the one which held the interpreter from its neighbours.
_CULPRIT = 1.0
#: Seconds that a helper has to start.
_START = 30.0
#: Seconds for which a command that ended a runner is run in a process of its own.
_APART = 3_600.0
#: Seconds after a job's deadline at which the core answers for the nursery.
_LATE = 3.0
_BACK_OFF = (0.0, 0.1, 0.5, 2.0, 10.0, 30.0)


class Settings:
    """runners: processes that run checks in threads, each in up to `threads`. children: most processes of the nursery.

    jobs, memory: a runner is replaced after that many jobs, or when it holds more bytes. check: paths of our program.
    """

    __slots__ = ("check", "children", "jobs", "memory", "runners", "threads")

    def __init__(
        self,
        check: Sequence[str],
        *,
        runners: int = 2,
        threads: int = 128,
        children: int = 128,
        jobs: int = 500_000,
        memory: int = 300_000_000,
    ) -> None:
        self.check = tuple(check)
        self.runners = runners
        self.threads = threads
        self.children = children
        self.jobs = jobs
        self.memory = memory


class Core:
    """See `Runs` in checkwright/worker/frontend.py for what a door may ask of it."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self._settings = settings
        self._log = log
        self._routes = Routes(settings.check)
        self._numbers = count(1)
        self._tickets: dict[int, Ticket] = {}
        self._runners: list[Link] = []
        self._nursery: Link | None = None
        self._leaving: set[Link] = set()
        self._ended: set[Link] = set()
        self._threaded: deque[Ticket] = deque()
        self._alone: deque[Ticket] = deque()
        self._apart: dict[object, float] = {}
        self._failures = 0
        self._starting: set[asyncio.Task[None]] = set()
        self._renewing: asyncio.Task[None] | None = None
        self._once_more = ""
        self._ticking: asyncio.Task[None] | None = None
        self._stopping = False
        self._closing = False
        self._swept = self._turned = time.monotonic()
        self.latencies = stats.Latencies()
        self.counts = dict.fromkeys(("jobs", "threads", "processes", "timeouts", "ended", "replaced", "renewed"), 0)
        self.begun = time.time()

    async def start(self) -> None:
        """Start the helpers. Raises OSError where that cannot be, and RuntimeError where they do not answer."""
        self._ticking = asyncio.create_task(self._tick())
        self._runners, self._nursery = await self._crew()

    def submit(self, job: Job, done: Done) -> None:
        self.counts["jobs"] += 1
        number = next(self._numbers)
        try:
            ticket = Ticket(number, job, self._routes.of(job), done)
        except ValueError as error:
            self._refuse(number, job, done, str(error))
            return
        self._tickets[number] = ticket
        if ticket.route.kind == THREAD and self._apart and self._kept_apart(job):
            ticket.route = self._routes.alone(job)
        self._hand(ticket)

    def _refuse(self, number: int, job: Job, done: Done, why: str) -> None:
        ticket = self._tickets[number] = Ticket(number, job, NOWHERE, done)
        text = f"CHECK UNKNOWN: the worker cannot run this command: {why}\n"
        answer = ticket.answer(UNKNOWN << 8, text.encode("utf-8", "backslashreplace"))
        asyncio.get_running_loop().call_soon(self._finish, ticket, answer)

    def is_ours(self, program: str) -> bool:
        return self._routes.is_ours(program)

    @property
    def held(self) -> int:
        """Jobs that are not answered yet."""
        return len(self._tickets)

    def projects(self) -> dict[str, float]:
        """Projects whose code runners may hold, and since when: seconds since the epoch."""
        return dict(self._routes.projects)

    def renew(self, why: str) -> None:
        """Run what comes from now on in fresh processes; what the old ones hold they finish."""
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(self._renew(why))
        else:  # what starts now may have read what was there before
            self._once_more = why

    async def stop(self) -> None:
        """End what still runs, as a service manager ends a process, and answer for all of it and all that comes."""
        self._stopping = True
        for link in self._links():
            link.send((ipc.STOP,))
        end = time.monotonic() + 2.5
        while self._tickets and time.monotonic() < end:
            for ticket in (*self._threaded, *self._alone):
                self._finish(ticket, _stopped(ticket))
            await asyncio.sleep(0.02)
        for ticket in list(self._tickets.values()):
            self._finish(ticket, _stopped(ticket))

    async def close(self) -> None:
        """Let go of all helpers."""
        self._closing = True
        if self._ticking is not None:
            self._ticking.cancel()
        tasks = [*self._starting, *([self._renewing] if self._renewing else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        links = [*self._links(), *self._ended]
        for link in links:
            link.close()
        end = time.monotonic() + 2.0
        while not all(link.gone() for link in links) and time.monotonic() < end:
            await asyncio.sleep(0.01)
        for link in links:
            if not link.gone():
                link.kill()
        end += 2.0  # one that is stuck in the kernel ends when it can
        while not all(link.gone() for link in links) and time.monotonic() < end:
            await asyncio.sleep(0.01)

    def status(self) -> dict[str, object]:
        """Plain figures, for JSON."""
        now = time.monotonic()
        oldest = min((ticket.job.received for ticket in self._tickets.values()), default=now)
        links = [("thread_worker", one) for one in self._runners] + (
            [("fork_server", self._nursery)] if self._nursery else []
        )
        links += [("leaving", one) for one in self._leaving]
        return {
            "held": len(self._tickets),
            "waiting": len(self._threaded) + len(self._alone),
            "oldest": round(now - oldest, 3),
            "p50": self.latencies.percentile(0.5),
            "p99": self.latencies.percentile(0.99),
            "counts": dict(self.counts),
            "apart": len(self._apart),
            "memory": stats.resident(os.getpid()) + sum(link.memory() for _, link in links),
            "processes": [
                {
                    "kind": kind,
                    "pid": link.pid,
                    "ready": link.ready,
                    "held": len(link.held),
                    "jobs": link.jobs,
                    "threads": link.threads,
                    "stuck": link.stuck,
                    "memory": link.memory(),
                }
                for kind, link in links
            ],
        }

    # Handing out

    def _hand(self, ticket: Ticket) -> None:
        if self._stopping:
            asyncio.get_running_loop().call_soon(self._finish, ticket, _stopped(ticket))
            return
        if ticket.route.kind == THREAD:
            self._threaded.append(ticket)
            self._pump()
            return
        if self._nursery is None or not self._nursery.ready:
            self._alone.append(ticket)
            return
        self.counts["processes"] += 1
        self._give(
            self._nursery,
            ticket,
            (
                ipc.RUN,
                ticket.number,
                ticket.route.kind,
                ticket.route.words,
                None if ticket.job.env is None else dict(ticket.job.env),
                ticket.deadline,
                ticket.since,
            ),
        )

    def _pump(self) -> None:
        """Hand what waits to the runners that have room. What gains from company goes to the first of them."""
        while self._threaded:
            ticket = self._threaded[0]
            link = self._runner(ticket)
            if link is None:
                return
            self._threaded.popleft()
            if ticket.number not in self._tickets:
                continue
            self.counts["threads"] += 1
            route = ticket.route
            self._give(link, ticket, (ipc.RUN, ticket.number, route.name, route.project, route.words, ticket.since))

    def _runner(self, ticket: Ticket) -> Link | None:
        best = None
        for link in self._runners:
            if link.ready and len(link.held) < _WINDOW:
                if ticket.route.shared:
                    return link
                if best is None or len(link.held) < len(best.held):
                    best = link
        return best

    def _give(self, link: Link, ticket: Ticket, message: ipc.Message) -> None:
        ticket.handed = time.monotonic()
        link.held[ticket.number] = ticket
        link.jobs += 1
        link.send(message)

    # Taking back

    def _heard(self, link: Link, message: ipc.Message) -> None:
        kind = message[0]
        if kind == ipc.ANSWER:
            _, number, status, output, errors, timed_out, user, system = message
            link.held.pop(number, None)
            ticket = self._tickets.get(number)
            if ticket is not None:
                if ticket.suspect and (timed_out or status & 0x7F or user + system >= _CULPRIT):
                    self._keep_apart(ticket.job)
                self._finish(ticket, ticket.answer(status, output, errors, timed_out, user, system))
            if self._threaded:
                self._pump()
        elif kind == ipc.RETURNED:
            link.held.pop(message[1], None)
            ticket = self._tickets.get(message[1])
            if ticket is not None:
                ticket.route = self._routes.alone(ticket.job)
                self._hand(ticket)
        elif kind == ipc.PONG:
            link.pinged = 0.0
            _, _, link.stuck, link.threads, _ = message
        elif kind == ipc.HELLO and message[1] != ipc.VERSION:
            link.foreign = True

    def _finish(self, ticket: Ticket, answer: Answer) -> None:
        if self._tickets.pop(ticket.number, None) is None:
            return
        self.latencies.add(answer.stopped - answer.started)
        if answer.timed_out:
            self.counts["timeouts"] += 1
        try:
            ticket.done(answer)
        except Exception as error:  # a defect of a door must not cost the others their answers
            self._log.trouble("done", f"an answer could not be given back: {type(error).__name__}: {error}")

    def _lost(self, link: Link) -> None:
        """A helper's process has ended: what it held is run again, where it can harm no other."""
        self._ended.add(link)
        self._leaving.discard(link)
        held = [ticket for ticket in link.held.values() if ticket.number in self._tickets]
        link.held.clear()
        if self._closing:
            return
        if link is self._nursery:
            self._nursery = None
            self._replace(None, "the nursery has ended")
        elif link in self._runners:
            self._runners.remove(link)
            if not link.replacing:
                self._replace(link, f"runner {link.pid} has ended while it held {len(held)} jobs")
        for ticket in held:
            self._again(ticket, link, only=len(held) == 1)
        self._pump()

    def _again(self, ticket: Ticket, link: Link, only: bool) -> None:
        ticket.tries += 1
        if ticket.tries > 2:
            text = "CHECK UNKNOWN: the worker's process ended again and again while it held this job\n"
            self._finish(ticket, ticket.answer(UNKNOWN << 8, text.encode()))
            return
        # What was handed over after the question that got no answer was most likely never read.
        unread = link.pinged and ticket.handed > link.pinged and ticket.tries == 1
        if ticket.route.kind == THREAD and not unread:
            ticket.suspect = True
            ticket.since = ticket.handed
            ticket.route = self._routes.alone(ticket.job)
            if only:
                self._keep_apart(ticket.job)
        self._hand(ticket)

    def _keep_apart(self, job: Job) -> None:
        self._log.trouble("apart", f"{job.shown} holds up or ends the process it runs in: it gets one of its own")
        if len(self._apart) >= 10_000:
            self._apart.clear()
        self._apart[job.command] = time.monotonic() + _APART

    def _kept_apart(self, job: Job) -> bool:
        until = self._apart.get(job.command)
        if until is not None and until < time.monotonic():
            del self._apart[job.command]
            until = None
        return until is not None

    # Watching

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK)
            try:
                self._look()
            except Exception as error:  # whoever watches over the others must not end by a defect of its own
                self._log.trouble("tick", f"the worker's watch failed: {type(error).__name__}: {error}")

    def _look(self) -> None:
        now = time.monotonic()
        for link in [*self._runners, *self._leaving]:
            if link.ready and link.what == "thread_worker":
                self._feel_pulse(link, now)
        for ticket in list(self._tickets.values()):
            if ticket.deadline <= now:
                self._overdue(ticket, now)
        self._pump()
        for link in list(self._leaving):
            if not link.held:
                self._leaving.discard(link)
                self._ended.add(link)
                link.close()
        if now - self._swept >= _SWEEP:
            self._swept = now
            self._sweep()
        if now - self._turned >= _SPAN:
            self._turned = now
            self.latencies.turn()

    def _feel_pulse(self, link: Link, now: float) -> None:
        if not link.pinged:
            if link.held or link.stuck:
                link.pinged = now
                link.processor = stats.processor_seconds(link.pid)
                link.send((ipc.PING, 0))
            return
        silent = now - max(link.pinged, link.last_heard)
        if silent < _SILENT:
            return
        if silent < _SILENT_AT_ALL and stats.processor_seconds(link.pid) - link.processor < _HOGGED:
            return
        self._log.trouble("hog", f"a run holds up runner {link.pid}: it is ended, and its runs are repeated alone")
        link.kill()

    def _overdue(self, ticket: Ticket, now: float) -> None:
        """The job's own time is up. The nursery kills by itself; for a thread there is only to be answered."""
        if ticket.route.kind != THREAD and now < ticket.deadline + _LATE:
            return
        for link in self._links():
            if ticket.number in link.held:
                del link.held[ticket.number]
                if link.what == "thread_worker":
                    link.stuck += 1  # until it says how many there are
                    link.send((ipc.DROP, ticket.number))
                    link.send((ipc.PING, 0))  # a question of before this is answered without it
        self._finish(ticket, ticket.answer(0, timed_out=True))

    def _sweep(self) -> None:
        self._ended = {link for link in self._ended if not self._collected(link)}
        for link in list(self._runners):
            memory = link.memory()
            why = (
                f"it has run {link.jobs} jobs"
                if link.jobs >= self._settings.jobs
                else f"it holds {memory // 1_000_000} MB"
                if memory > self._settings.memory
                else f"{link.stuck} of its threads are stuck"
                if link.stuck >= max(4, self._settings.threads // 4)
                else ""
            )
            if why and not link.replacing:
                link.replacing = True
                self._replace(link, f"runner {link.pid} is replaced: {why}")
        if self._nursery is not None and self._nursery.memory() > self._settings.memory:
            self.renew("the nursery holds too much memory")

    def _collected(self, link: Link) -> bool:
        """Whether an ended helper's process is gone. One that stays behind is killed at the next look."""
        if link.gone():
            return True
        if link.closed or link.dismissed:
            link.kill()
        link.dismissed = True
        return False

    # Helpers

    def _links(self) -> list[Link]:
        return [*self._runners, *([self._nursery] if self._nursery else []), *self._leaving]

    async def _crew(self) -> tuple[list[Link], Link]:
        """A full set of helpers that are ready. Raises OSError, RuntimeError; then none is left."""
        started: list[Link] = []
        try:
            started.append(await self._started("fork_server"))
            for _ in range(self._settings.runners):
                started.append(await self._started("thread_worker"))
            # One that has ended meanwhile was nobody's, so that `_lost` had nothing to replace.
            if ended := next((link for link in started if link.closed), None):
                raise RuntimeError(f"the worker's {ended.what} {ended.pid} ended while the others were started")
        except BaseException:
            for link in started:
                link.kill()
                self._ended.add(link)
            raise
        return started[1:], started[0]

    async def _started(self, what: str) -> Link:
        most = self._settings.threads if what == "thread_worker" else self._settings.children
        link = await Link.start(what, (str(most),), self._heard, self._lost)
        end = time.monotonic() + _START
        try:
            while not link.ready and not link.closed and time.monotonic() < end:
                await asyncio.sleep(0.01)
            if not link.ready or link.foreign:
                why = "is of another version" if link.foreign else "does not start"
                raise RuntimeError(f"the worker's {what} {why}; what it says is on stderr")
        except BaseException:
            link.kill()
            self._ended.add(link)
            raise
        return link

    def _replace(self, old: Link | None, why: str) -> None:
        """Start one more helper in the background: a runner for `old`, else a nursery."""
        self._log.trouble("replace", why)
        self.counts["replaced" if old is not None and old.replacing else "ended"] += 1
        task = asyncio.create_task(self._replaced(old))
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _replaced(self, old: Link | None) -> None:
        while True:
            await asyncio.sleep(_BACK_OFF[min(self._failures, len(_BACK_OFF) - 1)])
            try:
                link = await self._started("fork_server" if old is None else "thread_worker")
                break
            except (OSError, RuntimeError) as error:
                self._failures += 1
                self._log.trouble("start", f"cannot start a process: {error}")
        self._failures = 0
        if old is None and self._nursery is None:
            self._nursery = link
            self._flush_alone()
        elif old in self._runners:
            self._runners[self._runners.index(old)] = link
            self._leaving.add(old)
        elif old is not None and len(self._runners) < self._settings.runners:
            self._runners.append(link)
        else:  # all were renewed meanwhile
            self._ended.add(link)
            link.close()
        self._pump()

    async def _renew(self, why: str) -> None:
        while why:
            self._once_more = ""
            await self._renew_once(why)
            why = self._once_more

    async def _renew_once(self, why: str) -> None:
        self._log.say(f"new processes are started: {why}")
        try:
            runners, nursery = await self._crew()
        except (OSError, RuntimeError) as error:
            self._log.say(f"the new processes do not start, the old ones go on: {error}")
            return
        self._leaving.update(self._runners, [self._nursery] if self._nursery else [])
        self._runners, self._nursery = runners, nursery
        self._routes.forget()
        self._apart.clear()
        self.counts["renewed"] += 1
        self._flush_alone()
        self._pump()

    def _flush_alone(self) -> None:
        waiting, self._alone = self._alone, deque()
        for ticket in waiting:
            if ticket.number in self._tickets:
                self._hand(ticket)


def _stopped(ticket: Ticket) -> Answer:
    text = "CHECK UNKNOWN: the worker was stopped before it had finished\n"
    return ticket.answer(UNKNOWN << 8, text.encode())
