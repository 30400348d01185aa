"""Check nginx against recorded pages, and against the real nginx."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from checks.nginx._stub_status import parse
from checks.nginx.nginx import Nginx
from checkwright.core.errors import Down
from checkwright.core.world import World
from checkwright.sources.http import Reply
from checkwright.sources.http_timings import Timings
from checkwright.testing import FakeHttp, Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support import nginx
from tests.support.daemons import running, wait_until
from tests.support.sample import Sample

#: Pages of real servers, by version.
RECORDED = Path(__file__).with_name("recorded")
URL = "http://127.0.0.1/nginx_status"
LOCATION = "location = /nginx_status { stub_status; allow 127.0.0.1; deny all; access_log off; }"


def page(accepted: int, handled: int, active: int = 1, seconds: float = 0.001) -> Reply:
    text = (
        f"Active connections: {active} \nserver accepts handled requests\n {accepted} {handled} {3 * handled} \n"
        f"Reading: 0 Writing: 1 Waiting: {active - 1} \n"
    )
    return Reply(200, text, timings=Timings(seconds))


HTTP = FakeHttp(
    {
        URL: page(1_000, 1_000),
        "http://busy.test/": page(1_000, 1_000, active=500),
        "http://drops.test/": page(1_003, 1_000),
        "http://slow.test/": page(1_000, 1_000, seconds=0.8),
        "http://down.test/": Down("GET http://down.test/: connection refused"),
        "http://denied.test/": Reply(403, "<html>", reason="Forbidden"),
        "http://missing.test/": Reply(404, "<html>", reason="Not Found"),
        "http://broken.test/": Reply(502, "", reason="Bad Gateway"),
        "http://shop.test/": Reply(200, "<!DOCTYPE html>\n<html>Welcome to the shop"),
    }
)
CASES = {
    "all is well": ("", "OK"),
    "use of its connections": ("-u http://busy.test/ --connections 512 --used-warning 90", "WARNING"),
    "connections are dropped": ("-u http://drops.test/", "CRITICAL"),
    "slow": ("-u http://slow.test/", "WARNING"),
    "not running": ("-u http://down.test/", "CRITICAL"),
    "an error of its own": ("-u http://broken.test/", "CRITICAL"),
    "not permitted": ("-u http://denied.test/", "UNKNOWN"),
    "no such page": ("-u http://missing.test/", "UNKNOWN"),
    "another page": ("-u http://shop.test/", "UNKNOWN"),
    "no number": ("--connections -1", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_nginx(command_line: str, state: str, golden: Golden) -> None:
    memory = FakeStateFile()
    memory.remembered = {
        "dropped": {"last": {"dropped": 0}, "events": []},
        "requests": {"requests": 1_800},
    }
    outcome = run(Nginx, command_line, HTTP, memory)
    assert outcome.state == state
    golden(outcome)


def test_drop_counts_for_ten_minutes() -> None:
    memory = FakeStateFile(seconds=120)
    states = []
    for lost in (0, 0, 2, 2, 2, 2, 2, 2, 2):
        http = FakeHttp({URL: page(1_000 + lost, 1_000)})
        states.append(run(Nginx, "", http, memory).state)
    assert states == ["OK", "OK", *["CRITICAL"] * 5, "OK", "OK"]


def test_restart_gives_no_rate() -> None:
    memory = FakeStateFile()
    run(Nginx, "", FakeHttp({URL: page(1_000, 1_000)}), memory)
    outcome = run(Nginx, "", FakeHttp({URL: page(1, 1)}), memory)
    assert outcome.state == "OK"
    assert "requests=U;;;0;" in outcome.perfdata


@pytest.mark.parametrize("file", sorted(RECORDED.glob("stub_status*.txt")), ids=lambda file: file.stem)
def test_recorded_pages_are_parsed(file: Path) -> None:
    status = parse(file.read_text())
    assert status.accepted == status.handled == status.active > 0
    assert status.reading + status.writing + status.waiting == status.active


@pytest.mark.parametrize(
    "text", ["", "<html>", "Active connections: 1\n", "Active connections: x\nserver accepts\n1\n2"]
)
def test_other_pages_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


@pytest.mark.daemon
def test_real_nginx(tmp_path: Path) -> None:
    memory = FakeStateFile(seconds=121)
    with running(nginx.Nginx(tmp_path, LOCATION, connections=16)) as server:
        words = f"-u http://127.0.0.1:{server.port}/nginx_status"
        assert run(Nginx, words, World(), memory).state == "OK"
        assert run(Nginx, words, World(), memory).state == "OK"
        outcome = run(Nginx, words.replace("nginx_status", "none"), World(), memory)
        assert (outcome.state, "or add this line to the server: location" in outcome.summary) == ("UNKNOWN", True)
        assert "location = /nginx_status { stub_status; allow 127.0.0.1; deny all; }" in outcome.summary
        with busy_connections(server.port) as more:

            def is_full() -> bool:
                more()
                return run(Nginx, f"{words} -t 3", World(), FakeStateFile()).state == "CRITICAL"

            wait_until(is_full, "nginx has room for more connections")
            assert run(Nginx, f"{words} -t 3", World(), memory).state == "CRITICAL"
        wait_until(lambda: run(Nginx, words, World(), FakeStateFile()).state == "OK", "nginx does not recover")
        outcome = run(Nginx, words, World(), memory)
        assert outcome.state == "CRITICAL"
        assert outcome.summary.startswith("Dropped connections in 10 min ")
        states = [run(Nginx, words, World(), memory).state for _ in range(6)]
        assert states == [*["CRITICAL"] * 4, "OK", "OK"]
        server.kill()
        outcome = run(Nginx, words, World(), memory)
        assert (outcome.state, "connection refused" in outcome.summary) == ("CRITICAL", True)
        server.start()
        assert run(Nginx, words, World(), memory).state == "OK"


@contextmanager
def busy_connections(port: int) -> Iterator[Callable[[], None]]:
    """Yield a function that opens connections with half a request, which nginx does not close for new ones."""
    clients: list[socket.socket] = []

    def more() -> None:
        for _ in range(8):
            clients.append(socket.create_connection(("127.0.0.1", port), 5))
            with suppress(OSError):
                clients[-1].sendall(b"GET / HTTP/1.1\r\n")

    try:
        yield more
    finally:
        for client in clients:
            client.close()


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with running(nginx.Nginx(folder, LOCATION)) as server:
        yield Sample(f"--url http://127.0.0.1:{server.port}/nginx_status")
