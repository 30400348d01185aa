"""Answers as hostile and careless servers send them, cut into parts at every place."""

from collections.abc import Iterable

import pytest

from checkwright.sources.http_answer import Answer, BrokenAnswer, CutAnswer, NoAnswer, NoHttp, Reader

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


class Wire:
    """Connection that gives one part at a time, and then its end."""

    def __init__(self, parts: Iterable[bytes], *, open_end: bool = False) -> None:
        self.parts = list(parts)
        self.open_end = open_end

    def recv(self, size: int, /) -> bytes:
        if not self.parts:
            if self.open_end:
                raise TimeoutError("timed out")
            return b""
        part = self.parts.pop(0)
        if len(part) > size:
            self.parts.insert(0, part[size:])
        return part[:size]


def read(data: bytes, method: str = "GET", *, by: int = 0, open_end: bool = False) -> tuple[Answer, bytes]:
    """Return the answer in these bytes, received in parts of `by` bytes, and its body."""
    parts = [data[at : at + by] for at in range(0, len(data), by)] if by else [data]
    answer = Answer(Reader(Wire(parts, open_end=open_end)), method)
    return answer, b"".join(answer.parts())


GOOD = {
    "a length": (OK + b"Content-Length: 5\r\n\r\nhello", b"hello"),
    "a length, and more behind it": (OK + b"Content-Length: 5\r\n\r\nhello, world", b"hello"),
    "no length": (OK + b"\r\nhello", b"hello"),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\nhello", b"hello"),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
    "no header": (b"HTTP/1.1 200 OK\r\n\r\nhello", b"hello"),
    "bare line feeds": (b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", b"hello"),
    "the same length twice": (OK + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
    "the same length in a list": (OK + b"Content-Length: 5, 5\r\n\r\nhello", b"hello"),
    "chunks": (CHUNKED + b"5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n", b"hello!"),
    "chunks with extensions": (CHUNKED + b'5;a="b";c\r\nhello\r\n000\r\n\r\n', b"hello"),
    "chunks in capitals": (CHUNKED + b"A\r\n0123456789\r\n0\r\n\r\n", b"0123456789"),
    "chunks with bare line feeds": (CHUNKED + b"5\nhello\n0\n\n", b"hello"),
    "chunks and trailers": (CHUNKED + b"5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n", b"hello"),
    "chunks without the last line": (CHUNKED + b"5\r\nhello\r\n0\r\n", b"hello"),
    "chunks and a length": (
        OK + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"hello",
    ),
    "chunked twice": (
        OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"hello",
    ),
    "coding identity": (OK + b"Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello", b"hello"),
    "interim answers": (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK + b"Content-Length: 2\r\n\r\nhi", b"hi"),
    "204": (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", b""),
    "304": (b"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", b""),
    "101": (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\0\1\2", b""),
    "an empty body": (OK + b"Content-Length: 0\r\n\r\n", b""),
    "a status of 999": (b"HTTP/1.1 999 Go Away\r\nContent-Length: 0\r\n\r\n", b""),
}


@pytest.mark.parametrize("by", [0, 1, 2, 3, 7])
@pytest.mark.parametrize(("data", "body"), GOOD.values(), ids=GOOD)
def test_answers(data: bytes, body: bytes, by: int) -> None:
    assert read(data, by=by)[1] == body


def test_head_has_no_body() -> None:
    for head in (OK + b"Content-Length: 500\r\n\r\n", CHUNKED, OK + b"\r\n"):
        assert read(head, "HEAD", open_end=True)[1] == b""


def test_answers_with_an_end_do_not_wait_for_the_connection() -> None:
    for name in ("a length", "chunks and trailers", "204", "304", "an empty body"):
        data, body = GOOD[name]
        assert read(data, open_end=True)[1] == body


def test_headers() -> None:
    head = (
        b"X-Shop: yes\r\nx-shop:no\r\nEmpty:\r\nSpaced :\t a b \t\r\n"
        b"Folded: one\r\n  two\r\n\tthree\r\nno colon here\r\n: no name\r\ntwo words: x\r\n"
        b"Umlaut: \xe4\r\nContent-Length: 0\r\n\r\n"
    )
    answer, _ = read(OK + head, by=5)
    assert answer.headers == [
        ("x-shop", "yes"),
        ("x-shop", "no"),
        ("empty", ""),
        ("spaced", "a b"),
        ("folded", "one two three"),
        ("umlaut", "\xe4"),
        ("content-length", "0"),
    ]
    assert (answer.get("x-shop"), answer.get("none")) == ("yes, no", "")
    assert read(OK + b" folded onto nothing\r\nContent-Length: 0\r\n\r\n")[0].headers == [("content-length", "0")]


def test_status_and_reason() -> None:
    answer, _ = read(b"HTTP/1.1  503  Service  Unavailable \r\nContent-Length: 0\r\n\r\n")
    assert (answer.status, answer.reason) == (503, "Service  Unavailable")


NO_HTTP = {
    "a mail server": (b"220 mail.test ESMTP\r\n", "220 mail.test ESMTP"),
    "a mail server that waits": (b"220 mail.test", "220 mail.test"),
    "SSH": (b"SSH-2.0-OpenSSH_9.2p1\r\n", "SSH-2.0-OpenSSH_9.2p1"),
    "TLS": (b"\x15\x03\x01\x00\x02\x02\x46", "\x15\x03\x01\x00\x02\x02\x46"),
    "a page without a head": (b"<html>\n<body>", "<html>"),
    "HTTP/2": (b"HTTP/2.0 200 OK\r\n\r\n", "HTTP/2.0 200 OK"),
    "no version": (b"HTTP/ 200 OK\r\n\r\n", "HTTP/ 200 OK"),
    "another version": (b"HTTP/1.x 200 OK\r\n\r\n", "HTTP/1.x 200 OK"),
    "no status": (b"HTTP/1.1\r\n\r\n", "HTTP/1.1"),
    "a status of two digits": (b"HTTP/1.1 99 OK\r\n\r\n", "HTTP/1.1 99 OK"),
    "a status of four digits": (b"HTTP/1.1 2000 OK\r\n\r\n", "HTTP/1.1 2000 OK"),
    "a negative status": (b"HTTP/1.1 -200 OK\r\n\r\n", "HTTP/1.1 -200 OK"),
    "a status in other digits": (
        "HTTP/1.1 \u00b2\u00b9\u00b2 OK\r\n\r\n".encode("latin-1"),
        "HTTP/1.1 \xb2\xb9\xb2 OK",
    ),
    "an empty line": (b"\r\n" + OK, ""),
}


@pytest.mark.parametrize(("data", "shown"), NO_HTTP.values(), ids=NO_HTTP)
def test_other_protocols(data: bytes, shown: str) -> None:
    with pytest.raises(NoHttp) as caught:  # at once: such a server may wait for us
        read(data, open_end=True)
    assert str(caught.value) == shown


def test_no_answer() -> None:
    with pytest.raises(NoAnswer):
        read(b"")
    with pytest.raises(NoAnswer):
        read(b"HTTP/1.1 102 Processing\r\n\r\n")
    with pytest.raises(TimeoutError):
        read(b"HTTP", open_end=True)


BROKEN = {
    "cut in the status line": (b"HTTP/1.1 20", "it breaks off before its end"),
    "cut in a header": (OK + b"Content-Le", "it breaks off before its end"),
    "cut between headers": (OK + b"Content-Length: 0\r\n", "it breaks off before its end"),
    "a long status line": (b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n\r\n", "a line is longer than 65536 bytes"),
    "a long header": (OK + b"X: " + b"y" * 70_000 + b"\r\n\r\n", "a line is longer than 65536 bytes"),
    "an endless header": (OK + b"X: " + b"y" * 70_000, "a line is longer than 65536 bytes"),
    "many headers": (OK + b"X: y\r\n" * 101 + b"\r\n", "it has more than 100 headers"),
    "two lengths": (OK + b"Content-Length: 5\r\nContent-Length: 7\r\n\r\nhello", "it has two lengths: 5 and 7"),
    "two lengths in a list": (OK + b"Content-Length: 5, 7\r\n\r\nhello", "it has two lengths: 5 and 7"),
    "a negative length": (OK + b"Content-Length: -5\r\n\r\nhello", "'-5' is not the length of a body"),
    "a length with a plus": (OK + b"Content-Length: +5\r\n\r\nhello", "'+5' is not the length of a body"),
    "a length in hexadecimal": (OK + b"Content-Length: 0x5\r\n\r\nhello", "'0x5' is not the length of a body"),
    "a length without a number": (OK + b"Content-Length:\r\n\r\nhello", "'' is not the length of a body"),
    "a length beyond all sizes": (OK + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n", "is not the length of a body"),
    "another transfer coding": (
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
        "it has the transfer coding 'gzip', not requested",
    ),
    "endless interim answers": (b"HTTP/1.1 102 Processing\r\n\r\n" * 101, "more than 100 interim answers"),
}


@pytest.mark.parametrize("by", [0, 1_000])
@pytest.mark.parametrize(("data", "why"), BROKEN.values(), ids=BROKEN)
def test_broken_heads(data: bytes, why: str, by: int) -> None:
    with pytest.raises(BrokenAnswer, match=why.replace("+", r"\+")):
        read(data, by=by)


BROKEN_CHUNKS = {
    "a negative size": (b"-5\r\nhello\r\n0\r\n\r\n", "'-5' is not the size of a chunk"),
    "a size in underscores": (b"1_0\r\nhello\r\n0\r\n\r\n", "'1_0' is not the size of a chunk"),
    "no size": (b"\r\nhello\r\n0\r\n\r\n", "'' is not the size of a chunk"),
    "a size of many digits": (b"0" * 17 + b"5\r\nhello\r\n0\r\n\r\n", "is not the size of a chunk"),
    "a long line": (b"5;" + b"x" * 70_000 + b"\r\nhello\r\n0\r\n\r\n", "a line is longer than 65536 bytes"),
    "more than its size": (b"4\r\nhello\r\n0\r\n\r\n", "a chunk is longer than its size"),
    "many trailers": (b"0\r\n" + b"X: y\r\n" * 102 + b"\r\n", "more than 100 trailers"),
}


@pytest.mark.parametrize("by", [0, 1_000])
@pytest.mark.parametrize(("data", "why"), BROKEN_CHUNKS.values(), ids=BROKEN_CHUNKS)
def test_broken_chunks(data: bytes, why: str, by: int) -> None:
    with pytest.raises(BrokenAnswer, match=why):
        read(CHUNKED + data, by=by)


CUT = [
    OK + b"Content-Length: 6\r\n\r\nhello",
    OK + b"Content-Length: 9999999999999999999\r\n\r\nhello",
    CHUNKED,
    CHUNKED + b"5",
    CHUNKED + b"5\r\nhel",
    CHUNKED + b"5\r\nhello",
    CHUNKED + b"5\r\nhello\r\n",
    CHUNKED + b"ffffffffffffffff\r\nhello",
    CHUNKED + b"5\r\nhello\r\n0",
]


@pytest.mark.parametrize("data", CUT)
def test_cut_bodies(data: bytes) -> None:
    with pytest.raises(CutAnswer):
        read(data)


def test_no_part_is_larger_than_what_came() -> None:
    """A server that announces much must not make the check reserve it."""
    answer = Answer(Reader(Wire([CHUNKED + b"ffffffffffff\r\n", b"x" * 10])), "GET")
    assert next(answer.parts()) == b"x" * 10


CONTINUES = {
    "HTTP/1.1": (OK + b"Content-Length: 2\r\n\r\nhi", True),
    "HTTP/1.1 with chunks": (CHUNKED + b"0\r\n\r\n", True),
    "close": (OK + b"Connection: close\r\nContent-Length: 2\r\n\r\nhi", False),
    "close among others": (OK + b"Connection: Upgrade, Close\r\nContent-Length: 2\r\n\r\nhi", False),
    "no length": (OK + b"\r\nhi", False),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", False),
    "HTTP/1.0 with keep-alive": (b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi", True),
    "bytes behind it": (OK + b"Content-Length: 2\r\n\r\nhi, HTTP/1.1 200 OK", False),
    "another protocol follows": (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", False),
    "204": (b"HTTP/1.1 204 No Content\r\n\r\n", True),
}


@pytest.mark.parametrize(("data", "continues"), CONTINUES.values(), ids=CONTINUES)
def test_another_request_on_the_connection(data: bytes, continues: bool) -> None:
    assert read(data)[0].may_continue is continues


def test_no_other_request_before_the_body_was_read() -> None:
    answer = Answer(Reader(Wire([OK + b"Content-Length: 5\r\n\r\nhello"])), "GET")
    assert not answer.may_continue
