"""Check haproxy against fakes and a recorded answer, and against the real HAProxy by socket and HTTP."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from checks.haproxy.fake import FakeHaproxyStats
from checks.haproxy.haproxy import Haproxy
from checks.haproxy.source import Row, parse
from checkwright.core.errors import CannotTell, Down
from checkwright.core.outcome import Outcome
from checkwright.core.world import World
from checkwright.sources.http import Reply
from checkwright.testing import FakeHttp, Golden, run
from checkwright.testing.fakes import FakeStateFile
from tests.support import haproxy
from tests.support.daemons import running, wait_until
from tests.support.sample import Sample
from tests.support.servers import WebServer, web_server

RECORDED = Path(__file__).with_name("recorded") / "show-stat-2.6.12.csv"
DEFAULT = "/run/haproxy/admin.sock"
TRAFFIC = ("hrsp_1xx", "hrsp_2xx", "hrsp_3xx", "hrsp_4xx", "hrsp_5xx", "hrsp_other")


def front(name: str, status: str = "OPEN", **fields: object) -> Row:
    return row(name, "FRONTEND", status, **{"scur": 1, "slim": 100, "req_tot": 500, **fields})


def back(name: str, status: str = "UP", **fields: object) -> Row:
    traffic = dict.fromkeys(TRAFFIC, 0) | {"hrsp_2xx": 1_000}
    return row(
        name, "BACKEND", status, **{"qcur": 0, "act": 1, "bck": 0, "ttime": 40, "lastsess": 1, **traffic, **fields}
    )


def server(name: str, status: str = "UP", proxy: str = "shop", **fields: object) -> Row:
    return row(proxy, name, status, **{"act": 1, "bck": 0, "qcur": 0, "scur": 0, "lastchg": 4_000, **fields})


def row(proxy: str, name: str, status: str, **fields: object) -> Row:
    return Row(proxy, name, status, {column: str(value) for column, value in fields.items()})


HEALTHY = [front("web"), back("shop"), server("web1"), server("web2")]
STATS = FakeHaproxyStats(
    {
        DEFAULT: HEALTHY,
        "/one-down": [
            front("web"),
            back("shop"),
            server("web1"),
            server("web2", "DOWN", check_status="L4CON", check_desc="Layer4 connection problem"),
        ],
        "/three-of-four": [back("shop"), server("a"), *(server(name, "DOWN") for name in "bcd")],
        "/down": [front("web"), back("shop", "DOWN"), server("web1", "DOWN"), server("web2", "DOWN")],
        "/changing": [back("shop"), server("web1", "UP 2/3", last_chk="Not Found"), server("web2", "DOWN 1/2")],
        "/maintained": [
            back("shop"),
            server("web1"),
            server("web2", "MAINT"),
            server("web3", "MAINT (via shop/web2)"),
            server("web4", "DRAIN"),
            server("web5", "NOLB"),
            server("web6", "no check"),
        ],
        "/all-maintained": [back("shop", "DOWN"), server("web1", "MAINT")],
        "/backup": [
            back("shop", act=0, bck=1),
            server("web1", "DOWN"),
            server("spare", "UP", act=0, bck=1),
        ],
        "/empty": [front("stats"), back("stats", act=0), back("shop", act=0)],
        "/full": [front("web", "FULL", scur=100), back("shop"), server("web1", slim=10, scur=9)],
        "/paused": [front("web", "PAUSED"), back("shop")],
        "/queue": [back("shop", qcur=40), server("web1", qcur=12)],
        "/slow": [back("shop", ttime=2_300), server("web1")],
        "/idle": [back("shop", ttime=9_000, lastsess=4_000), server("web1")],
        "/tcp": [front("db", req_tot=""), row("db", "BACKEND", "UP", act=1, ttime=0, lastsess=2, econ=0), server("a")],
        "/default": [],
        "/new": [back("shop"), server("web1", "SLEEPING")],
        "/gone": Down("haproxy /gone: no process listens on the socket"),
        "/refused": CannotTell("haproxy /refused: this user may not connect to the socket"),
    }
)
CSV = "http://proxy.test:8404/stats;csv"
HTTP = FakeHttp(
    {
        CSV: Reply(200, RECORDED.read_bytes()),
        "http://denied.test/stats;csv": Reply(401, "", reason="Unauthorized"),
        "http://shop.test/;csv": Reply(200, "<html>Welcome"),
    }
)
CASES = {
    "all is well": ("", "OK"),
    "one server is down": ("-H /one-down", "WARNING"),
    "three of four servers are down": ("-H /three-of-four --usable-critical 30:", "CRITICAL"),
    "a backend is down": ("-H /down", "CRITICAL"),
    "servers change": ("-H /changing", "WARNING"),
    "servers are out on purpose": ("-H /maintained", "OK"),
    "all servers are out on purpose": ("-H /all-maintained", "CRITICAL"),
    "backup servers": ("-H /backup", "WARNING"),
    "no servers": ("-H /empty", "WARNING"),
    "a frontend is full": ("-H /full", "CRITICAL"),
    "a frontend is paused": ("-H /paused", "CRITICAL"),
    "requests wait": ("-H /queue", "CRITICAL"),
    "slow": ("-H /slow", "WARNING"),
    "slow, and long ago": ("-H /idle", "OK"),
    "TCP": ("-H /tcp", "OK"),
    "a new installation without proxies": ("-H /default", "OK"),
    "proxies are needed": ("-H /default --proxies-critical 1:", "CRITICAL"),
    "a word of a later version": ("-H /new", "UNKNOWN"),
    "not running": ("-H /gone", "CRITICAL"),
    "not permitted": ("-H /refused", "UNKNOWN"),
    "some proxies": ("-H /down -b web", "OK"),
    "no such proxy": ("-b pay", "UNKNOWN"),
    "stats page": ("-u http://proxy.test:8404/stats", "CRITICAL"),
    "stats page without the broken ones": ("-u http://proxy.test:8404/stats;csv -x dead -x empty -x shop", "OK"),
    "stats page needs a login": ("-u http://denied.test/stats", "UNKNOWN"),
    "another page": ("-u http://shop.test/", "UNKNOWN"),
    "socket and page": ("-H /one-down -u http://proxy.test:8404/stats", "UNKNOWN"),
    "a socket as URL": ("-u /one-down", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_haproxy(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Haproxy, command_line, STATS, HTTP, FakeStateFile())
    assert outcome.state == state
    golden(outcome)


def after(first: list[Row], then: list[Row], *, runs: int = 1, seconds: float = 60) -> Outcome:
    """Return the outcome of a run, `runs` runs after one with other rows."""
    memory = FakeStateFile(seconds=seconds)
    run(Haproxy, "", FakeHaproxyStats({DEFAULT: first}), memory)
    for _ in range(runs):
        outcome = run(Haproxy, "", FakeHaproxyStats({DEFAULT: then}), memory)
    return outcome


FAILING = [front("web"), back("shop", hrsp_2xx=1_180, hrsp_5xx=20), server("web1")]


def test_errors_are_a_share_of_the_answers_in_the_window() -> None:
    for runs in (1, 5, 9):
        outcome = after(HEALTHY, FAILING, runs=runs)
        assert outcome.state == "CRITICAL"
        assert outcome.summary.startswith("5xx responses in 10 min shop 10 % (above 5 %)")
    assert after(HEALTHY, FAILING, runs=11).state == "OK"


def test_few_answers_give_no_share_of_errors() -> None:
    failing = [front("web"), back("shop", hrsp_2xx=1_005, hrsp_5xx=5), server("web1")]
    assert after(HEALTHY, failing).state == "OK"


def test_reload_gives_no_rates() -> None:
    outcome = after(FAILING, [front("web", req_tot=1), back("shop", hrsp_2xx=1, hrsp_5xx=0), server("web1")])
    assert outcome.state == "OK"
    assert {"errors:shop=U;1;5;0;100", "requests:web=U;;;0;"} <= set(outcome.perfdata)


def test_failed_connections_are_a_rate() -> None:
    outcome = after(HEALTHY, [front("web"), back("shop", econ=90, eresp=30), server("web1")])
    assert (outcome.state, "Failed connections shop 2" in outcome.summary) == ("WARNING", True)


def slow_page(handler: BaseHTTPRequestHandler) -> None:
    """Answer a request when the event that the server holds is set."""
    assert isinstance(handler.server, Backend)
    handler.server.release.wait(20)
    body = b"done"
    handler.send_response(200 if handler.server.healthy else 500)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


class Backend(WebServer):
    """Web server behind HAProxy. release: lets waiting requests go on."""

    healthy = True

    def __init__(self) -> None:
        super().__init__({"/": slow_page})
        self.release = threading.Event()
        self.release.set()


@contextmanager
def backend() -> Iterator[Backend]:
    server = Backend()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        server.server_close()
        thread.join(5)


def get(port: int, number: int = 1) -> list[socket.socket]:
    """Send requests to the frontend without waiting for the answers."""
    clients = []
    for _ in range(number):
        client = socket.create_connection(("127.0.0.1", port), 10)
        client.sendall(b"GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n")
        clients.append(client)
    return clients


@pytest.mark.daemon
def test_real_haproxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STATS_LOGIN", "nagios:s3cret")
    memory = FakeStateFile(seconds=61)
    with ExitStack() as stack:
        one, two = stack.enter_context(backend()), stack.enter_context(backend())
        proxy = stack.enter_context(running(haproxy.Haproxy(tmp_path, one.port, two.port)))
        by_socket = f"-H {proxy.socket}"
        by_page = f"-u http://127.0.0.1:{proxy.stats}/stats --auth-env STATS_LOGIN"

        def both() -> set[str]:
            return {run(Haproxy, words, World(), memory).state for words in (by_socket, by_page)}

        wait_until(lambda: both() == {"OK"}, "the first checks of the servers do not end")
        assert run(Haproxy, by_page.replace("--auth-env STATS_LOGIN", ""), World(), memory).state == "UNKNOWN"
        monkeypatch.setenv("STATS_LOGIN", "nagios:wrong")
        outcome = run(Haproxy, by_page, World(), memory)
        assert (outcome.state, "401 Unauthorized: it rejects this account" in outcome.summary) == ("UNKNOWN", True)
        monkeypatch.setenv("STATS_LOGIN", "nagios:s3cret")

        # Both servers hold one request each, their maxconn: the others wait in HAProxy.
        one.release.clear()
        two.release.clear()
        clients = get(proxy.web, 6)
        wait_until(lambda: "Queued requests shop 4" in run(Haproxy, by_socket, World(), memory).text(1), "no queue")
        assert both() == {"WARNING"}
        one.release.set()
        two.release.set()
        for client in clients:
            assert client.makefile("rb").readline() == b"HTTP/1.1 200 OK\r\n"
            client.close()
        wait_until(lambda: both() == {"OK"}, "the queue does not end")

        # Answers of 500 are errors in the window, then leave it.
        one.healthy = two.healthy = False
        for client in get(proxy.web, 30):
            client.makefile("rb").read()
            client.close()
        outcome = run(Haproxy, by_socket, World(), memory)
        assert (outcome.state, "5xx responses in 10 min shop" in outcome.summary) == ("CRITICAL", True)
        one.healthy = two.healthy = True
        for _ in range(11):
            outcome = run(Haproxy, by_socket, World(), memory)
        assert outcome.state == "OK"

        assert "Permission denied" in user_command(proxy.socket, "disable server shop/web1")
        proxy.command("set server shop/web1 state maint")
        outcome = run(Haproxy, f"{by_socket} -v", World(), memory)
        assert (outcome.state, "Server shop/web1 maintenance" in outcome.text(1)) == ("OK", True)
        proxy.command("set server shop/web1 state drain")
        outcome = run(Haproxy, f"{by_page} -v", World(), memory)
        assert (outcome.state, "Server shop/web1 drain" in outcome.text(1)) == ("OK", True)
        proxy.command("set server shop/web1 state ready")

        two.shutdown()
        two.server_close()
        wait_until(lambda: "Server shop/web2 down (L4CON" in run(Haproxy, by_socket, World(), memory).summary, "is up")
        assert both() == {"WARNING"}
        proxy.command("set server shop/web1 state maint")
        outcome = run(Haproxy, by_socket, World(), memory)
        assert (outcome.state, "Backend shop down" in outcome.summary) == ("CRITICAL", True)
        proxy.command("set server shop/web1 state ready")
        wait_until(lambda: both() == {"WARNING"}, "web1 does not come back")

        proxy.kill()
        outcome = run(Haproxy, by_socket, World(), memory)
        assert (outcome.state, "no process listens on the socket" in outcome.summary) == ("CRITICAL", True)
        proxy.start()
        wait_until(lambda: both() == {"WARNING"}, "HAProxy does not come back")


def user_command(path: str, line: str) -> str:
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(path)
        client.sendall(f"{line}\n".encode())
        return client.makefile().read()


@pytest.mark.daemon
def test_real_haproxy_without_proxies(tmp_path: Path) -> None:
    """Debian's own configuration has none."""
    proxy = haproxy.Haproxy(tmp_path, 1, 2)
    file = tmp_path / "haproxy.cfg"
    file.write_text(file.read_text().partition("frontend")[0])
    with running(proxy):
        assert run(Haproxy, f"-H {proxy.socket}", World(), FakeStateFile()).state == "OK"


def test_recorded_answer() -> None:
    rows = parse(RECORDED.read_text())
    outcome = run(Haproxy, "", FakeHaproxyStats({DEFAULT: rows}), FakeStateFile())
    assert outcome.summary.startswith("Backend dead down")


def state_of(proxy: haproxy.Haproxy) -> str:
    return run(Haproxy, f"-H {proxy.socket}", World(), FakeStateFile()).state


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with web_server({"/": (200, {}, b"")}) as web, running(haproxy.Haproxy(folder, web.port, web.port)) as proxy:
        # A server that has just answered its first health check is still on its way up.
        wait_until(lambda: state_of(proxy) == "OK", "the first checks of the servers do not end")
        yield Sample(f"--server {proxy.socket}")
