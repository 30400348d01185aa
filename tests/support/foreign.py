"""Damaged answers: what a broken, changed or hostile target may send in place of a good one."""

import re
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from hypothesis import strategies as st

#: Values that parsers stumble over: numbers that are none for `int`, too long ones, other types, separators.
TOKENS = (
    b"",
    b"-1",
    b"+1",
    b"1.5",
    b"1e400",
    b"1_0",
    b"0x10",
    b"9" * 30,
    b"9" * 5_000,
    b"1" + b"0" * 400,
    b"NaN",
    b"Infinity",
    b"-inf",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b"[[1]]",
    b'"x"',
    b"x",
    b"\xc2\xb2",
    b"\xd9\xa3",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\\ud800",
    b"\0",
    b"\x1b[31m|",
    b"\n",
    b"\r\n\r\n",
    b"\t",
    b" ",
    b":",
    b"=",
    b",",
    b"%",
    b"\\",
    b'"',
    b"'",
)


@st.composite
def damaged(draw: st.DrawFn, samples: Sequence[bytes]) -> bytes:
    """Return one of the samples with some words replaced, cut, repeated, or with any bytes in it."""
    data = draw(st.sampled_from(samples))
    for _ in range(draw(st.integers(0, 3))):
        words = [match.span() for match in re.finditer(rb"[\w.+-]+|[^\w\s]", data)] or [(0, len(data))]
        begin, end = words[draw(st.integers(0, len(words) - 1))]
        kind = draw(st.sampled_from(("token", "token", "token", "bytes", "cut", "drop", "repeat")))
        if kind == "token":
            data = data[:begin] + draw(st.sampled_from(TOKENS)) + data[end:]
        elif kind == "bytes":
            data = data[:begin] + draw(st.binary(max_size=8)) + data[begin:]
        elif kind == "cut":
            data = data[:begin]
        elif kind == "drop":
            data = data[:begin] + data[end:]
        else:
            data = data[:end] + data[begin:end] * 3 + data[end:]
    return data


@st.composite
def damaged_binary(draw: st.DrawFn, samples: Sequence[bytes]) -> bytes:
    """Return one of the samples with some bytes changed, removed or added."""
    data = bytearray(draw(st.sampled_from(samples)))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        kind = draw(st.sampled_from(("change", "change", "cut", "add", "drop")))
        if kind == "change" and at < len(data):
            data[at] = draw(st.integers(0, 255))
        elif kind == "cut":
            del data[at:]
        elif kind == "add":
            data[at:at] = draw(st.binary(min_size=1, max_size=6))
        else:
            del data[at : at + 3]
    return bytes(data)


class Answering:
    """Server that sends `data` to each client and closes. `address`: HOST:PORT, or the path of a Unix socket.

    by_request: for HTTP, other answers by a word in the request's head.
    """

    def __init__(self, sock: socket.socket, address: str) -> None:
        self.sock = sock
        self.address = address
        self.data = b""
        self.by_request: dict[bytes, bytes] = {}

    def serve(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self.sock.accept()
                with client, suppress(OSError):
                    client.settimeout(5)
                    request = b""
                    while self.by_request and b"\r\n\r\n" not in request and (part := client.recv(65_536)):
                        request += part
                    known = (data for word, data in self.by_request.items() if word in request)
                    client.sendall(next(known, self.data))
                    client.shutdown(socket.SHUT_WR)
                    while client.recv(65_536):
                        pass


class AnsweringByUdp:
    """Server that answers each packet with the first `kept` bytes of the question and then `data`."""

    def __init__(self, sock: socket.socket, kept: int) -> None:
        self.sock = sock
        self.kept = kept
        self.data = b""

    @property
    def port(self) -> int:
        return int(self.sock.getsockname()[1])

    def serve(self) -> None:
        while True:
            question, client = self.sock.recvfrom(4_096)
            if not question:
                return
            self.sock.sendto(question[: self.kept] + self.data, client)


@contextmanager
def answering_by_udp(kept: int) -> Iterator[AnsweringByUdp]:
    """Run such a server on a free port of 127.0.0.1."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        server = AnsweringByUdp(sock, kept)
        thread = threading.Thread(target=server.serve)
        thread.start()
        try:
            yield server
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
                end.sendto(b"", sock.getsockname())
            thread.join()


@contextmanager
def answering(folder: Path | None = None) -> Iterator[Answering]:
    """Run such a server on a free port of 127.0.0.1, or on a Unix socket in `folder`."""
    if folder is None:
        sock = socket.create_server(("127.0.0.1", 0))
        address = f"127.0.0.1:{sock.getsockname()[1]}"
    else:
        sock = socket.socket(socket.AF_UNIX)
        address = str(folder / "socket")
        sock.bind(address)
        sock.listen()
    server = Answering(sock, address)
    thread = threading.Thread(target=server.serve)
    thread.start()
    try:
        yield server
    finally:
        sock.shutdown(socket.SHUT_RDWR)
        sock.close()
        thread.join()
