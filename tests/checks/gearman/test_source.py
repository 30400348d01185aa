"""GearmanServers against servers with canned, wrong and recorded answers."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checks.gearman.source import GearmanServers, JobQueue, parse, select
from checkwright.core.current import Current, enter, leave
from checkwright.core.errors import BadUsage, Down
from tests.support.current_run import current_run
from tests.support.ports import closed_port
from tests.support.servers import raw_server

#: Answers of real servers, by version.
RECORDED = Path(__file__).with_name("recorded")


@pytest.fixture
def servers() -> GearmanServers:
    return GearmanServers.open()


@pytest.fixture
def half_a_second() -> Iterator[None]:
    token = enter(Current("test", "test", time.monotonic() + 0.7))
    yield
    leave(token)


def answer_with(data: bytes) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        connection.recv(100)
        connection.sendall(data)

    return talk


def test_queue_names_may_contain_any_bytes(servers: GearmanServers) -> None:
    answer = b"a\tb\t5\t2\t1\nzwei \xff\t0\t0\t0\nrace\t1\t2\t1\n.\n"
    with raw_server(answer_with(answer)) as port:
        found = servers.queues(f"127.0.0.1:{port}")
    assert [(queue.name, queue.waiting, queue.running, queue.workers) for queue in found] == [
        ("a\tb", 3, 2, 1),
        ("race", 0, 2, 1),
        ("zwei \\xff", 0, 0, 0),
    ]


def test_server_without_queues(servers: GearmanServers) -> None:
    with raw_server(answer_with(b".\n")) as port:
        assert servers.queues(f"127.0.0.1:{port}") == []


WRONG = {
    "a web server": (
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        "its answer cannot be read: 'HTTP/1.1 400 Bad Request' is not a line of gearmand's status",
    ),
    "half an answer": (b"service\t1\t", "it closed the connection after 'service 1'"),
    "silence": (b"", "it closed the connection without an answer"),
    "other numbers": (
        b"service\t1\tmany\t3\n.\n",
        "its answer cannot be read: 'service 1 many 3' is not a line of gearmand's status",
    ),
    "too few": (b"service\t1\n.\n", "its answer cannot be read: 'service 1' is not a line"),
}


@pytest.mark.slow
@pytest.mark.parametrize(("data", "why"), WRONG.values(), ids=WRONG)
def test_other_answers_are_down(servers: GearmanServers, data: bytes, why: str) -> None:
    with raw_server(answer_with(data)) as port, pytest.raises(Down) as caught:
        servers.queues(f"127.0.0.1:{port}")
    assert str(caught.value).startswith(f"gearmand 127.0.0.1:{port}: {why}")


@pytest.mark.usefixtures("half_a_second")
def test_silent_server_is_down_at_the_deadline(servers: GearmanServers) -> None:
    def wait(connection: socket.socket) -> None:
        while connection.recv(100):
            pass

    with raw_server(wait) as port, pytest.raises(Down, match="no answer within 500 ms"):
        servers.queues(f"127.0.0.1:{port}")


def test_endless_answer_is_down(servers: GearmanServers) -> None:
    def flood(connection: socket.socket) -> None:
        while True:
            connection.sendall((b"q" * 1_000 + b"\t1\t1\t1\n") * 100)

    with (
        current_run(seconds=60),
        raw_server(flood) as port,
        pytest.raises(Down, match="it sent more than 10000000 bytes"),
    ):
        servers.queues(f"127.0.0.1:{port}")


def test_refused_connection_is_down(servers: GearmanServers) -> None:
    port = closed_port()
    with pytest.raises(Down, match=f"^gearmand 127.0.0.1:{port}: connection refused$"):
        servers.queues(f"127.0.0.1:{port}")
    with pytest.raises(BadUsage, match="'0' is not a port"):
        servers.queues("127.0.0.1:0")


def test_names_and_patterns_select_queues() -> None:
    known = [JobQueue(name, 1, 0, 0) for name in ("service", "hostgroup_b", "hostgroup_a", "worker_x", "odd[1]")]

    def names(queues: tuple[str, ...], exclude: tuple[str, ...] = ()) -> list[str]:
        return [queue.name for queue in select(known, queues, exclude)]

    assert names(("*",), ("worker_*", "odd*")) == ["hostgroup_a", "hostgroup_b", "service"]
    assert names(("hostgroup_*",), ("*_b",)) == ["hostgroup_a"]
    assert names(("worker_x", "none"), ("worker_*",)) == ["none", "worker_x"]
    assert names(("odd[1]",)) == ["odd[1]"]


@pytest.mark.parametrize("path", sorted(RECORDED.glob("status-*.txt")), ids=lambda path: path.stem)
def test_recorded_status_is_parsed(path: Path) -> None:
    *lines, end = path.read_bytes().splitlines()
    assert end == b"."
    found = {queue.name: (queue.waiting, queue.running, queue.workers) for queue in parse(lines)}
    assert found["service"] == (2, 1, 3)
    assert found["hostgroup_web"] == (5, 0, 2)
    assert found["host"] == (1, 0, 0)
    assert len(found) == 5
