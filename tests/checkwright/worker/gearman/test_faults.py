"""10,000 services, two workers, and all faults between a Nagios and its results.

gearmand is killed and started again, a worker is killed, one is stopped, and one is behind a network that
stalls. In the end each result belongs to its service, and none is missing.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Protocol

import pytest

from tests.checkwright.worker.gearman.test_worker import KEY, key_file
from tests.support.broker import Broker, Service
from tests.support.gearmand import Gearmand, gearmand
from tests.support.installed import installed_bin
from tests.support.nagios import place, scratch
from tests.support.stalling import Stalling, stalling
from tests.support.worker import Worker, worker

pytestmark = pytest.mark.daemon

SERVICES = 10_000
AT_ONCE = 60
A_SECOND = 400
STATES = ("ok", "warning", "critical", "unknown")
SLOW = """#!/bin/sh
sleep 0.5
echo "$2"
exit $1
"""


def services(folder: Path, count: int) -> dict[Service, str]:
    """Return services: every twentieth is a slow foreign plugin, all others run in the warm worker."""
    check = installed_bin() / "check"
    slow = place(folder / "plugins/check_slow", SLOW, mode=0o755)
    return {
        (f"host{number % 200}", f"service {number}"): (
            f"{slow} {number % 4} 'this is {number}.'"
            if number % 20 == 0
            else f"{check} dummy --state {STATES[number % 4]} --text 'this is {number}.'"
        )
        for number in range(count)
    }


class FakeNagios(Protocol):
    """Stand-in for Nagios: requests A_SECOND checks a second."""

    def ask(self, services: Sequence[Service]) -> None: ...

    def is_pending(self, service: Service) -> bool: ...

    def forgotten(self) -> None:
        """Note that gearmand was killed with its queues, and restarted."""


@contextmanager
def asking(player: FakeNagios, commands: Sequence[Service], shares: tuple[float, float]) -> Iterator[None]:
    """Request a part of all services while the block runs. It begins after a third of the part."""
    first, last = (round(share * len(commands)) for share in shares)
    part = commands[first:last]
    thread = threading.Thread(target=player.ask, args=(part,))
    thread.start()
    try:
        wait_until(lambda: player.is_pending(part[len(part) // 3]), "a third of them")
        yield
    finally:
        thread.join()


def wait_until(happened: Callable[[], bool], what: str, pause: float = 0.02) -> None:
    end = time.monotonic() + 120
    while not happened():
        assert time.monotonic() < end, f"no sign of {what}"
        time.sleep(pause)


class Workers:
    """Workers in folders worker0, worker1 and so on, which are their names too."""

    def __init__(self, folder: Path, *words: str) -> None:
        self._folder = folder
        self._words = words
        self._running = ExitStack()
        self.started: list[Worker] = []

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def start(self, address: str) -> Worker:
        own = self._folder / f"worker{len(self.started)}"
        own.mkdir()
        words = ["--gearman", address, "--key-file", key_file(own), "--name", own.name]
        words += [
            "--plugins",
            str(self._folder / "plugins"),
            "--allow-plugin",
            "check_slow",
            "--at-once",
            str(AT_ONCE),
            *self._words,
        ]
        begun = self._running.enter_context(worker(own, *words))
        begun.wait_for("connected to gearmand")
        self.started.append(begun)
        return begun


def go_wrong(
    player: FakeNagios, commands: Sequence[Service], server: Gearmand, network: Stalling, workers: Workers, queue: str
) -> None:
    """Request all services once, during all faults."""

    def wait_until_many_run() -> None:
        wait_until(lambda: server.status()[queue][1] > 3, "jobs that run")

    one, other = workers.started
    with asking(player, commands, (0.0, 0.25)):
        wait_until_many_run()
        os.kill(one.pid, signal.SIGKILL)
        one.process.wait()
        third = workers.start(server.address)
    with asking(player, commands, (0.25, 0.5)):
        wait_until_many_run()
        server.kill()
        time.sleep(0.5)
        server.start()
        player.forgotten()
        for left in (other, third):
            left.wait_for("connected to gearmand", times=2)
    with asking(player, commands, (0.5, 0.7)):
        wait_until_many_run()
        network.stalled.set()
        other.wait_for("it has sent nothing for")
        network.stalled.clear()
    with asking(player, commands, (0.7, 0.9)):
        wait_until_many_run()
        assert third.stop() == 0
        workers.start(server.address)
    with asking(player, commands, (0.9, 1.0)):
        other.wait_for("connected to gearmand", times=3)


class Model:
    """The model of the broker module as Nagios."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def ask(self, services: Sequence[Service]) -> None:
        self._broker.request(services, a_second=A_SECOND)

    def is_pending(self, service: Service) -> bool:
        return bool(self._broker.rounds[service])

    def forgotten(self) -> None:
        self._broker.request_orphans()


def test_nothing_is_lost_or_misattributed() -> None:
    with scratch() as folder, gearmand(folder) as server, stalling(server.port) as network:
        commands = services(folder, SERVICES)
        with (
            Workers(folder, "--queue", "service") as workers,
            Broker(server.port, commands, key=KEY, orphan_after=None) as broker,
        ):
            for address in (server.address, f"127.0.0.1:{network.port}"):
                workers.start(address)
            go_wrong(Model(broker), list(commands), server, network, workers, "service")
            broker.wait(120)
            for running in (workers.started[1], workers.started[-1]):
                assert running.stop() == 0
        logs = [running.log() for running in workers.started]

    # Nothing was requested twice, except the jobs that gearmand lost when it was killed.
    assert broker.lost() == []
    assert broker.unexpected == []
    for service in commands:
        number = int(service[1].split()[1])
        for found in broker.answers(service):
            assert f"this is {number}." in found.output
            assert found.code == number % 4
    # Jobs of a worker that was killed, or whose network stalled, may have two answers; no others.
    assert len(broker.answered_twice()) <= 2 * AT_ONCE
    sources = {found.source for service in commands for found in broker.answers(service)}
    assert sources == {"worker0", "worker1", "worker2", "worker3"}
    assert [log for log in logs if "Traceback" in log] == []
