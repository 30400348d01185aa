"""Check uwsgi against a fake, recorded statistics and the real uWSGI."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from checks.uwsgi.fake import FakeUwsgiServers
from checks.uwsgi.source import UwsgiServers, UwsgiState, parse
from checks.uwsgi.uwsgi import Uwsgi
from checkwright.core.errors import CannotTell, Down
from checkwright.core.world import World
from checkwright.testing import Golden, run
from checkwright.testing.canned_server import serve
from checkwright.testing.fakes import FakeStateFile
from tests.support.ports import free_port
from tests.support.processes import Server, running, wait_until
from tests.support.real import require
from tests.support.sample import Sample

RECORDED = (Path(__file__).with_name("recorded") / "stats-busy-2.0.21.json").read_bytes()

SERVERS = FakeUwsgiServers(
    {
        "127.0.0.1": UwsgiState(queues={":8080": (0, 100)}, workers=["idle", "busy", "cheap"], seconds=0.001),
        "busy": parse(RECORDED),
        "queue": UwsgiState(queues={":8080": (20, 100)}, workers=["idle"]),
        "full": UwsgiState(queues={":8080": (60, 100)}, workers=["idle"]),
        "unix": UwsgiState(queues={"/run/shop.sock": (0, 0)}, workers=["idle"]),
        "none": UwsgiState(workers=["cheap"]),
        "down": Down("uwsgi down:1717: connection refused"),
    }
)
CASES = {
    "half busy": ("", "OK"),
    "all busy": ("-H busy", "CRITICAL"),
    "connections wait": ("-H queue", "WARNING"),
    "many connections wait": ("-H full", "CRITICAL"),
    "Unix socket": ("-H unix", "OK"),
    "no worker": ("-H none", "CRITICAL"),
    "not running": ("-H down", "CRITICAL"),
    "an empty host": ("-H ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_uwsgi(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Uwsgi, command_line, World(SERVERS, FakeStateFile()))
    assert outcome.state == state
    golden(outcome)


def test_killed_requests_count_for_ten_minutes() -> None:
    memory = FakeStateFile(seconds=400)
    states = []
    for killed in (3, 4, 4, 4):
        state = UwsgiState(workers=["idle"], counters={"harakiri": killed, "requests": 100 * killed})
        states.append(run(Uwsgi, "", World(FakeUwsgiServers({"127.0.0.1": state}), memory)).state)
    assert states == ["OK", "WARNING", "WARNING", "OK"]


WRONG = {
    "a mail server": (b"220 mail.test ESMTP\r\n", Down, "it begins b'220 mail.test ESMTP"),
    "a list": (b"[]", Down, "it is no JSON object"),
    "a word in place of a number": (RECORDED.replace(b'"requests": 0', b'"requests": null'), Down, "of another kind"),
    "another document": (b"{}", CannotTell, "its answer has no workers"),
}


@pytest.mark.parametrize(("answer", "error", "why"), WRONG.values(), ids=WRONG)
def test_wrong_answers(answer: bytes, error: type[Exception], why: str) -> None:
    with serve({}, greeting=answer, hang_up=True) as address, pytest.raises(error) as caught:
        UwsgiServers().state(address)
    assert str(caught.value).startswith(f"uwsgi {address}: ") and why in str(caught.value)


APP = """
import time
def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(30)
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
"""


@contextmanager
def uwsgi(folder: Path) -> Iterator[tuple[Server, int, str]]:
    """Run a uWSGI with two workers and yield it, the port of the application, and the address of its statistics."""
    (folder / "shop_app.py").write_text(APP)
    port, stats = free_port(), free_port()
    argv = [require("uwsgi", package="uwsgi-core"), "--plugin", "python3", "--http-socket", f"127.0.0.1:{port}"]
    argv += [
        "--wsgi-file",
        str(folder / "shop_app.py"),
        "--master",
        "--processes",
        "2",
        "--stats",
        f"127.0.0.1:{stats}",
    ]
    argv += ["--listen", "20", "--need-app", "--die-on-term"]

    def ready() -> bool:
        return bool(UwsgiServers().state(f"127.0.0.1:{stats}").workers)

    def started() -> bool:
        try:
            return ready()
        except Down:
            return False

    with running(Server(argv, folder / "uwsgi.log", started, cwd=folder, group=True)) as server:
        yield server, port, f"127.0.0.1:{stats}"


@pytest.mark.daemon
def test_real_uwsgi(tmp_path: Path) -> None:
    def real() -> tuple[str, str]:
        outcome = run(Uwsgi, f"-H {address} -t 20", World(UwsgiServers(), FakeStateFile()))
        return outcome.state, outcome.text(1)

    with uwsgi(tmp_path) as (server, port, address):
        assert real()[0] == "OK"
        with ExitStack() as stack:
            for _ in range(4):
                client = stack.enter_context(socket.create_connection(("127.0.0.1", port), 10))
                client.sendall(b"GET /slow HTTP/1.0\r\n\r\n")
            wait_until(lambda: real()[0] == "CRITICAL")
            wait_until(lambda: "Queue of 127.0.0.1" in real()[1].split("\n")[0] or "Busy workers 100" in real()[1])
        server.kill()
        state, text = real()
        assert state == "CRITICAL" and f"uwsgi {address}: " in text
        server.start()
        assert real()[0] == "OK"


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with uwsgi(folder) as (_, _, address):
        yield Sample(f"--host {address}")
