"""Start of a batch: plan, tasks, store, sinks and master are put together. All problems are raised as one BadUsage."""

from __future__ import annotations

import asyncio
import hashlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from checkwright.batch.batch_service import BatchService, run_once
from checkwright.batch.dispatcher import Dispatcher
from checkwright.batch.planfile import PlanFile
from checkwright.batch.sink import Context, OpenSink, QueueSink, open_sink
from checkwright.batch.store import Bounds, SinkStatus
from checkwright.batch.tasks import Task, TaskFilter, tasks_of
from checkwright.core.errors import BadUsage, CheckError
from checkwright.core.outcome import STATES, worst
from checkwright.sources import statefolder
from checkwright.worker.master import Master, MasterSettings
from checkwright.worker.own_programs import find_check
from checkwright.worker.worker_log import Log

#: Seconds for deliveries at the end. Results that are not delivered then stay in the store.
PATIENCE = 15.0
_LONGEST_NAME = 100
_NOT_DELIVERED = 1
#: Watches that one thread worker runs easily.
_FEW = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchSettings:
    """Options of one batch. store: "" for the default place. program: its name in the log."""

    plan: str
    task_filter: TaskFilter
    to: tuple[str, ...]
    once: bool
    store: str
    bounds: Bounds
    run_memory: int
    program: str
    log: Callable[[str], None]


def run(settings: BatchSettings) -> int:
    """Run once, or until SIGTERM. Returns the exit code; raises BadUsage.

    With the sink `stdout` it is the code of the worst state. Otherwise 0, or 1 if a single run could not deliver all.
    """
    file = PlanFile(settings.plan)
    tasks = tasks_of(file.read(), settings.task_filter)
    sinks = _sinks(settings)
    folder = store_folder(settings.store, settings.task_filter) if needs_store(sinks) else Path()
    dispatcher = Dispatcher(sinks, folder, settings.bounds, settings.log)
    _warn_of_doubles(tasks, sinks, settings.log)
    if settings.once:
        return asyncio.run(_run_once(tasks, dispatcher, sinks, settings))
    asyncio.run(_serve(tasks, file, settings, dispatcher))
    return 0


def store_folder(named: str, task_filter: TaskFilter, name: str = "") -> Path:
    """Return the store's folder: the named one, systemd's, or one below the user's state folder. Raises BadUsage.

    name: of the last one, by default that of the hosts.
    """
    if named:
        return Path(os.path.abspath(named))
    state = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if state.startswith("/"):
        return Path(state)
    name = name or "batch-" + "+".join((*sorted(task_filter.hosts), *(("central",) if task_filter.central else ())))
    if len(name.encode()) > _LONGEST_NAME or "/" in name:
        name = f"batch-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    try:
        return Path(statefolder.make_folder()) / name
    except CheckError as error:
        raise BadUsage(f"{error}; or name a folder with --store") from None


@asynccontextmanager
async def _master(tasks: Sequence[Task], settings: BatchSettings) -> AsyncIterator[Master]:
    """Run the worker's master, so that isolation and timeouts are the worker's too. Raises BadUsage."""
    thread_workers = 1 if settings.once or len(tasks) <= _FEW else 2
    sizes = MasterSettings(find_check(sys.argv[0]), thread_workers=thread_workers, run_memory=settings.run_memory)
    master = Master(sizes, Log(program=settings.program))
    try:
        try:
            await master.start()
        except (OSError, RuntimeError) as error:
            raise BadUsage(f"cannot start the processes that run checks: {error}") from None
        yield master
    finally:
        await master.close()


async def _run_once(
    tasks: Sequence[Task], dispatcher: Dispatcher, sinks: Sequence[OpenSink], settings: BatchSettings
) -> int:
    before = {one.sink: one for one in dispatcher.latest.statuses()}
    async with _master(tasks, settings) as master:
        results = await run_once(master, tasks, dispatcher, settings.log)
        statuses = await asyncio.to_thread(dispatcher.close, PATIENCE)
    if any(one.kind == "stdout" for one in sinks):
        return STATES.index(worst(result.state for result in results))
    missing = [_lacks_results(one, before.get(one.sink, SinkStatus("")), settings.log) for one in statuses]
    return _NOT_DELIVERED if any(missing) else 0


def _lacks_results(now: SinkStatus, before: SinkStatus, log: Callable[[str], None]) -> bool:
    """Return whether a sink has not got all results, and log how many wait."""
    lost = now.refused - before.refused + now.dropped_full - before.dropped_full + now.dropped_old - before.dropped_old
    if now.waiting:
        log(f"{now.sink}: {_results(now.waiting)} in the store for the next run")
    return bool(now.waiting or lost)


async def _serve(tasks: Sequence[Task], file: PlanFile, settings: BatchSettings, dispatcher: Dispatcher) -> None:
    async with _master(tasks, settings) as master:
        service = BatchService(master, file, settings.task_filter, dispatcher, settings.log)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, service.stop)
        loop.add_signal_handler(signal.SIGHUP, service.reload)
        settings.log(f"{len(tasks)} watches, to {', '.join(settings.to)}")
        await service.run(tasks)
    for one in await asyncio.to_thread(dispatcher.close, PATIENCE):
        if one.waiting:
            settings.log(f"{one.sink}: {_results(one.waiting)} in the store for the next start")


def _results(number: int) -> str:
    return "1 result waits" if number == 1 else f"{number} results wait"


def _sinks(settings: BatchSettings) -> list[OpenSink]:
    return open_sinks(settings.to, Context(settings.once, settings.log))


def open_sinks(texts: Sequence[str], context: Context) -> list[OpenSink]:
    """Return the sinks that texts name. Raises BadUsage."""
    found: list[OpenSink] = []
    for text in texts:
        if text in (one.name for one in found):
            raise BadUsage(f"the sink {text} is named twice")
        found.append(open_sink(text, context))
    return found


def needs_store(sinks: Sequence[OpenSink]) -> bool:
    return any(isinstance(one.target, QueueSink) for one in sinks)


def _warn_of_doubles(tasks: Sequence[Task], sinks: Sequence[OpenSink], log: Callable[[str], None]) -> None:
    """Log that Nagios runs some of these watches too, so that both would report for one service."""
    if not any(one.kind.startswith("nagios-") for one in sinks):
        return
    doubled = [task for task in tasks if task.entry.transport != "passive"]
    if doubled:
        log(
            f"Nagios runs {len(doubled)} of these {len(tasks)} watches itself, such as {doubled[0].watch} of "
            f'{doubled[0].host}: give them transport="passive" in the registry, or leave them out with --passive'
        )
