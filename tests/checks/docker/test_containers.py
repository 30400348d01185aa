"""Check containers against recorded answers, and against a server on a Unix socket that gives them."""

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from checks.docker.containers import Containers
from checkwright.core.errors import CannotTell, Down
from checkwright.core.world import World
from checkwright.sources.http import Http, Reply
from checkwright.testing import Golden, run
from checkwright.testing.fakes import FakeHttp, FakeStateFile
from tests.support.sample import Sample

RECORDED = Path(__file__).with_name("recorded")
ALL: list[dict[str, Any]] = json.loads((RECORDED / "containers-all.json").read_text(encoding="utf-8"))
INSPECTED: dict[str, Any] = json.loads((RECORDED / "inspect-restarting.json").read_text(encoding="utf-8"))
BASE = "http://localhost/containers"


def container(name: str, state: str = "running", status: str = "Up 3 days") -> dict[str, Any]:
    return {"Id": name, "Names": [f"/{name}"], "State": state, "Status": status}


def inspected(restarts: int = 0, *, killed: bool = False) -> dict[str, Any]:
    return INSPECTED | {"RestartCount": restarts, "State": INSPECTED["State"] | {"OOMKilled": killed}}


def engine(containers: list[dict[str, Any]], **details: Any) -> FakeHttp:
    """Return an engine with these containers, and details of some of them by id."""
    replies: dict[str, Any] = {f"{BASE}/json?all=1": Reply(200, json.dumps(containers).encode())}
    replies |= {f"{BASE}/{one['Id']}/json": details.get(one["Id"], inspected()) for one in containers}
    return FakeHttp(replies)


