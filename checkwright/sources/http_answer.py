"""Answers of HTTP/1.x servers, read from a connection: the head, and the body by its framing (RFC 9112)."""

from checkwright.core.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Protocol

    class Readable(Protocol):
        """Connection that is read."""

        def recv(self, size: int, /) -> bytes: ...


_PART = 65_536
#: Bytes in one line, headers of one head or trailer, and interim heads (1xx) before an answer.
_LONGEST_LINE = 65_536
_MOST_HEADERS = 100
_MOST_INTERIM = 100
_LONGEST_SIZE = 16
_HEX = b"0123456789abcdefABCDEF"
_SWITCHING_PROTOCOLS = 101
_WITHOUT_BODY = (204, 304)


class NoAnswer(ValueError):
    """Connection that the server closed before it sent anything."""


class NoHttp(ValueError):
    """Bytes of another protocol. The message is their beginning."""


class BrokenAnswer(ValueError):
    """Answer that is not valid HTTP. The message says what is wrong, and continues `the answer is not valid: `."""


class CutAnswer(ValueError):
    """Body that ended before its end."""


class Reader:
    """Bytes from a connection, by lines and by sizes. It never reads more than one answer needs, plus one part."""

    __slots__ = ("_at", "_held", "_sock", "received")

    def __init__(self, sock: "Readable") -> None:
        self._sock = sock
        self._held = b""
        self._at = 0  # of the first byte in _held that was not returned
        self.received = False

    @property
    def is_empty(self) -> bool:
        """True if nothing was received beyond what was read."""
        return self._at >= len(self._held)

    def line(self) -> bytes:
        """Return the next line with its end; without one where the connection ends in it. Raises BrokenAnswer."""
        end = self._held.find(b"\n", self._at)
        while end < 0:
            if len(self._held) - self._at > _LONGEST_LINE:
                raise BrokenAnswer(f"a line is longer than {_LONGEST_LINE} bytes")
            searched = len(self._held) - self._at
            if not self._receive():
                end = len(self._held) - 1
                break
            end = self._held.find(b"\n", self._at + searched)
        found = self._held[self._at : end + 1]
        self._at = end + 1
        if len(found) > _LONGEST_LINE:
            raise BrokenAnswer(f"a line is longer than {_LONGEST_LINE} bytes")
        return found

    def begins_with(self, start: bytes) -> bool:
        """Return True if the next bytes are these. Waits for no more than it needs to know."""
        while (rest := self._held[self._at : self._at + len(start)]) == start[: len(rest)]:
            if len(rest) == len(start):
                return True
            if not self._receive():
                break
        return False

    def received_line(self) -> str:
        """Return what was received of the next line, at most 200 characters, without waiting for more."""
        return self._held[self._at : self._at + 200].partition(b"\n")[0].decode("latin-1").strip()

    def some(self, most: int) -> bytes:
        """Return between one and `most` bytes; b"" at the end of the connection."""
        if self.is_empty and not self._receive():
            return b""
        found = self._held[self._at : self._at + most]
        self._at += len(found)
        return found

    def held_chunk(self, size: int) -> bytes:
        """Return the next `size` bytes and pass the end of line after them; b"" if they are not all received."""
        end = self._at + size
        if self._held[end : end + 2] != b"\r\n":
            return b""
        found = self._held[self._at : end]
        self._at = end + 2
        return found

    def _receive(self) -> bool:
        """Wait for more bytes. Returns False at the end of the connection."""
        part = self._sock.recv(_PART)
        if not part:
            return False
        self.received = True
        self._held = self._held[self._at :] + part
        self._at = 0
        return True


