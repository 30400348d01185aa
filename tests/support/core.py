"""The worker's core without a door, in this process: jobs in, answers out."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from checkwright.worker.job import Answer, Job
from checkwright.worker.master import Core, Settings
from checkwright.worker.worker_log import Log
from tests.support.real import starts_a_daemon

T = TypeVar("T")
#: The program that is ours in these tests, of the environment that runs them.
CHECK = str(Path(sys.executable).with_name("check"))


class Running:
    """A core that runs. `ask` waits for an answer."""

    def __init__(self, core: Core) -> None:
        self.core = core

    async def ask(
        self, command: str | Sequence[str], timeout: float = 60, env: Mapping[str, str] | None = None
    ) -> Answer:
        answered: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.core.submit(Job(command, timeout, env), answered.set_result)  # a second answer would raise
        return await answered

    async def wait(self, happened: Callable[[], bool], what: str) -> None:
        for _ in range(3000):
            if happened():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"waited in vain for {what}: {self.core.status()}")


@asynccontextmanager
async def running_core(**settings: int) -> AsyncIterator[Running]:
    starts_a_daemon("the worker's processes")
    core = Core(Settings([CHECK], **{"runners": 1, **settings}), Log())
    await core.start()
    try:
        yield Running(core)
    finally:
        await core.close()


def with_core(play: Callable[[Running], Awaitable[T]], **settings: int) -> T:
    """Run a coroutine function with a fresh core and return what it returns."""

    async def played() -> T:
        async with running_core(**settings) as running:
            return await asyncio.wait_for(play(running), 90)

    return asyncio.run(played())
