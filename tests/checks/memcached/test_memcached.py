"""Check memcached against a fake, recorded answers and the real memcached."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from checks.memcached.fake import FakeMemcachedServers
from checks.memcached.memcached import Memcached
from checks.memcached.source import MemcachedServers, MemcachedState, parse
from checkwright.core.errors import CannotTell, Down
from checkwright.core.world import World
from checkwright.testing import Golden, run
from checkwright.testing.canned_server import serve
from checkwright.testing.fakes import FakeStateFile
from tests.support.ports import free_port
from tests.support.processes import Server, running, wait_until
from tests.support.real import require
from tests.support.sample import Sample

RECORDED = Path(__file__).with_name("recorded")


def recorded(name: str, **changes: str) -> MemcachedState:
    text = (RECORDED / f"stats-{name}-1.6.18.txt").read_text(encoding="utf-8")
    return MemcachedState(parse(line for line in text.splitlines() if line != "END") | changes, 0.0004)


SERVERS = FakeMemcachedServers(
    {
        "127.0.0.1": recorded("idle"),
        "evicting": recorded("full-evicting"),
        "busy": recorded("idle", curr_connections="27"),
        "full": recorded("idle", curr_connections="31"),
        "new": recorded("idle", uptime="3"),
        "locked": CannotTell("memcached locked:11211: it requires a login for its statistics: CLIENT_ERROR"),
        "crowded": Down("memcached crowded:11211: it accepts no more clients: ERROR Too many open connections"),
    }
)
CASES = {
    "idle": ("", "OK"),
    "evicting": ("-H evicting", "OK"),
    "many connections": ("-H busy", "WARNING"),
    "nearly no connection left": ("-H full", "CRITICAL"),
    "restarted": ("-H new --uptime-warning 600:", "WARNING"),
    "login required": ("-H locked", "UNKNOWN"),
    "no room for clients": ("-H crowded", "CRITICAL"),
    "an empty host": ("-H ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_memcached(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Memcached, command_line, World(SERVERS, FakeStateFile()))
    assert outcome.state == state
    golden(outcome)


def test_rates_and_clients_that_were_turned_away() -> None:
    memory = FakeStateFile(seconds=400)
    found = []
    for evictions, rejected in ((100, 1), (500, 2), (900, 2), (1_300, 2), (5, 0)):
        state = recorded("idle", evictions=str(evictions), rejected_connections=str(rejected))
        outcome = run(Memcached, "", World(FakeMemcachedServers({"127.0.0.1": state}), memory))
        values = {one.gauge: one.value for one in outcome.readings}
        found.append((outcome.state, values["evictions"], values["refused"]))
    assert found == [("OK", None, None), ("CRITICAL", 1, 1), ("CRITICAL", 1, 1), ("OK", 1, 0), ("OK", None, 0)]


WRONG = {
    "another protocol": (
        b"220 mail.test ESMTP\r\n",
        Down,
        "'220 mail.test ESMTP' is no line of memcached's statistics",
    ),
    "a login": (b"CLIENT_ERROR unauthenticated\r\n", CannotTell, "it requires a login"),
    "no more clients": (b"ERROR Too many open connections\r\n", Down, "it accepts no more clients"),
    "nothing": (b"END\r\n", CannotTell, "its answer has no curr_connections"),
}


@pytest.mark.parametrize(("answer", "error", "why"), WRONG.values(), ids=WRONG)
def test_wrong_answers(answer: bytes, error: type[Exception], why: str) -> None:
    with serve({b"stats\r\n": answer}) as address, pytest.raises(error) as caught:
        MemcachedServers().state(address)
    assert str(caught.value).startswith(f"memcached {address}: ") and why in str(caught.value)


def test_word_in_place_of_a_number_is_unknown() -> None:
    with pytest.raises(CannotTell, match="memcached reports 'many' as items"):
        MemcachedState({"items": "many"}).number("items")


@contextmanager
def memcached(folder: Path, *words: str) -> Iterator[tuple[Server, str]]:
    """Run a memcached and yield it with its address."""
    port = free_port()
    argv = [require("memcached", package="memcached"), "-l", "127.0.0.1", "-p", str(port), "-U", "0", "-t", "1"]
    argv += ["-u", "root", "-m", "8", *words]

    def answers() -> bool:
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.sendall(b"version\r\n")
            return connection.recv(100).startswith(b"VERSION")

    with running(Server(argv, folder / f"memcached-{port}.log", answers)) as server:
        yield server, f"127.0.0.1:{port}"


def real(address: str) -> tuple[str, str]:
    outcome = run(Memcached, f"-H {address} -t 20", World(MemcachedServers(), FakeStateFile()))
    return outcome.state, outcome.text(1)


@pytest.mark.daemon
def test_real_memcached_is_filled_stopped_and_started(tmp_path: Path) -> None:
    with memcached(tmp_path) as (server, address):
        assert real(address)[0] == "OK"
        host, port = address.split(":")
        with socket.create_connection((host, int(port)), 10) as connection:
            for number in range(200):
                connection.sendall(b"set k%d 0 0 100000\r\n%b\r\n" % (number, b"x" * 100_000))
                connection.recv(100)
        values = MemcachedServers().state(address)
        assert values.number("evictions") > 0
        assert real(address)[0] == "OK"
        server.kill()
        state, text = real(address)
        assert state == "CRITICAL" and f"memcached {address}: connection refused" in text
        server.start()
        assert real(address)[0] == "OK"


@pytest.mark.daemon
def test_real_memcached_without_room_for_clients(tmp_path: Path) -> None:
    with memcached(tmp_path, "-c", "32") as (_, address):
        host, port = address.split(":")
        with ExitStack() as crowd:
            for _ in range(32):
                connection = crowd.enter_context(socket.create_connection((host, int(port)), 10))
                connection.sendall(b"version\r\n")
            found: list[tuple[str, str]] = []

            def full() -> bool:
                found.append(real(address))
                return found[-1][0] == "CRITICAL"

            wait_until(full, lambda: str(found[-1:]))
            # It closes the connection, or still has one for the check and none for anybody else.
            assert f"memcached {address}" in found[-1][1] or "Connections used" in found[-1][1]
        wait_until(lambda: real(address)[0] == "OK")


@pytest.mark.daemon
def test_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "memcached.sock"
    argv = [require("memcached", package="memcached"), "-s", str(path), "-u", "root"]
    with running(Server(argv, tmp_path / "log", path.is_socket)):
        wait_until(lambda: real(str(path))[0] == "OK")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with memcached(folder) as (_, address):
        yield Sample(f"--host {address}")
