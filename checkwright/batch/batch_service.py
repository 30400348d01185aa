"""The two ways of running: every task once, or each on its interval until told to stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush
from typing import Protocol

from checkwright.batch.answers import job_for, result_of
from checkwright.batch.dispatcher import Office
from checkwright.batch.planfile import PlanFile
from checkwright.batch.results import Result
from checkwright.batch.schedule import Pace, Slot
from checkwright.batch.tasks import Task, Wanted, tasks_of
from checkwright.batch.writer import Clerk
from checkwright.core.errors import BadUsage
from checkwright.worker.job import Answer, Done, Job

#: Seconds between looks at the plan file.
_LOOK = 1.0
#: Results that wait for a slow disk at most before nothing is started any more.
_BEHIND = 1_000


class Core(Protocol):
    """What runs jobs: the warm core of checkwright/worker."""

    def submit(self, job: Job, done: Done) -> None: ...

    def renew(self, why: str) -> None: ...


async def once(core: Core, tasks: Sequence[Task], office: Office, say: Callable[[str], None]) -> tuple[Result, ...]:
    """Run every task, all at the same time; returns when each has its result and the office has them."""
    office.board.watches(tasks)
    clerk = Clerk(office, say)
    clerk.start()
    results: list[Result] = []
    ended = asyncio.Event()

    def into(task: Task) -> Done:
        def done(answer: Answer) -> None:
            result = result_of(task, answer)
            clerk.bring(result)
            results.append(result)
            if len(results) == len(tasks):
                ended.set()

        return done

    for task in tasks:
        core.submit(job_for(task), into(task))
    await ended.wait()
    await asyncio.to_thread(clerk.finish)
    return tuple(results)


class Service:
    """Tasks on their intervals. For the thread of one loop."""

    def __init__(self, core: Core, file: PlanFile, wanted: Wanted, office: Office, say: Callable[[str], None]) -> None:
        self._core = core
        self._file = file
        self._wanted = wanted
        self._office = office
        self._clerk = Clerk(office, say)
        self._say = say
        # Wall clock at the start, carried on by a clock that nobody sets: phases are the same after a restart.
        self._origin = -(time.time() - time.monotonic())
        self._tasks: dict[tuple[str, str], Task] = {}
        self._slots: dict[tuple[str, str], Slot] = {}
        self._due: list[tuple[float, tuple[str, str]]] = []
        self._running: set[tuple[str, str]] = set()
        self._wake = asyncio.Event()
        self._stopping = False
        self._asked = False
        self._unread = ""  # why the plan that is there now cannot be read

    def stop(self) -> None:
        """Start nothing any more; `run` returns when what runs has ended."""
        self._stopping = True
        self._wake.set()

    def reload(self) -> None:
        """Look at the plan file now, changed or not."""
        self._asked = True
        self._wake.set()

    async def run(self, tasks: Sequence[Task]) -> None:
        """Run tasks until `stop`, and until what ran then has ended."""
        self._take_plan(tasks)
        self._clerk.start()
        looked = time.monotonic()
        while self._running or not self._stopping:
            now = time.monotonic()
            if not self._stopping:
                if self._asked or now - looked >= _LOOK:
                    looked = now
                    await self._look()
                if self._clerk.behind < _BEHIND:
                    self._start_due(now)
            await self._sleep()
        await asyncio.to_thread(self._clerk.finish)

    async def _look(self) -> None:
        """Take the plan when it has changed. One that cannot be read leaves all as it is, with a line in the log."""
        if not (self._file.changed() or self._asked):
            return
        asked, self._asked = self._asked, False
        try:
            tasks = await asyncio.to_thread(lambda: tasks_of(self._file.read(), self._wanted))
        except BadUsage as error:
            self._office.board.failed_reloads += 1
            if (
                asked or str(error) != self._unread
            ):  # a plan that we may not read is tried each second, since that may change
                self._say(f"{error}; the plan that was read before stays in force")
            self._unread = str(error)
            return
        self._unread = ""
        self._office.board.reloads += 1
        self._take_plan(tasks)
        # New watches often come with new code, which processes that are warm have not seen.
        self._core.renew("the plan has changed")
        self._say(f"the plan has changed: {len(tasks)} watches now")

    def _take_plan(self, tasks: Sequence[Task]) -> None:
        now = time.monotonic()
        self._tasks = {task.key: task for task in tasks}
        slots = {}
        for key, task in self._tasks.items():
            pace = Pace(task.entry.interval, task.entry.retry, task.entry.attempts)
            slot = self._slots.get(key)
            if slot is None or slot.pace != pace:
                slot = Slot(key, pace, now, self._origin)
                if key in self._running:
                    slot.start()
            slots[key] = slot
        self._slots = slots
        self._due = [(slot.due, key) for key, slot in slots.items() if slot.due is not None]
        heapify(self._due)
        self._office.board.watches(tasks)

    def _start_due(self, now: float) -> None:
        while self._due and self._due[0][0] <= now:
            _, key = heappop(self._due)
            task = self._tasks[key]
            self._slots[key].start()
            self._running.add(key)
            self._core.submit(job_for(task), self._ended(task, now))

    def _ended(self, task: Task, began: float) -> Done:
        def done(answer: Answer) -> None:
            result = result_of(task, answer)
            self._running.discard(task.key)
            slot = self._slots.get(task.key)
            if slot is not None:
                self._office.board.missed += slot.end(began, time.monotonic(), bad=result.code != 0)
                assert slot.due is not None  # noqa: S101 - end() has just set it
                heappush(self._due, (slot.due, task.key))
                if self._due[0][1] == task.key:  # else nothing is due sooner than was known
                    self._wake.set()
            self._clerk.bring(result)
            if self._stopping:
                self._wake.set()

        return done

    async def _sleep(self) -> None:
        """Until something is due or the last has ended, or it is time to look at the plan again."""
        pause = _LOOK
        if self._due and not self._stopping and self._clerk.behind < _BEHIND:
            pause = min(pause, max(0.0, self._due[0][0] - time.monotonic()))
        # Not wait_for, which makes a task for each wait: this is most of what a watch costs here.
        alarm = asyncio.get_running_loop().call_later(pause, self._wake.set)
        await self._wake.wait()
        alarm.cancel()
        self._wake.clear()
