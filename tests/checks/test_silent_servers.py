"""A server that is silent is CRITICAL for every check that speaks to one: a hang is how overload looks.

The command lines are made from the declarations of the checks, so a new family is tested without a change here.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from checkwright.core.outcome import Outcome
from checkwright.core.run import Run
from checkwright.core.world import World
from checkwright.testing.fakes import FakeStateFile
from tests.support.server_checks import SERVERS, words_for

pytestmark = pytest.mark.slow


class Silent:
    """Ports of 127.0.0.1: one accepts and says nothing, one accepts no connection, and datagrams vanish."""

    def __init__(self, talking: socket.socket, full: socket.socket) -> None:
        self.port = int(talking.getsockname()[1])
        self.full = int(full.getsockname()[1])


@contextmanager
def silent_servers() -> Iterator[Silent]:
    kept: list[socket.socket] = []
    with (
        socket.create_server(("127.0.0.1", 0)) as listening,
        socket.socket() as full,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams,
    ):
        datagrams.bind(listening.getsockname())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):  # its queue is full: the kernel drops what comes now
            client = socket.socket()
            client.setblocking(False)
            with suppress(BlockingIOError):
                client.connect(full.getsockname())
            kept.append(client)

        def accept() -> None:
            with suppress(OSError):
                while True:
                    kept.append(listening.accept()[0])

        thread = threading.Thread(target=accept)
        thread.start()
        try:
            yield Silent(listening, full)
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()
            for one in kept:
                one.close()


@pytest.fixture(scope="module")
def silent() -> Iterator[Silent]:
    with silent_servers() as found:
        yield found


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_accepts_and_says_nothing_is_critical(name: str, silent: Silent) -> None:
    outcome = outcome_of(name, silent.port)
    assert outcome.state == "CRITICAL", outcome.summary
    assert "no answer" in outcome.summary or "it sent nothing" in outcome.summary


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_takes_no_connection_is_critical(name: str, silent: Silent) -> None:
    outcome = outcome_of(name, silent.full)
    assert outcome.state == "CRITICAL", outcome.summary


def test_most_checks_of_services_are_tested_here() -> None:
    assert {"http", "json_api", "dns", "gearman", "tls_certificate", "tcp_port", "redis", "haproxy"} <= set(SERVERS)


def outcome_of(name: str, port: int) -> Outcome:
    words = words_for(SERVERS[name], port)
    assert words is not None
    return Run(SERVERS[name], [*words, "-t", "0.8"], World(FakeStateFile())).go()
