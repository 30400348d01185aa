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
        "silent.test:25": Down("port silent.test:25: no answer to the connection attempt within 9 s"),
        "[::1]:25": Conversation(0.02, "220 six.test ESMTP\r\n"),
        "lost.test:25": CannotTell("port lost.test:25: this machine has no route to that network"),
    }
)

CASES = {
    "takes connections": ("-H db.test -p 5432", "OK"),
    "expected answer": ("-H mail.test -p 25 -e 220 -e ESMTP", "OK"),
    "unexpected answer": ("-H mail.test -p 25 -e 250", "CRITICAL"),
    "slow": ("-H slow.test -p 25", "WARNING"),
    "refused": ("-H down.test -p 25", "CRITICAL"),
    "refused, as expected": ("-H down.test -p 25 --refused", "OK"),
    "accepted, but expected to refuse": ("-H db.test -p 5432 --refused", "CRITICAL"),
    "silent, but expected to refuse": ("-H silent.test -p 25 --refused", "CRITICAL"),
    "address in brackets": ("-H [::1] -p 25 -e six", "OK"),
    "address without brackets": ("-H ::1 -p 25 -e six", "OK"),
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
    "half a byte": (r"-H a -p 1 -s '\x4'", "has a backslash without a meaning"),
    "a byte of other letters": (r"-H a -p 1 -s '\xg0'", "has a backslash without a meaning"),
    "a backslash at the end": ("-H a -p 1 -s 'a\\'", "has a backslash without a meaning"),
    "refused and a text": ("-H a -p 1 --refused -e x", "--expect needs a connection"),
    "refused and TLS": ("-H a -p 1 --refused -S", "--tls needs a connection"),
    "an unknown protocol": ("-H a -p 1 --starttls gopher", "'gopher' is not one of smtp, imap, pop3"),
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


def test_bytes_reach_a_real_port() -> None:
    heard = []

    def talk(connection: socket.socket) -> None:
        heard.append(connection.recv(100))
        connection.sendall(b"\x16\x03\xff\x00")

    with raw_server(talk) as port:
        words = [*f"-H 127.0.0.1 -p {port}".split(), "-s", r"\x16\xFFx\xc3\xa9\\x41é", "-e", r"\x03\xff\0"]
        outcome = run(TcpPort, words, World())
    assert outcome.state == "OK"
    assert heard == [b"\x16\xffx\xc3\xa9\\x41\xc3\xa9"]


@pytest.mark.parametrize("host", ["[::1]", "::1", "[::1%lo]"])
def test_real_ipv6_port(host: str) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        port = listener.getsockname()[1]
        assert run(TcpPort, ["-H", host, "-p", str(port)], World()).state == "OK"
    assert run(TcpPort, ["-H", host, "-p", str(port), "--refused"], World()).state == "OK"


@pytest.mark.parametrize("host", ["fe80::1%nosuch", "1:2:3", "[::g]"])
def test_impossible_ipv6_address_is_no_outage(host: str) -> None:
    outcome = run(TcpPort, ["-H", host, "-p", "1"], World())
    assert outcome.state == "UNKNOWN"
    assert "is not an IPv6 address" in outcome.summary


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


@pytest.mark.parametrize("host", ["[127.0.0.1]", "[::1", "::1]", "[localhost]", "lo[cal"])
def test_brackets_around_anything_but_an_ipv6_address_are_a_mistake(host: str) -> None:
    outcome = run(TcpPort, ["-H", host, "-p", "9"], World())
    assert outcome.state == "UNKNOWN"
    assert outcome.summary.endswith("is not a host name: brackets are for IPv6 addresses")
