"""Master of the worker in this process, without a frontend: jobs in, answers out."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from checkwright.worker.job import Answer, Job
from checkwright.worker.master import Master, MasterSettings
from checkwright.worker.worker_log import Log
from tests.support.real import starts_a_daemon

T = TypeVar("T")
#: The program `check` of the environment that runs the tests.
CHECK = str(Path(sys.executable).with_name("check"))


class Running:
    """A running master. `run` submits a job and waits for its answer."""

    def __init__(self, master: Master) -> None:
        self.master = master

    async def run(
        self,
        command: str | Sequence[str],
        timeout: float = 60,
        env: Mapping[str, str] | None = None,
        restricted: bool = False,
    ) -> Answer:
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        job = Job(command, timeout, env, restricted=restricted)
        self.master.submit(job, answered.set_result)  # a second answer would raise
        return await answered

    async def wait(self, happened: Callable[[], bool], what: str) -> None:
        for _ in range(3000):
            if happened():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"no sign of {what}: {self.master.status()}")


@asynccontextmanager
async def running_master(**settings: int) -> AsyncIterator[Running]:
    starts_a_daemon("the worker's processes")
    master = Master(MasterSettings([CHECK], **{"thread_workers": 1, **settings}), Log())
    await master.start()
    try:
        yield Running(master)
    finally:
        await master.close()


def with_master(play: Callable[[Running], Awaitable[T]], **settings: int) -> T:
    """Run a coroutine function with a new master and return its result."""

    async def played() -> T:
        async with running_master(**settings) as running:
            return await asyncio.wait_for(play(running), 90)

    return asyncio.run(played())
