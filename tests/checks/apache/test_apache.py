"""Check apache against recorded pages, and against the real Apache."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from checks.apache._server_status import parse
from checks.apache.apache import Apache
from checkwright.core.errors import Down
from checkwright.core.world import World
from checkwright.sources.http import Reply
from checkwright.sources.http_timings import Timings
from checkwright.testing import FakeHttp, Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support import apache
from tests.support.daemons import running, wait_until
from tests.support.sample import Sample

#: Pages of real servers, by version.
RECORDED = Path(__file__).with_name("recorded")
URL = "http://127.0.0.1/server-status"


def page(board: str, *, accesses: int | None = 2_000, seconds: float = 0.002) -> Reply:
    lines = ["127.0.0.1", "ServerVersion: Apache/2.4.71 (Debian)", "Uptime: 7000"]
    if accesses is not None:
        lines += [f"Total Accesses: {accesses}", "Total kBytes: 9000", f"Total Duration: {accesses * 30}"]
    return Reply(200, "\n".join([*lines, f"Scoreboard: {board}", ""]), timings=Timings(seconds))


HTTP = FakeHttp(
    {
        f"{URL}?auto": page("W" + "_" * 74 + "." * 75),
        "http://busy.test/s?auto": page("WWKWRRKCLD" * 8 + "G" * 5 + "_" * 15),
        "http://full.test/s?auto": page("W" * 97 + "_" * 3),
        "http://slow.test/s?auto": page("W___", seconds=3),
        "http://plain.test/s?auto": page("W___", accesses=None),
        "http://down.test/s?auto": Down("GET http://down.test/s?auto: no answer within 9 s"),
        "http://denied.test/s?auto": Reply(403, "<html>", reason="Forbidden"),
        "http://blog.test/s?auto": Reply(404, "<html>", reason="Not Found"),
        "http://page.test/s?auto": Reply(200, "<!DOCTYPE html>\n<title>Apache Status: now</title>"),
    }
)
CASES = {
    "all is well": ("", "OK"),
    "the whole URL": (f"-u '{URL}?auto'", "OK"),
    "busy": ("-u http://busy.test/s", "WARNING"),
    "full": ("-u http://full.test/s", "CRITICAL"),
    "slow": ("-u http://slow.test/s", "WARNING"),
    "without extended status": ("-u http://plain.test/s", "OK"),
    "all workers are busy": ("-u http://down.test/s", "CRITICAL"),
    "not permitted": ("-u http://denied.test/s", "UNKNOWN"),
    "no such page": ("-u http://blog.test/s", "UNKNOWN"),
    "another page": ("-u http://page.test/s", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_apache(command_line: str, state: str, golden: Golden) -> None:
    memory = FakeStateFile({"requests": 1_400, "kilobytes": 6_000, "duration": 24_000})
    outcome = run(Apache, command_line, HTTP, memory)
    assert outcome.state == state
    golden(outcome)


def test_restart_gives_no_rates() -> None:
    memory = FakeStateFile({"requests": 1_400_000, "kilobytes": 6_000_000, "duration": 24_000_000})
    outcome = run(Apache, "", HTTP, memory)
    assert outcome.state == "OK"
    assert {"requests=U;;;0;", "traffic=U;;;0;", "duration=U;;;0;"} <= set(outcome.perfdata)


def test_recorded_page_is_parsed() -> None:
    status = parse((RECORDED / "server-status-2.4.71.txt").read_text())
    assert (status.busy, status.idle, status.slots, status.uptime) == (1, 4, 10, 1)
    assert (status.accesses, status.kilobytes, status.duration) == (0, 0, 0)


@pytest.mark.parametrize("text", ["", "<html>", "Scoreboard: ___", "Uptime: x\nScoreboard: ___"])
def test_other_pages_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


@pytest.mark.daemon
def test_real_apache(tmp_path: Path) -> None:
    memory = FakeStateFile(seconds=60)
    with running(apache.Apache(tmp_path, workers=4)) as server:
        words = f"-u http://127.0.0.1:{server.port}/server-status"
        assert run(Apache, words, World(), memory).state == "OK"
        outcome = run(Apache, words, World(), memory)
        assert outcome.state == "OK"
        assert {one.gauge: one.value for one in outcome.readings}["requests"] is not None
        for path in ("none", "private"):
            assert run(Apache, words.replace("server-status", path), World(), memory).state == "UNKNOWN"

        # Half a request keeps a worker busy: three of four, then all of them.
        with ExitStack() as clients:
            half_requests(clients, server.port, 3)
            wait_until(lambda: run(Apache, words, World(), memory).state == "CRITICAL", "the workers are not busy")
            assert run(Apache, words, World(), memory).summary.startswith("Busy workers 100 %")
            half_requests(clients, server.port, 2)
            outcome = run(Apache, f"{words} -t 1", World(), memory)
            assert (outcome.state, "no answer within" in outcome.summary) == ("CRITICAL", True)
        wait_until(lambda: run(Apache, words, World(), memory).state == "OK", "the workers stay busy")

        server.freeze()
        assert " within " in run(Apache, f"{words} -t 1", World(), memory).summary
        server.thaw()
        server.kill()
        assert "connection refused" in run(Apache, words, World(), memory).summary
        server.start()
        assert run(Apache, words, World(), memory).state == "OK"


def half_requests(clients: ExitStack, port: int, number: int) -> None:
    for _ in range(number):
        client = clients.enter_context(socket.create_connection(("127.0.0.1", port), 5))
        client.sendall(b"GET / HTTP/1.1\r\nHost: shop\r\n")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with running(apache.Apache(folder)) as server:
        yield Sample(f"--url http://127.0.0.1:{server.port}/server-status")
