"""Stream: conversations over TCP and Unix sockets, and every way that they fail."""

import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from checkwright.core.errors import BadUsage, CannotTell, CheckError, Down
from checkwright.net.tls_context import TlsOptions
from checkwright.sources import Stream
from checkwright.testing.canned_server import serve
from tests.support.current_run import current_run
from tests.support.ports import closed_port
from tests.support.servers import Authority, raw_server


def test_conversation_over_tcp() -> None:
    answers = {b"one\n": b"first\r\nsecond\n", b"two\n": b"5:abcde\0rest"}
    with serve(answers, greeting=b"* ready\r\n", hang_up=False) as address, Stream.dial(address) as stream:
        assert stream.line() == b"* ready"
        stream.send(b"one\n")
        assert (stream.line(), stream.line()) == (b"first", b"second")
        stream.send(b"two\n")
        assert stream.until(b":") == b"5"
        assert stream.exactly(5) == b"abcde"
        assert stream.exactly(0) == b""
        assert stream.until(b"\0") == b""
        assert stream.exactly(4) == b"rest"


def test_conversation_over_a_unix_socket(tmp_path: Path) -> None:
    server = serve({b"stat\n": b"a\nb\n"}, path=str(tmp_path / "sock"), hang_up=True)
    with server as address, Stream.dial(address, name="sample") as stream:
        assert stream.target == f"sample {tmp_path}/sock"
        stream.send(b"stat\n")
        assert stream.line() == b"a"
        assert stream.rest() == b"b\n"
        assert stream.rest() == b""


def test_answer_may_come_in_pieces() -> None:
    def drip(connection: socket.socket) -> None:
        for byte in b"one\r\ntwo--three":
            connection.sendall(bytes([byte]))

    with raw_server(drip) as port, Stream.dial("127.0.0.1", port) as stream:
        assert (stream.line(), stream.until(b"--"), stream.rest()) == (b"one", b"two", b"three")


def test_large_answer_is_complete() -> None:
    data = bytes(range(256)) * 4_000
    with serve({b"x": data}, hang_up=True) as address, Stream.dial(address) as stream:
        stream.send(b"x")
        assert stream.exactly(1_000) == data[:1_000]
        assert stream.rest() == data[1_000:]


def test_default_port_and_target() -> None:
    with serve({}, greeting=b"hello\n") as address:
        port = int(address.partition(":")[2])
        for text in ("127.0.0.1", address, "[127.0.0.1]"):
            with Stream.dial(text, port, name="redis") as stream:
                assert stream.target == f"redis {address}"


def send(data: bytes) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        connection.sendall(data)

    return talk


def wait(connection: socket.socket) -> None:
    while connection.recv(100):
        pass


def stop_in_a_line(connection: socket.socket) -> None:
    connection.sendall(b"half a li")
    wait(connection)


def send_and_read(stream: Stream) -> None:
    stream.send(b"xy")
    stream.line()


def reset(connection: socket.socket) -> None:
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")


FAILURES: dict[str, tuple[Callable[[socket.socket], None], Callable[[Stream], object], type[CheckError], str]] = {
    "silence": (wait, Stream.line, Down, "no answer within 300 ms"),
    "silence after a part": (
        stop_in_a_line,
        Stream.line,
        Down,
        "no complete answer within 300 ms, only 'half a li'",
    ),
    "closed at once": (send(b""), Stream.line, Down, "it closed the connection without an answer"),
    "closed in a line": (
        send(b"HTTP/1.1 400 No"),
        Stream.line,
        Down,
        "it closed the connection after 'HTTP/1.1 400 No'",
    ),
    "closed too early": (send(b"12345"), lambda s: s.exactly(6), Down, "it closed the connection after '12345'"),
    "closed after lines": (
        send(b"one\ntwo\n"),
        lambda stream: (stream.line(), stream.line(), stream.line()),
        Down,
        "it closed the connection after 'one two'",
    ),
    "reset": (reset, send_and_read, Down, "the connection was reset"),
    "too much": (send(b"x" * 2_000), Stream.line, Down, "it sent more than 1000 bytes"),
    "too much until the end": (send(b"x" * 2_000), Stream.rest, Down, "it sent more than 1000 bytes"),
    "announced too much": (
        send(b""),
        lambda s: s.exactly(1_001),
        Down,
        "it announced 1001 bytes, and at most 1000 are read",
    ),
    "announced less than nothing": (
        send(b""),
        lambda s: s.exactly(-1),
        Down,
        "it announced -1 bytes, and at most 1000",
    ),
    "not a number": (
        send(b"many\n"),
        lambda stream: int(stream.line()),
        Down,
        "its answer cannot be read: invalid literal for int() with base 10: b'many'",
    ),
    "not text": (send(b"\xff\n"), lambda s: s.line().decode(), Down, "its answer cannot be read: 'utf-8' codec"),
    "too few words": (send(b"one\n"), lambda s: s.line().split()[1], Down, "its answer cannot be read: list index"),
    "another field": (send(b"one\n"), lambda s: {b"two": 1}["uptime"], CannotTell, "its answer has no uptime"),  # type: ignore[index]
    "an error of its own": (send(b"one\n"), lambda s: _raise(CannotTell("no access")), CannotTell, "no access"),
}


def _raise(error: Exception) -> None:
    raise error