WELL = [container("shop-api", status="Up 3 days (healthy)"), container("shop-worker")]
CASES: dict[str, tuple[FakeHttp, str, str]] = {
    "recorded": (engine(ALL, eee555=INSPECTED, ddd444=inspected(killed=True)), "", "CRITICAL"),
    "all are well": (engine(WELL), "", "OK"),
    "one-shot": (engine([container("migrate", "exited", "Exited (0) 2 hours ago")]), "", "OK"),
    "paused": (engine([container("shop-api", "paused", "Up 3 days (Paused)")]), "", "WARNING"),
    "starting": (engine([container("shop-api", status="Up 5 seconds (health: starting)")]), "", "OK"),
    "unhealthy": (engine([container("shop-api", status="Up 3 days (unhealthy)")]), "", "CRITICAL"),
    "unhealthy, but left out": (engine([container("search", status="Up 2 hours (unhealthy)")]), "-x 's*'", "OK"),
    "some": (engine(ALL), "-n 'shop-*'", "OK"),
    "no such name": (engine(WELL), "-n 'blog-*'", "UNKNOWN"),
    "expected": (engine(WELL), "--expect shop-api", "OK"),
    "missing": (engine(WELL), "--expect shop-cron", "CRITICAL"),
    "none": (engine([]), "", "OK"),
    "no engine": (FakeHttp({f"{BASE}/json?all=1": Down("/run/docker.sock: no process listens")}), "", "CRITICAL"),
    "no permission": (FakeHttp({f"{BASE}/json?all=1": CannotTell("this user may not connect")}), "", "UNKNOWN"),
    "another document": (FakeHttp({f"{BASE}/json?all=1": {"message": "page not found"}}), "", "UNKNOWN"),
    "an empty name": (FakeHttp({}), "-n ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("http", "words", "state"), CASES.values(), ids=CASES)
def test_containers(http: FakeHttp, words: str, state: str, golden: Golden) -> None:
    outcome = run(Containers, words, World(http, FakeStateFile()))
    assert outcome.state == state
    golden(outcome)


def test_restarts_count_for_ten_minutes() -> None:
    memory = FakeStateFile(seconds=200)
    found = []
    for restarts in (14, 16, 20, 20, 20, 20):
        http = engine([container("loop", status="Up 4 seconds")], loop=inspected(restarts))
        found.append(run(Containers, "", World(http, memory)).state)
    assert found == ["OK", "WARNING", "CRITICAL", "CRITICAL", "CRITICAL", "OK"]


GONE = {
    "removed": (Reply(404, b'{"message": "No such container: web"}'), "OK", ""),
    "forbidden": (Reply(403, b"", reason="Forbidden"), "UNKNOWN", "403 Forbidden"),
    "engine fails": (Reply(500, b'{"message": "out of memory"}', reason="Error"), "CRITICAL", "status 500"),
    "engine ends": (Down("/run/docker.sock: no process listens"), "CRITICAL", "no process listens"),
}


@pytest.mark.parametrize(("reply", "state", "why"), GONE.values(), ids=GONE)
def test_container_that_cannot_be_inspected(reply: Reply | Down, state: str, why: str) -> None:
    http = engine([container("web", status="Up 4 seconds")], web=reply)
    outcome = run(Containers, "", World(http, FakeStateFile()))
    assert outcome.state == state and why in outcome.text(1)


def test_one_restart_of_a_container_that_ran_for_days() -> None:
    memory = FakeStateFile(seconds=60)
    found = []
    for status, restarts in (("Up 3 days", 4), ("Up 3 days", 4), ("Up 5 seconds", 5), ("Up 10 minutes", 5)):
        http = engine([container("web", status=status)], web=inspected(restarts))
        outcome = run(Containers, "", World(http, memory))
        found.append((outcome.state, [one.value for one in outcome.readings if one.gauge == "restarts"]))
    assert found == [("OK", [None]), ("OK", [0]), ("WARNING", [1]), ("WARNING", [1])]


def test_few_containers_are_inspected() -> None:
    memory = FakeStateFile()
    containers = [*(container(f"web{number}") for number in range(60)), container("loop", status="Up 4 seconds")]

    def requested() -> list[str]:
        http = engine(containers)
        run(Containers, "", World(http, memory))
        return [url.removeprefix(f"{BASE}/") for _, url in http.requests]

    names = sorted(f"web{number}" for number in range(60))
    assert requested() == ["json?all=1", "loop/json", *(f"{name}/json" for name in names[:50])]
    assert requested() == ["json?all=1", "loop/json", *(f"{name}/json" for name in names[50:])]
    assert requested() == ["json?all=1", "loop/json"]


def test_another_container_of_the_same_name_is_read_again() -> None:
    memory = FakeStateFile(seconds=60)
    run(Containers, "", World(engine([container("web")]), memory))
    other = container("web") | {"Id": "other"}
    http = FakeHttp(
        {f"{BASE}/json?all=1": Reply(200, json.dumps([other]).encode()), f"{BASE}/other/json": inspected(2)}
    )
    assert run(Containers, "", World(http, memory)).state == "WARNING"


@contextmanager
def docker(path: Path, containers: list[dict[str, Any]]) -> Iterator[None]:
    """Run a server on a Unix socket that answers as Docker does."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                with connection:
                    line = connection.recv(65_536).split(b"\r\n")[0]
                    found = containers if b"/containers/json" in line else inspected()
                    body = json.dumps(found).encode()
                    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
                    connection.sendall(head.encode() + b"Connection: close\r\n\r\n" + body)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def test_requests_go_through_the_socket(tmp_path: Path) -> None:
    path = tmp_path / "docker.sock"
    with docker(path, ALL):
        outcome = run(Containers, f"-u {path} -t 20", World(Http(), FakeStateFile()))
        assert outcome.state == "CRITICAL" and "Container search unhealthy (Up 2 hours (unhealthy))" in outcome.text(1)
    path.unlink()
    outcome = run(Containers, f"-u {path} -t 20", World(Http(), FakeStateFile()))
    assert outcome.state == "CRITICAL" and "there is no such socket" in outcome.summary


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with docker(folder / "docker.sock", WELL):
        yield Sample(f"--url {folder / 'docker.sock'}")
