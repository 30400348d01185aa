"""`checkctl batch`, put together: plan, tasks, store, deliveries, core. What it cannot do is one BadUsage."""

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

from checkwright.batch.batch_service import Service, once
from checkwright.batch.dispatcher import Office
from checkwright.batch.planfile import PlanFile
from checkwright.batch.sink import Context, Opened, Queue, opened
from checkwright.batch.store import Bounds, Standing
from checkwright.batch.tasks import Task, Wanted, tasks_of
from checkwright.core.errors import BadUsage, CheckError
from checkwright.core.outcome import STATES, worst
from checkwright.sources import statefolder
from checkwright.worker.master import Master, MasterSettings
from checkwright.worker.own_programs import find_check
from checkwright.worker.worker_log import Log

#: Seconds that deliveries are given at the end; what is not delivered then stays in the store.
PATIENCE = 15.0
_LONGEST_NAME = 100
_LEFT = 1
#: Watches that one process for checks in threads runs with ease.
_FEW = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Options of one batch. store: "" for the default place. program: name in the log."""

    plan: str
    wanted: Wanted
    to: tuple[str, ...]
    once: bool
    store: str
    bounds: Bounds
    program: str
    say: Callable[[str], None]


def run(settings: Settings) -> int:
    """Run once, or until SIGTERM. Returns the exit code; raises BadUsage.

    With `stdout` the worst state's code, else 0, or 1 when a result of a single run could not be delivered.
    """
    file = PlanFile(settings.plan)
    tasks = tasks_of(file.read(), settings.wanted)
    deliveries = _deliveries(settings)
    folder = store_folder(settings.store, settings.wanted) if _keeps(deliveries) else Path()
    office = Office(deliveries, folder, settings.bounds, settings.say)
    _warn(tasks, deliveries, settings.say)
    if settings.once:
        return asyncio.run(_once(tasks, office, deliveries, settings))
    asyncio.run(_serve(tasks, file, settings, office))
    return 0


def store_folder(named: str, wanted: Wanted) -> Path:
    """The store's folder: the named one, systemd's, else one below the user's state folder. Raises BadUsage."""
    if named:
        return Path(os.path.abspath(named))
    state = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]
    if state.startswith("/"):
        return Path(state)
    name = "batch-" + "+".join((*sorted(wanted.hosts), *(("central",) if wanted.central else ())))
    if len(name.encode()) > _LONGEST_NAME or "/" in name:
        name = f"batch-{hashlib.sha256(name.encode()).hexdigest()[:16]}"
    try:
        return Path(statefolder.folder(make=True)) / name
    except CheckError as trouble:
        raise BadUsage(f"{trouble}; or name a folder with --store") from None


@asynccontextmanager
async def _core(tasks: Sequence[Task], settings: Settings) -> AsyncIterator[Master]:
    """The core that the worker has too, so that isolation and deadlines are the same. Raises BadUsage."""
    thread_workers = 1 if settings.once or len(tasks) <= _FEW else 2
    master = Master(
        MasterSettings(find_check(sys.argv[0]), thread_workers=thread_workers), Log(program=settings.program)
    )
    try:
        try:
            await master.start()
        except (OSError, RuntimeError) as error:
            raise BadUsage(f"cannot start the processes that run checks: {error}") from None
        yield master
    finally:
        await master.close()


async def _once(tasks: Sequence[Task], office: Office, deliveries: Sequence[Opened], settings: Settings) -> int:
    before = {one.delivery: one for one in office.board.standings()}
    async with _core(tasks, settings) as core:
        results = await once(core, tasks, office, settings.say)
        standings = await asyncio.to_thread(office.close, PATIENCE)
    if any(one.kind == "stdout" for one in deliveries):
        return STATES.index(worst(result.state for result in results))
    left = [_left(one, before.get(one.delivery, Standing("")), settings.say) for one in standings]
    return _LEFT if any(left) else 0


def _left(now: Standing, before: Standing, say: Callable[[str], None]) -> bool:
    """Say what one delivery did not get; whether there is anything."""
    lost = now.refused - before.refused + now.dropped_full - before.dropped_full + now.dropped_old - before.dropped_old
    if now.waiting:
        say(f"{now.delivery}: {_results(now.waiting)} in the store for the next run")
    return bool(now.waiting or lost)


async def _serve(tasks: Sequence[Task], file: PlanFile, settings: Settings, office: Office) -> None:
    async with _core(tasks, settings) as core:
        service = Service(core, file, settings.wanted, office, settings.say)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, service.stop)
        loop.add_signal_handler(signal.SIGHUP, service.reload)
        settings.say(f"{len(tasks)} watches, to {', '.join(settings.to)}")
        await service.run(tasks)
    for one in await asyncio.to_thread(office.close, PATIENCE):
        if one.waiting:
            settings.say(f"{one.delivery}: {_results(one.waiting)} in the store for the next start")


def _results(number: int) -> str:
    return "1 result waits" if number == 1 else f"{number} results wait"


def _deliveries(settings: Settings) -> list[Opened]:
    context = Context(settings.once, settings.say)
    found: list[Opened] = []
    for text in settings.to:
        if text in (one.name for one in found):
            raise BadUsage(f"the delivery {text} is named twice")
        found.append(opened(text, context))
    return found


def _keeps(deliveries: Sequence[Opened]) -> bool:
    return any(isinstance(one.target, Queue) for one in deliveries)


def _warn(tasks: Sequence[Task], deliveries: Sequence[Opened], say: Callable[[str], None]) -> None:
    """Nagios takes results of what it runs itself as well, so that both would speak for one service."""
    if not any(one.kind.startswith("nagios-") for one in deliveries):
        return
    doubled = [task for task in tasks if task.entry.transport != "passive"]
    if doubled:
        say(
            f"Nagios runs {len(doubled)} of these {len(tasks)} watches itself, such as {doubled[0].watch} of "
            f'{doubled[0].host}: give them transport="passive" in the registry, or leave them out with --passive'
        )
