"""Two ways to run a batch: every task once, or each on its interval until the batch is stopped."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from heapq import heapify, heappop, heappush
from typing import Protocol

from checkwright.batch.answers import job_for, result_of
from checkwright.batch.dispatcher import Dispatcher
from checkwright.batch.planfile import PlanFile
from checkwright.batch.results import Result
from checkwright.batch.schedule import Pace, Slot
from checkwright.batch.tasks import Task, TaskFilter, tasks_of
from checkwright.batch.writer import Writer
from checkwright.core.errors import BadUsage
from checkwright.worker.job import Answer, Done, Job

#: Seconds between looks at the plan file.
_LOOK = 1.0
#: Results that wait for a slow disk. Beyond them no further task is started.
_BACKLOG = 1_000
#: Seconds that a task may start early, together with one that is due: a wake-up of the processes then serves several.
_TOGETHER = 0.1


class Executor(Protocol):
    """Part of the worker's master that a batch uses."""

    def submit(self, job: Job, done: Done) -> None: ...

    def renew(self, why: str) -> None: ...


async def run_once(
    executor: Executor, tasks: Sequence[Task], dispatcher: Dispatcher, log: Callable[[str], None]
) -> tuple[Result, ...]:
    """Run all tasks at the same time. Returns their results once the dispatcher has all of them."""
    dispatcher.latest.set_tasks(tasks)
    writer = Writer(dispatcher, log)
    writer.start()
    results: list[Result] = []
    ended = asyncio.Event()

    def collect(task: Task) -> Done:
        def done(answer: Answer) -> None:
            result = result_of(task, answer)
            writer.put(result)
            results.append(result)
            if len(results) == len(tasks):
                ended.set()

        return done

    for task in tasks:
        executor.submit(job_for(task), collect(task))
    await ended.wait()
    await asyncio.to_thread(writer.finish)
    return tuple(results)


class BatchService:
    """Runs tasks on their intervals. For the thread of one loop."""

    def __init__(
        self,
        executor: Executor,
        file: PlanFile,
        task_filter: TaskFilter,
        dispatcher: Dispatcher,
        log: Callable[[str], None],
    ) -> None:
        self._executor = executor
        self._file = file
        self._filter = task_filter
        self._dispatcher = dispatcher
        self._writer = Writer(dispatcher, log)
        self._log = log
        # Wall clock at the start, continued by a clock that nobody sets: phases are the same after a restart.
        self._origin = -(time.time() - time.monotonic())
        self._tasks: dict[tuple[str, str], Task] = {}
        self._slots: dict[tuple[str, str], Slot] = {}
        self._due: list[tuple[float, tuple[str, str]]] = []
        self._running: set[tuple[str, str]] = set()
        self._wake = asyncio.Event()
        self._stopping = False
        self._reload_requested = False
        self._plan_problem = ""  # why the present plan cannot be read

    def stop(self) -> None:
        """Start no further task. `run` returns when the running tasks have ended."""
        self._stopping = True
        self._wake.set()

    def reload(self) -> None:
        """Read the plan file now, changed or not."""
        self._reload_requested = True
        self._wake.set()

    async def run(self, tasks: Sequence[Task]) -> None:
        """Run tasks until `stop` is called and all running tasks have ended."""
        self._take_plan(tasks)
        self._writer.start()
        looked = time.monotonic()
        while self._running or not self._stopping:
            now = time.monotonic()
            if not self._stopping:
                if self._reload_requested or now - looked >= _LOOK:
                    looked = now
                    await self._look()
                if self._writer.backlog < _BACKLOG:
                    self._start_due(now)
            await self._sleep()
        await asyncio.to_thread(self._writer.finish)

    async def _look(self) -> None:
        """Take the plan if it has changed. One that cannot be read changes nothing and is logged."""
        if not (self._file.changed() or self._reload_requested):
            return
        requested, self._reload_requested = self._reload_requested, False
        try:
            tasks = await asyncio.to_thread(lambda: tasks_of(self._file.read(), self._filter))
        except BadUsage as error:
            self._dispatcher.latest.failed_reloads += 1
            # A plan without read permission is tried each second, since the permission may change.
            if requested or str(error) != self._plan_problem:
                self._log(f"{error}; the previous plan stays in force")
            self._plan_problem = str(error)
            return
        self._plan_problem = ""
        self._dispatcher.latest.reloads += 1
        self._take_plan(tasks)
        # New watches often come with new code, which warm processes have not loaded.
        self._executor.renew("the plan has changed")
        self._log(f"the plan has changed: {len(tasks)} watches now")

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
        self._dispatcher.latest.set_tasks(tasks)

    def _start_due(self, now: float) -> None:
        while self._due and self._due[0][0] <= now + _TOGETHER:
            _, key = heappop(self._due)
            task = self._tasks[key]
            self._slots[key].start()
            self._running.add(key)
            self._executor.submit(job_for(task), self._on_end(task, now))

    def _on_end(self, task: Task, began: float) -> Done:
        def done(answer: Answer) -> None:
            result = result_of(task, answer)
            self._running.discard(task.key)
            slot = self._slots.get(task.key)
            if slot is not None:
                self._dispatcher.latest.missed += slot.end(began, time.monotonic(), bad=result.code != 0)
                assert slot.due is not None  # noqa: S101 - end() has just set it
                heappush(self._due, (slot.due, task.key))
                if self._due[0][1] == task.key:  # otherwise nothing is due sooner than before
                    self._wake.set()
            self._writer.put(result)
            if self._stopping:
                self._wake.set()

        return done

    async def _sleep(self) -> None:
        """Wait until a task is due, the last one has ended, or it is time to look at the plan."""
        pause = _LOOK
        if self._due and not self._stopping and self._writer.backlog < _BACKLOG:
            pause = min(pause, max(0.0, self._due[0][0] - time.monotonic()))
        # Not wait_for, which makes a task for each wait: this is most of the cost of a watch here.
        alarm = asyncio.get_running_loop().call_later(pause, self._wake.set)
        await self._wake.wait()
        alarm.cancel()
        self._wake.clear()
