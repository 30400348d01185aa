"""Tcp against real ports."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from checks.tcp.source import Tcp
from checkwright.core.current import Current, enter, leave
from checkwright.core.errors import BadUsage, Down
from checkwright.net.tls_context import TlsOptions
from tests.support.ports import closed_port
from tests.support.servers import Authority, raw_server


@pytest.fixture
def tcp() -> Tcp:
    return Tcp.open()


@pytest.fixture
def half_a_second() -> Iterator[None]:
    token = enter(Current("test", "test", time.monotonic() + 0.7))
    yield
    leave(token)


def echo(connection: socket.socket) -> None:
    while data := connection.recv(1_000):
        connection.sendall(b"received " + data)


def greets(connection: socket.socket) -> None:
    connection.sendall(b"220 mail.test\r\n")


def test_port_accepts_a_connection(tcp: Tcp) -> None:
    with raw_server(greets) as port:
        talk = tcp.talk("127.0.0.1", port)
    assert talk.seconds > 0
    assert talk.answer == ""


def test_expected_text_is_received(tcp: Tcp) -> None:
    with raw_server(echo) as port:
        assert tcp.talk("127.0.0.1", port, send="PING\r\n", expect=("received", "PING")).answer == "received PING\r\n"


def test_unexpected_answer_is_down(tcp: Tcp) -> None:
    with raw_server(greets) as port, pytest.raises(Down) as caught:
        tcp.talk("127.0.0.1", port, expect=("220", "250"))
    assert str(caught.value) == (
        f"port 127.0.0.1:{port}: it sent '220 mail.test' and not '250' before it closed the connection"
    )


@pytest.mark.usefixtures("half_a_second")
def test_silent_server_is_down_at_the_deadline(tcp: Tcp) -> None:
    def drip(connection: socket.socket) -> None:
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)

    began = time.monotonic()
    with raw_server(drip) as port, pytest.raises(Down, match=r"it sent 'x+' and not 'y' within 500 ms"):
        tcp.talk("127.0.0.1", port, expect=("y",))
    assert time.monotonic() - began < 3


def test_endless_answer_is_down(tcp: Tcp) -> None:
    def flood(connection: socket.socket) -> None:
        while True:
            connection.sendall(b"x" * 10_000)

    with raw_server(flood) as port, pytest.raises(Down, match="and not 'y' in its first 65536 bytes"):
        tcp.talk("127.0.0.1", port, expect=("y",))


def test_refused_connection_is_down(tcp: Tcp) -> None:
    port = closed_port()
    with pytest.raises(Down, match=f"^port 127.0.0.1:{port}: connection refused$"):
        tcp.talk("127.0.0.1", port)


def test_reset_connection_is_down(tcp: Tcp) -> None:
    def reset(connection: socket.socket) -> None:
        connection.recv(1)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with raw_server(reset) as port, pytest.raises(Down, match="the connection was reset"):
        tcp.talk("127.0.0.1", port, send="hello", expect=("hello",))


UNREACHABLE: dict[str, tuple[OSError, str, str]] = {
    "no route": (OSError(113, "No route to host"), "Down", "no route to host"),
    "no network": (OSError(101, "Network is unreachable"), "CannotTell", "this machine has no route to that network"),
    "not permitted": (PermissionError(1, "no"), "CannotTell", "this machine does not permit the connection"),
    "silent": (TimeoutError("timed out"), "Down", "no answer to the connection attempt"),
    "no descriptors": (OSError(24, "Too many open files"), "CannotTell", "too many open files"),
}


@pytest.mark.parametrize(("error", "kind", "why"), UNREACHABLE.values(), ids=UNREACHABLE)
def test_network_failure_is_reported(
    tcp: Tcp, monkeypatch: pytest.MonkeyPatch, error: OSError, kind: str, why: str
) -> None:
    def connect(*_args: object) -> None:
        raise error

    monkeypatch.setattr("checkwright.net.deadline.DeadlineSocket.connect", connect, raising=False)
    with pytest.raises(Exception, match=why) as caught:
        tcp.talk("127.0.0.1", 1)
    assert type(caught.value).__name__ == kind


def test_tls_connection(tcp: Tcp, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = authority.context("localhost")

    def secure(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            echo(wrapped)

    with raw_server(secure) as port:
        tls = TlsOptions(ca=authority.file)
        assert tcp.talk("localhost", port, send="hi", expect=("received hi",), tls=tls).answer == "received hi"
        with pytest.raises(Down, match=r"the certificate is for localhost, not for shop\.test"):
            tcp.talk("localhost", port, tls=tls, name="shop.test")
        assert tcp.talk("localhost", port, tls=TlsOptions(insecure=True), name="shop.test").seconds > 0


def test_refusal_is_reported_before_silence(tcp: Tcp, monkeypatch: pytest.MonkeyPatch) -> None:
    port = closed_port()
    found = [(socket.AF_INET, 1, 6, "", (address, port)) for address in ("255.255.255.255", "127.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args: found)
    with pytest.raises(Down, match=f"^port db.test:{port}: connection refused$"):
        tcp.talk("db.test", port)


@pytest.mark.parametrize("name", ["a..b", "x" * 64])
def test_impossible_certificate_name_is_refused(tcp: Tcp, name: str) -> None:
    with raw_server(greets) as port, pytest.raises(BadUsage, match="no certificate can be for the name"):
        tcp.talk("127.0.0.1", port, tls=TlsOptions(insecure=True), name=name)


TALKS: dict[str, Callable[[socket.socket], None]] = {"plain text": greets, "silence": lambda _connection: None}


@pytest.mark.parametrize("talk", TALKS.values(), ids=TALKS)
def test_server_without_tls_is_down(tcp: Tcp, talk: Callable[[socket.socket], None]) -> None:
    with raw_server(talk) as port, pytest.raises(Down, match=r"does not speak TLS here|closed|reset"):
        tcp.talk("127.0.0.1", port, tls=TlsOptions(insecure=True))


def test_port_that_refuses_is_told_from_one_that_accepts(tcp: Tcp) -> None:
    assert tcp.refuses("127.0.0.1", closed_port())[0]
    with raw_server(greets) as port:
        assert not tcp.refuses("127.0.0.1", port)[0]
    with pytest.raises(Down):
        tcp.refuses("nosuch.invalid", 1)


def test_starttls_and_then_a_conversation(tcp: Tcp, tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = authority.context("localhost")

    def serve(connection: socket.socket) -> None:
        connection.sendall(b"+OK ready\r\n")
        assert connection.recv(100) == b"STLS\r\n"
        connection.sendall(b"+OK go\r\n")
        with context.wrap_socket(connection, server_side=True) as secure:
            echo(secure)

    with raw_server(serve) as port:
        tls = TlsOptions(ca=authority.file)
        assert tcp.talk("localhost", port, send="NOOP", expect=("received",), tls=tls, starttls="pop3").answer
        with pytest.raises(Down, match=r"the certificate is for localhost, not for shop\.test"):
            tcp.talk("localhost", port, tls=tls, starttls="pop3", name="shop.test")
