"""The server of the status page: what it serves, its headers, and a source that fails."""

import json
import re
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import closing

import pytest

from checkwright.core.errors import BadUsage
from checkwright.status import status_server
from checkwright.status.present_problems import Status, status
from checkwright.status.status_dat import parse
from checkwright.status.status_server import StatusServer, address_of, is_local
from checkwright.web.clock import Clock
from tests.checkwright.status.night import HOSTILE, NOW, PLAN, bad, status_text


class Reads:
    """Counts how often the status is read. `fails`: it raises an error that nobody expects."""

    def __init__(self) -> None:
        self.number = 0
        self.fails = False

    def __call__(self) -> Status:
        self.number += 1
        if self.fails:
            raise RuntimeError("a secret")
        return status([PLAN], [parse(status_text({("web-1", "http"): bad(output=HOSTILE[3])}))], [], NOW)


@pytest.fixture
def reads() -> Reads:
    return Reads()


@pytest.fixture
def port(reads: Reads) -> Iterator[int]:
    with closing(StatusServer("127.0.0.1", 0, reads, Clock("UTC"), refresh=30, names=("nagios.example.com",))) as one:
        yield one.port


def exchange(port: int, path: str = "/", host: str = "127.0.0.1", method: str = "GET") -> tuple[str, bytes]:
    with socket.create_connection(("127.0.0.1", port), 20) as peer:
        peer.sendall(f"{method} {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        answer = b""
        while part := peer.recv(65_536):
            answer += part
    head, _, body = answer.partition(b"\r\n\r\n")
    return head.decode(), body


def test_page_and_data_are_served(port: int, reads: Reads) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/?x", timeout=20) as answer:
        assert b"http on web-1" in answer.read()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/status.json", timeout=20) as answer:
        assert json.load(answer)["problems"][0]["output"] == HOSTILE[3]
    assert reads.number == 1  # the second request came within some seconds


def test_headers_are_strict(port: int) -> None:
    head, body = exchange(port)
    headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:])
    policy = headers.pop("Content-Security-Policy")
    assert headers == {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(body)),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Connection": "close",
    }
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
    assert "unsafe" not in policy


def test_other_names_paths_and_methods_are_refused(port: int, reads: Reads) -> None:
    assert exchange(port, host="rebound.example.net")[0].startswith("HTTP/1.1 421 ")
    assert exchange(port, host="nagios.example.com", method="HEAD")[0].startswith("HTTP/1.1 200 ")
    for path in ("/x", "/status.dat", "/../etc/passwd", "//", "/%2e"):
        assert exchange(port, path)[0].startswith("HTTP/1.1 404 ")
    for method in ("POST", "PUT", "DELETE"):
        assert exchange(port, method=method)[0].startswith("HTTP/1.1 405 ")
    assert reads.number == 1


def test_defect_is_an_answer_without_its_text(
    port: int, reads: Reads, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(status_server, "_FRESH", 0.0)
    reads.fails = True
    head, body = exchange(port)
    assert head.startswith("HTTP/1.1 500 ")
    assert b"secret" not in body
    exchange(port)
    (line,) = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"checkctl status: the page / failed: \w+ in .*test_status_server\.py:[0-9]+", line)
    reads.fails = False
    assert exchange(port)[0].startswith("HTTP/1.1 200 ")


ADDRESSES = {
    "8100": ("127.0.0.1", 8100),
    ":8100": ("127.0.0.1", 8100),
    "localhost:8100": ("127.0.0.1", 8100),
    "[::1]:8100": ("::1", 8100),
    "0.0.0.0:0": ("0.0.0.0", 0),
}


@pytest.mark.parametrize(("text", "address"), ADDRESSES.items())
def test_addresses(text: str, address: tuple[str, int]) -> None:
    assert address_of(text) == address
    assert is_local(address[0]) == (address[0] != "0.0.0.0")


@pytest.mark.parametrize(
    "text", ["", "x", "127.0.0.1", "127.0.0.1:", "example.com:80", "127.0.0.1:65536", "::1", "1:-1"]
)
def test_other_addresses_are_refused(text: str) -> None:
    with pytest.raises(BadUsage, match="--serve needs an address of this machine and a port"):
        address_of(text)
