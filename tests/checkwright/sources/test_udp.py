"""Udp against real ports, and its fake."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from checkwright.core.errors import CheckError, Down
from checkwright.sources.udp import Udp
from checkwright.testing import FakeUdp
from tests.support.current_run import current_run
from tests.support.ports import closed_port


@contextmanager
def udp_server(reply: Callable[[bytes], list[bytes]], host: str = "127.0.0.1") -> Iterator[int]:
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((host, 0))

    def serve() -> None:
        while data := sock.recvfrom(65_535):
            if data[0] == b"end":
                return
            for packet in reply(data[0]):
                sock.sendto(packet, data[1])

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield sock.getsockname()[1]
    finally:
        with socket.socket(sock.family, socket.SOCK_DGRAM) as last:
            last.sendto(b"end", (host, sock.getsockname()[1]))
        thread.join(5)
        sock.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]"])
def test_question_is_answered(host: str) -> None:
    with udp_server(lambda data: [b"re: " + data], "::1" if ":" in host else "127.0.0.1") as port:
        answer, seconds = Udp.open().ask(host, port, b"hello", family="" if ":" in host else "4")
    assert answer == b"re: hello"
    assert seconds > 0


def test_closed_port_is_down() -> None:
    port = closed_port()
    with pytest.raises(Down) as caught:
        Udp.open().ask("127.0.0.1", port, b"x", name="NTP server")
    assert str(caught.value) == f"NTP server 127.0.0.1:{port}/udp: connection refused"


def test_silence_is_down() -> None:
    with udp_server(lambda _: []) as port, current_run(seconds=0.5), pytest.raises(Down) as caught:
        Udp.open().ask("127.0.0.1", port, b"x")
    assert str(caught.value) == f"127.0.0.1:{port}/udp: no answer within 300 ms"


def test_missing_host_is_down() -> None:
    with pytest.raises(CheckError):
        Udp.open().ask("nosuch.invalid", 123, b"x")


def test_fake() -> None:
    fake = FakeUdp({"ntp.test:123": b"time", "[::1]:123": Down("away")}, seconds=0.5)
    assert fake.ask("ntp.test", 123, b"?") == (b"time", 0.5)
    with pytest.raises(Down):
        fake.ask("::1", 123, b"?")
    assert fake.requests == [("ntp.test:123", b"?"), ("[::1]:123", b"?")]
