"""The server of pages: names that it answers to, and headers. The bounds are tested in batch/test_scrape_server.py."""

import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from checkwright.web.http_server import HttpServer, Response

PAGE = Response("200 OK", "text/html; charset=utf-8", b"<p>x", {"Cache-Control": "no-store"})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with closing(HttpServer("127.0.0.1", 0, lambda _: PAGE, name="test", hosts=("status.example.com",))) as server:
        yield server.port


def exchange(port: int, data: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), 20) as peer:
        peer.sendall(data)
        answer = b""
        while part := peer.recv(65_536):
            answer += part
    return answer


HOSTS = {
    b"Host: 127.0.0.1:80": b"200 OK",
    b"host:   localhost": b"200 OK",
    b"HOST: LocalHost:1": b"200 OK",
    b"Host: [::1]:80": b"200 OK",
    b"Host: 10.1.2.3": b"200 OK",
    b"Host: status.example.com": b"200 OK",
    b"Host: rebound.example.net": b"421 Misdirected Request",
    b"Host: 127.0.0.1.example.net": b"421 Misdirected Request",
    b"Host: localhost.example.net:80": b"421 Misdirected Request",
    b"Host: [evil]": b"421 Misdirected Request",
    b"Host:": b"421 Misdirected Request",
    b"Host: localhost\r\nHost: rebound.example.net": b"421 Misdirected Request",
    b"X: y": b"421 Misdirected Request",
    b"Host: \xff": b"421 Misdirected Request",
}


@pytest.mark.parametrize(("line", "status"), HOSTS.items(), ids=[str(line) for line in HOSTS])
def test_only_own_names_are_answered(port: int, line: bytes, status: bytes) -> None:
    answer = exchange(port, b"GET / HTTP/1.1\r\n" + line + b"\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 " + status + b"\r\n")
    assert (b"<p>x" in answer) == (status == b"200 OK")


def test_head_has_the_headers_alone(port: int) -> None:
    assert exchange(port, b"HEAD / HTTP/1.1\r\nHost: localhost\r\n\r\n") == (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 4\r\n"
        b"Cache-Control: no-store\r\nConnection: close\r\n\r\n"
    )


@pytest.mark.parametrize("method", [b"POST", b"PUT", b"DELETE", b"OPTIONS", b"get", b"TRACE", b"CONNECT"])
def test_other_methods_are_refused(port: int, method: bytes) -> None:
    answer = exchange(port, method + b" / HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 405 Method Not Allowed\r\n")
    assert b"\r\nAllow: GET, HEAD\r\n" in answer
