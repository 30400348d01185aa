"""Check tcp_port against a fake, and against a real port."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from checks.tcp.fake import FakeTcp
from checks.tcp.source import Conversation
from checks.tcp.tcp_port import TcpPort
from checkwright.core.errors import CannotTell, Down
from checkwright.core.world import World
from checkwright.testing import Golden, run
from tests.support.ports import free_port
from tests.support.real import require, starts_a_daemon
from tests.support.sample import Sample, no_limits
from tests.support.servers import raw_server

WORLD = FakeTcp(
    {
        "db.test:5432": Conversation(0.004),
        "mail.test:25": Conversation(0.02, "220 mail.test ESMTP\r\n"),
        "slow.test:25": Conversation(3, "220 slow.test\r\n"),
        "down.test:25": Down("port down.test:25: connection refused"),
        "lost.test:25": CannotTell("port lost.test:25: this machine has no route to that network"),
    }
)

CASES = {
    "takes connections": ("-H db.test -p 5432", "OK"),
    "expected answer": ("-H mail.test -p 25 -e 220 -e ESMTP", "OK"),
    "unexpected answer": ("-H mail.test -p 25 -e 250", "CRITICAL"),
    "slow": ("-H slow.test -p 25", "WARNING"),
    "refused": ("-H down.test -p 25", "CRITICAL"),
    "no network": ("-H lost.test -p 25", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_tcp_port(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(TcpPort, command_line, WORLD)
    assert outcome.state == state
    golden(outcome)


BAD = {
    "no port": ("-H a", "tcp_port needs -p/--port"),
    "port 0": ("-H a -p 0", "--port: 0 is not a port: use 1 to 65535"),
    "no number": ("-H a -p http", "'http' is not a whole number"),
    "trust without TLS": ("-H a -p 1 --ca x", "--ca needs --tls"),
    "no trust and trust": ("-H a -p 1 -S --ca x --insecure", "--insecure and --ca exclude each other"),
    "two families": ("-H a -p 1 -4 -6", "--ipv4 and --ipv6 exclude each other"),
    "nothing expected": ("-H a -p 1 -e ''", "--expect: give a text"),
    "an unknown escape": (r"-H a -p 1 -s 'a\x'", "has a backslash without a meaning"),
}


@pytest.mark.parametrize(("command_line", "why"), BAD.values(), ids=BAD)
def test_bad_options_are_refused(command_line: str, why: str) -> None:
    outcome = run(TcpPort, command_line, FakeTcp({}))
    assert outcome.state == "UNKNOWN"
    assert why in outcome.summary


def test_escapes_reach_a_real_port() -> None:
    heard = []

    def talk(connection: socket.socket) -> None:
        heard.append(connection.recv(100))
        connection.sendall(b"a\tb\\n")

    with raw_server(talk) as port:
        outcome = run(TcpPort, [*f"-H 127.0.0.1 -p {port}".split(), "-s", r"x\r\n\0\\n", "-e", r"a\tb\\n"], World())
    assert outcome.state == "OK"
    assert heard == [b"x\r\n\0\\n"]


@pytest.mark.daemon
def test_real_redis_answers_until_it_stops(tmp_path: Path) -> None:
    starts_a_daemon("redis-server")
    server, port = require("redis-server", package="redis-server"), free_port()
    words = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no", "--dir", str(tmp_path)]
    ping = f"-H 127.0.0.1 -p {port} --send 'PING\\r\\n' --expect"
    process = subprocess.Popen([server, *words], stdout=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 20
        while (outcome := run(TcpPort, f"{ping} +PONG", World())).state != "OK":
            assert time.monotonic() < end, outcome.text()
            time.sleep(0.05)
        assert run(TcpPort, f"{ping} +PANG -t 1:critical", World()).state == "CRITICAL"
    finally:
        process.terminate()
        process.wait(timeout=20)
    outcome = run(TcpPort, f"{ping} +PONG", World())
    assert (outcome.state, "connection refused" in outcome.summary) == ("CRITICAL", True)


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with raw_server(lambda connection: None) as port:
        yield Sample(f"--host 127.0.0.1 --port {port} {no_limits('time')}")