@pytest.mark.parametrize(("talk", "use", "kind", "message"), FAILURES.values(), ids=FAILURES)
def test_failure_is_one_sentence_that_names_the_target(
    talk: Callable[[socket.socket], None], use: Callable[[Stream], object], kind: type[CheckError], message: str
) -> None:
    def converse(address: str) -> None:
        with current_run(seconds=0.5), Stream.dial(address, name="sample", limit=1_000) as stream:
            use(stream)

    with raw_server(talk) as port, pytest.raises(kind) as raised:
        converse(f"127.0.0.1:{port}")
    assert type(raised.value) is kind
    assert str(raised.value).startswith(f"sample 127.0.0.1:{port}: {message}" if message != "no access" else message)
    assert "\n" not in str(raised.value)


def test_defect_of_the_source_is_not_hidden() -> None:
    with serve({}, greeting=b"one\n") as address, pytest.raises(TypeError), Stream.dial(address) as stream:
        len(stream.line().decode)  # type: ignore[arg-type]


def test_slow_server_cannot_prolong_the_conversation() -> None:
    def drip(connection: socket.socket) -> None:
        for _ in range(200):
            connection.sendall(b"x\n")
            time.sleep(0.05)

    def read(port: int) -> None:
        with current_run(seconds=0.5), Stream.dial("127.0.0.1", port) as stream:
            for _ in range(200):
                stream.line()

    with raw_server(drip) as port, pytest.raises(Down, match="no complete answer within 300 ms, only 'x"):
        read(port)


def test_server_that_does_not_read_cannot_prolong_the_conversation() -> None:
    def sleep(connection: socket.socket) -> None:
        time.sleep(5)

    def write(port: int) -> None:
        with current_run(seconds=0.5), Stream.dial("127.0.0.1", port) as stream:
            stream.send(b"x" * 50_000_000)

    with raw_server(sleep) as port, pytest.raises(Down, match="no answer within 300 ms"):
        write(port)


def test_refused_connection() -> None:
    port = closed_port()
    with pytest.raises(Down, match=f"^sample 127.0.0.1:{port}: connection refused$"):
        Stream.dial(f"127.0.0.1:{port}", name="sample")


def test_unix_sockets_that_cannot_be_used(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    with pytest.raises(Down, match=f"^sample {missing}: there is no such socket$"):
        Stream.dial(str(missing), name="sample")
    left = tmp_path / "left"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(left))
    with pytest.raises(Down, match=f"^sample {left}: no process listens on the socket$"):
        Stream.dial(str(left), name="sample")
    with pytest.raises(BadUsage, match="the path cannot be that of a socket"):
        Stream.dial("/" + "x" * 200)
    with pytest.raises(BadUsage, match="the path cannot be that of a socket"):
        Stream.dial("/tmp/\0")
    below_a_file = tmp_path / "file"
    below_a_file.write_text("")
    with pytest.raises(CannotTell, match="not a directory"):
        Stream.dial(str(below_a_file / "sock"))


def test_unix_socket_of_a_process_that_accepts_nothing(tmp_path: Path) -> None:
    """The kernel refuses at once where the queue is full; the stream waits for room until the deadline."""
    path = str(tmp_path / "sock")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen(0)
        waiting = []
        with pytest.raises(Down, match="no answer within"), current_run(seconds=0.5):
            for _ in range(10):
                waiting.append(Stream.dial(path))
        assert waiting
        for stream in waiting:
            stream.close()


BAD_ADDRESSES = {
    "": "'' has no host name",
    ":1": "':1' has no host name",
    "host": "the address has no port: write HOST:PORT",
    "host:0": "'0' is not a port",
    "host:x": "'x' is not a port",
    "[::1": "is not [ADDRESS]:PORT",
}


@pytest.mark.parametrize(("address", "message"), BAD_ADDRESSES.items(), ids=repr)
def test_bad_address_is_refused(address: str, message: str) -> None:
    with pytest.raises(BadUsage) as raised:
        Stream.dial(address, name="sample")
    assert message in str(raised.value)


def test_conversation_over_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = authority.context("localhost")

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            secure.sendall(b"ready\n")
            secure.sendall(b"heard " + secure.recv(100))

    with raw_server(talk) as port:
        tls = TlsOptions(ca=authority.file)
        with Stream.dial(f"localhost:{port}", name="sample", tls=tls) as stream:
            assert stream.line() == b"ready"
            stream.send(b"hello\n")
            assert (stream.exactly(6), stream.rest()) == (b"heard ", b"hello\n")
        with pytest.raises(Down) as caught:
            Stream.dial(f"127.0.0.1:{port}", name="sample", tls=tls)
    assert str(caught.value) == (f"sample 127.0.0.1:{port}: the certificate is for localhost, not for 127.0.0.1")


def test_slow_server_cannot_prolong_a_conversation_over_tls(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = authority.context("localhost")

    def drip(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            for _ in range(200):
                secure.sendall(b"x")
                time.sleep(0.02)

    tls = TlsOptions(ca=authority.file)
    with (
        raw_server(drip) as port,
        current_run(seconds=1),
        pytest.raises(Down) as caught,
        Stream.dial(f"localhost:{port}", tls=tls) as stream,
    ):
        stream.line()
    assert "no complete answer within 800 ms, only 'x" in str(caught.value)


def test_tls_where_there_is_none(tmp_path: Path) -> None:
    with serve({}, greeting=b"hello there\n") as address, pytest.raises(Down, match="does not speak TLS here"):
        Stream.dial(address, tls=TlsOptions(insecure=True))
    with pytest.raises(BadUsage, match="TLS needs HOST:PORT"):
        Stream.dial(str(tmp_path / "sock"), tls=TlsOptions())
