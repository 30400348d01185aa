"""Check nats against canned answers and the real nats-server."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from checks.nats.nats import Nats
from checkwright.core.errors import Down
from checkwright.core.world import World
from checkwright.sources.http import Http, Reply
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeHttp, FakeStateFile
from tests.support.ports import free_port
from tests.support.processes import Server, running, wait_until
from tests.support.real import require
from tests.support.sample import Sample

BASE = "http://127.0.0.1:8222"
VARZ: dict[str, Any] = {
    "connections": 12,
    "max_connections": 100,
    "slow_consumers": 0,
    "mem": 10_485_760,
    "subscriptions": 40,
    "routes": 2,
    "in_msgs": 1_000,
    "out_msgs": 900,
}
JETSTREAM = {"jetstream": {"config": {"max_storage": 1_000}, "stats": {"storage": 950}}}
WELL: dict[str, Any] = {"status": "ok"}


def server(health: "dict[str, Any] | Reply" = WELL, **changes: Any) -> FakeHttp:
    return FakeHttp({f"{BASE}/varz": VARZ | changes, f"{BASE}/healthz": health})


SICK = Reply(503, b'{"status": "unavailable", "error": "JetStream has not established contact with a meta leader"}')
CASES = {
    "healthy": (server(), "", "OK"),
    "no health": (server(SICK), "", "CRITICAL"),
    "many connections": (server(connections=90), "", "WARNING"),
    "full storage": (server(**JETSTREAM), "", "CRITICAL"),
    "few routes": (server(), "--routes-critical 3:", "CRITICAL"),
    "not running": (FakeHttp({f"{BASE}/varz": Down("GET http://127.0.0.1:8222/varz: refused")}), "", "CRITICAL"),
    "another document": (FakeHttp({f"{BASE}/varz": {}, f"{BASE}/healthz": WELL}), "", "UNKNOWN"),
}


@pytest.mark.parametrize(("http", "words", "state"), CASES.values(), ids=CASES)
def test_nats(http: FakeHttp, words: str, state: str, golden: Golden) -> None:
    outcome = run(Nats, words, World(http, FakeStateFile()))
    assert outcome.state == state
    golden(outcome)


def test_slow_consumers_count_for_ten_minutes() -> None:
    memory = FakeStateFile(seconds=400)
    states = [run(Nats, "", World(server(slow_consumers=count), memory)).state for count in (3, 4, 4, 4)]
    assert states == ["OK", "WARNING", "WARNING", "OK"]


@contextmanager
def nats(folder: Path, *words: str, config: str = "") -> Iterator[tuple[Server, int, str]]:
    """Run a nats-server and yield it, its port, and the URL of its monitoring port."""
    port, monitor = free_port(), free_port()
    file = folder / f"nats-{port}.conf"
    file.write_text(f"listen: 127.0.0.1:{port}\nhttp: 127.0.0.1:{monitor}\n{config}\n")
    argv = [require("nats-server", package="nats-server"), "-c", str(file), *words]

    def ready() -> bool:
        with socket.create_connection(("127.0.0.1", monitor), 5):
            return True

    with running(Server(argv, folder / f"nats-{port}.log", ready)) as server:
        yield server, port, f"http://127.0.0.1:{monitor}"


@pytest.mark.daemon
def test_real_nats(tmp_path: Path) -> None:
    def real() -> tuple[str, str]:
        outcome = run(Nats, f"-u {url} -t 20", World(Http(), FakeStateFile()))
        return outcome.state, outcome.text(1)

    with nats(tmp_path, config="max_connections: 4") as (process, port, url):
        assert real()[0] == "OK"
        with ExitStack() as stack:
            for _ in range(4):
                client = stack.enter_context(socket.create_connection(("127.0.0.1", port), 10))
                client.recv(1_000)
                client.sendall(b'CONNECT {"verbose":false}\r\nPING\r\n')
            wait_until(lambda: real()[0] == "CRITICAL")
            assert "Connections used 100 %" in real()[1]
        wait_until(lambda: real()[0] == "OK")
        process.kill()
        assert real()[0] == "CRITICAL"
        process.start()
        assert real()[0] == "OK"


@pytest.mark.daemon
def test_real_jetstream(tmp_path: Path) -> None:
    with nats(tmp_path, config=f'jetstream {{ store_dir: "{tmp_path}/js", max_file: 100MB }}') as (_, _, url):

        def real() -> tuple[str, str]:
            outcome = run(Nats, f"-u {url} -t 20", World(Http(), FakeStateFile()))
            return outcome.state, outcome.text(1)

        wait_until(lambda: real()[0] == "OK")  # it is unavailable for a moment after its start
        assert "JetStream storage 0 %" in real()[1]


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with nats(folder) as (_, _, url):
        yield Sample(f"--url {url}")