class Answer:
    """Head of an answer. headers: names in lower case with their values, in order. The body is read by `parts`."""

    __slots__ = ("_chunked", "_ended", "_length", "_persistent", "_reader", "headers", "reason", "status")

    def __init__(self, reader: Reader, method: str) -> None:
        """Read the head; interim ones (1xx) are read past. Raises NoAnswer, NoHttp, BrokenAnswer, and OSError."""
        for _ in range(_MOST_INTERIM):
            minor, self.status, self.reason = _status(reader)
            self.headers = _headers(reader)
            if not 100 <= self.status < 200 or self.status == _SWITCHING_PROTOCOLS:
                break
        else:
            raise BrokenAnswer(f"more than {_MOST_INTERIM} interim answers (status 1xx)")
        self._reader = reader
        codings = self._tokens("transfer-encoding") - {"identity"}
        if codings - {"chunked"}:
            raise BrokenAnswer(f"it has the transfer coding {clean(min(codings - {'chunked'}), 40)!r}, not requested")
        self._chunked = bool(codings)
        self._length = None if self._chunked else _length(self.headers)
        if method == "HEAD" or self.status in _WITHOUT_BODY or self.status < 200:
            self._chunked, self._length = False, 0
        options = self._tokens("connection")
        self._persistent = "close" not in options and (minor > 0 or "keep-alive" in options)
        self._ended = False

    @property
    def may_continue(self) -> bool:
        """True if another request may be sent on the connection: the whole answer was read, and has an end."""
        framed = self._chunked or self._length is not None
        return self._ended and framed and self._persistent and self._reader.is_empty and self.status >= 200

    def get(self, name: str) -> str:
        """Return the value of a header, those of several joined by commas; "" without one. name: in lower case."""
        return ", ".join(value for known, value in self.headers if known == name)

    def parts(self) -> "Iterator[bytes]":
        """Yield the body as it comes, without its chunks' heads. Raises CutAnswer, BrokenAnswer, and OSError."""
        if self._chunked:
            yield from self._chunks()
        elif self._length is None:
            while part := self._reader.some(_PART):
                yield part
        else:
            yield from self._exactly(self._length)
        self._ended = True

    def _exactly(self, size: int) -> "Iterator[bytes]":
        while size:
            part = self._reader.some(min(size, _PART))
            if not part:
                raise CutAnswer
            size -= len(part)
            yield part

    def _chunks(self) -> "Iterator[bytes]":
        while size := _chunk_size(self._reader.line()):
            if part := self._reader.held_chunk(size):  # most chunks: servers written in Go send 2 KB in each
                yield part
                continue
            yield from self._exactly(size)
            end = self._reader.line()
            if not end:
                raise CutAnswer
            if end not in (b"\r\n", b"\n"):
                raise BrokenAnswer("a chunk is longer than its size")
        for _ in range(_MOST_HEADERS + 1):  # trailers; some servers close the connection instead of the last line
            if self._reader.line() in (b"\r\n", b"\n", b""):
                return
        raise BrokenAnswer(f"more than {_MOST_HEADERS} trailers")

    def _tokens(self, name: str) -> set[str]:
        """Return the words of a header, which are separated by commas, in lower case."""
        words = (word.strip().lower() for word in self.get(name).split(","))
        return {word for word in words if word}


def _status(reader: Reader) -> tuple[int, int, str]:
    """Return minor version, status and reason. A minor version of 0 is HTTP/1.0 or older."""
    if not reader.begins_with(b"HTTP/"):  # a server of another protocol may wait for us, so nothing waits for it
        if reader.is_empty:
            raise NoAnswer
        raise NoHttp(reader.received_line())
    line = reader.line().decode("latin-1")
    if not line.endswith("\n"):
        raise BrokenAnswer("it breaks off before its end")
    version, code, reason = [*line.split(None, 2), "", ""][:3]
    if version not in ("HTTP/1.1", "HTTP/1.0") or not (code.isascii() and code.isdigit() and 100 <= int(code) <= 999):
        raise NoHttp(line.strip())
    return int(version[-1]), int(code), reason.strip()


def _headers(reader: Reader) -> list[tuple[str, str]]:
    """Read the headers up to the empty line. Lines without a name are ignored, as browsers ignore them."""
    found: list[tuple[str, str]] = []
    for _ in range(_MOST_HEADERS + 1):
        line = reader.line()
        if not line.endswith(b"\n"):
            raise BrokenAnswer("it breaks off before its end")
        text = line.decode("latin-1").rstrip("\r\n")
        if not text:
            return found
        if text[0] in " \t":  # the value of the line before goes on
            if found:
                name, value = found[-1]
                found[-1] = (name, f"{value} {text.strip()}".strip())
            continue
        name, colon, value = text.partition(":")
        name = name.rstrip(" \t").lower()
        if colon and name and " " not in name and "\t" not in name:
            found.append((name, value.strip(" \t")))
    raise BrokenAnswer(f"it has more than {_MOST_HEADERS} headers")


def _length(headers: list[tuple[str, str]]) -> int | None:
    """Return the length of the body, None if it ends with the connection. Raises BrokenAnswer."""
    values = {one.strip() for name, value in headers if name == "content-length" for one in value.split(",")}
    if not values:
        return None
    if len(values) > 1:
        lengths = " and ".join(sorted(clean(one, 20) for one in list(values)[:2]))
        raise BrokenAnswer(f"it has two lengths: {lengths}")
    text = values.pop()
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise BrokenAnswer(f"{clean(text, 40)!r} is not the length of a body")
    return int(text)


def _chunk_size(line: bytes) -> int:
    """Parse the line before a chunk. `int` would take -5, +5, 0x5 and 1_0 as well."""
    size = line.partition(b";")[0].strip(b" \t\r\n")
    if not line.endswith(b"\n"):
        raise CutAnswer
    if len(size) > _LONGEST_SIZE or not size or size.strip(_HEX):
        raise BrokenAnswer(f"{clean(size.decode('ascii', 'backslashreplace'), 40)!r} is not the size of a chunk")
    return int(size, 16)
