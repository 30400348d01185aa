"""Half an answer is no answer: no check that speaks to a server is OK with one.

The command lines are made from the declarations of the checks, so a new family is tested without a change here.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from checkwright.core.run import Run
from checkwright.core.world import World
from checkwright.testing.fakes import FakeStateFile
from tests.support.server_checks import SERVERS, words_for

pytestmark = pytest.mark.slow


def http(body: bytes, length: int | None = None, kind: str = "application/json") -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {size}\r\n\r\n".encode() + body


#: Complete HTTP answers whose document says nothing. `http` itself has no opinion about documents.
EMPTY = {
    "nothing": http(b""),
    "null": http(b"null"),
    "an empty object": http(b"{}"),
    "an empty list": http(b"[]"),
    "a number": http(b"5"),
    "a page": http(b"<html><body>Welcome</body></html>", kind="text/html"),
    "blank lines": http(b"\n\n\n", kind="text/plain"),
    "a document without its end": http(b'{"status": "green", "a": ['),
}
#: Answers that break off, for every check.
BROKEN = {
    "a shorter body": http(b'{"status": "green"}', 500),
    "no last chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "half a compressed body": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "half a line": b"0",
    "a line of something else": b"hello\r\n",
    "a line and a half": b"a\t1\t2\t3\nb\t1",
    "zeros": b"\0" * 40,
}
#: Checks for which a connection is all, and those for which any complete answer of HTTP is.
WITHOUT_ANSWER = {"tcp_port"}
ANY_ANSWER = {"http", "dead_mans_switch"}


#: Further words, without which a check has no opinion about a document.
MORE = {"json_api": ["--value", "status=a"]}
#: Documents that are complete for a check: there is no container, and no queue.
COMPLETE = {("containers", "an empty list"), ("rabbitmq_queues", "an empty list")}


@pytest.fixture(params=[*EMPTY, *BROKEN])
def answer(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def port(answer: str) -> Iterator[int]:
    data = (EMPTY | BROKEN)[answer]

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(0.3)
            connection.recv(65_536)
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65_536):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listening:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True).start()

        thread = threading.Thread(target=accept)
        thread.start()
        yield int(listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("name", sorted(set(SERVERS) - WITHOUT_ANSWER))
def test_half_an_answer_is_not_ok(name: str, answer: str, port: int) -> None:
    if (name in ANY_ANSWER and answer in EMPTY) or (name, answer) in COMPLETE:
        pytest.skip("a complete answer of HTTP is one for this check, or an empty list is")
    words = words_for(SERVERS[name], port)
    assert words is not None
    words += MORE.get(name, [])
    outcome = Run(SERVERS[name], [*words, "-t", "2"], World(FakeStateFile())).go()
    assert outcome.state in ("CRITICAL", "UNKNOWN"), outcome.summary
    assert "itself failed" not in outcome.summary
