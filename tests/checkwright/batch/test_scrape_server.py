"""The server of the page for Prometheus: bounded, whatever its peers do."""

import os
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from checkwright.batch import scrape_server
from checkwright.batch.scrape_server import ScrapeServer
from checkwright.web import http_server
from checkwright.web.http_server import CONNECTIONS
from tests.support.ports import free_port

PAGE = b"check_state 0\n" * 1_000


class Pages:
    """Counts how often the page is rendered."""

    def __init__(self) -> None:
        self.rendered = 0

    def __call__(self) -> bytes:
        self.rendered += 1
        return PAGE


@pytest.fixture
def pages() -> Pages:
    return Pages()


@pytest.fixture
def port(pages: Pages) -> Iterator[int]:
    number = free_port()
    with closing(ScrapeServer("127.0.0.1", number, pages)):
        yield number


def connect(port: int, data: bytes = b"") -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), 20)
    made.sendall(data)
    return made


def exchange(port: int, data: bytes) -> bytes:
    with connect(port, data) as peer:
        answer = b""
        while part := peer.recv(65_536):
            answer += part
    return answer


def scrape(port: int) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics?x=1", timeout=20) as answer:
        found: bytes = answer.read()
    return found


def test_page_is_served_to_get_and_head(port: int) -> None:
    assert scrape(port) == PAGE
    head = exchange(port, b"HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n")
    assert head.endswith(b"Content-Length: 14000\r\nConnection: close\r\n\r\n")


REQUESTS = {
    "another page": (b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 404 Not Found"),
    "another method": (b"DELETE /metrics HTTP/1.1\r\n\r\n", b"HTTP/1.1 405 Method Not Allowed"),
    "no HTTP": (b"hello\n\n", b"HTTP/1.1 400 Bad Request"),
    "no words": (b"\r\n\r\n", b"HTTP/1.1 400 Bad Request"),
    "bytes": (b"\xff\x00 \xfe\r\n\r\n", b"HTTP/1.1 400 Bad Request"),
}


@pytest.mark.parametrize(("data", "answer"), REQUESTS.values(), ids=REQUESTS)
def test_other_requests_are_answered(port: int, data: bytes, answer: bytes) -> None:
    assert exchange(port, data).partition(b"\r\n")[0] == answer


def test_head_without_end_is_dropped(port: int) -> None:
    with connect(port) as peer, pytest.raises(OSError):
        for _ in range(10_000):
            peer.sendall(b"x" * 1_000)
    assert scrape(port) == PAGE


def test_slow_peer_is_dropped_at_its_deadline(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "_SECONDS", 0.3)
    with connect(port, b"GET /metrics HTTP/1.1\r\n") as peer:
        assert peer.recv(1) == b""


@pytest.mark.slow
def test_idle_peers_cannot_keep_a_scrape_out(port: int) -> None:
    with ExitStack() as stack:
        idle = [stack.enter_context(connect(port, b"G")) for _ in range(10 * CONNECTIONS)]
        assert scrape(port) == PAGE
        dropped = 0
        for peer in idle:
            peer.settimeout(0.01)
            try:
                dropped += peer.recv(1) == b""
            except TimeoutError:
                continue
            except OSError:
                dropped += 1
        assert dropped >= 9 * CONNECTIONS
        assert sum(thread.name == "checkwright-batch" for thread in threading.enumerate()) == 1


def test_server_without_file_descriptors_goes_on(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_server, "_PAUSE", 0.01)
    accept = socket.socket.accept
    failures = 20

    def full(listener: socket.socket) -> tuple[socket.socket, object]:
        nonlocal failures
        failures -= 1
        if failures > 0:
            raise OSError(24, os.strerror(24))
        return accept(listener)

    monkeypatch.setattr(socket.socket, "accept", full)
    assert scrape(port) == PAGE
    assert failures <= 0


def test_page_is_rendered_once_for_requests_of_one_moment(
    port: int, pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scrape_server, "_FRESH", 60.0)
    for _ in range(20):
        assert scrape(port) == PAGE
    assert pages.rendered == 1
    monkeypatch.setattr(scrape_server, "_FRESH", 0.0)
    assert scrape(port) == PAGE
    assert pages.rendered == 2


def test_closing_ends_the_thread_and_frees_the_port(pages: Pages) -> None:
    number = free_port()
    server = ScrapeServer("127.0.0.1", number, pages)
    with connect(number, b"G") as peer:
        end = time.monotonic() + 20
        while number and not scrape(number) and time.monotonic() < end:
            continue
        server.close()
        assert peer.recv(1) == b""
    assert not any(thread.name == "checkwright-batch" for thread in threading.enumerate())
    with closing(ScrapeServer("::1" if socket.has_ipv6 else "127.0.0.1", number, pages)):
        pass
