"""Compressed bodies of HTTP answers. A body that breaks off or is not compressed as announced is an error."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Protocol

    class Decompress(Protocol):
        """Part of zlib's decompression object that is used here: its class has no public name."""

        @property
        def eof(self) -> bool: ...
        @property
        def unconsumed_tail(self) -> bytes: ...
        def decompress(self, data: bytes, max_length: int = 0, /) -> bytes: ...


#: Most bytes that one step of decompression returns, so that a small answer cannot fill the memory.
_STEP = 65_536
_GZIP_START = b"\x1f\x8b"


class BrokenEncoding(ValueError):
    """Body that is not what its Content-Encoding announces. The message continues `the answer`."""


def is_known(encoding: str) -> bool:
    """Return True if `decoded` supports every coding of a Content-Encoding header, and there is one."""
    codings = _codings(encoding)
    return bool(codings) and all(coding in _DECODERS for coding in codings)


def decoded(parts: "Iterator[bytes]", encoding: str) -> "Iterator[bytes]":
    """Decompress the parts of a body. An empty body stays empty. Raises BrokenEncoding."""
    for coding in reversed(_codings(encoding)):
        parts = _DECODERS[coding](parts)
    return parts


def _codings(encoding: str) -> list[str]:
    names = (name.strip().lower() for name in encoding.split(","))
    return [name for name in names if name not in ("", "identity")]


def _gzip(parts: "Iterator[bytes]") -> "Iterator[bytes]":
    """Decompress one or more gzip members. Padding behind the last one is ignored, as other clients do."""
    from zlib import decompressobj, error

    rest = b""
    members = 0
    while True:
        start = rest
        while len(start) < len(_GZIP_START) and (part := next(parts, b"")):
            start += part
        if not start or (members and not start.startswith(_GZIP_START)):
            return
        stream = decompressobj(31)
        try:
            yield from _inflate(stream, start, parts)
        except error:
            raise BrokenEncoding("is not valid gzip, although its Content-Encoding is gzip") from None
        if not stream.eof:
            raise BrokenEncoding("broke off before the end of its gzip data")
        rest = stream.unused_data
        members += 1


def _deflate(parts: "Iterator[bytes]") -> "Iterator[bytes]":
    """Decompress zlib data, or the bare deflate data that some servers send instead."""
    from zlib import decompressobj, error

    start = b""
    while len(start) < 2 and (part := next(parts, b"")):
        start += part
    if not start:
        return
    wrapped = len(start) > 1 and start[0] & 0x0F == 8 and int.from_bytes(start[:2], "big") % 31 == 0
    stream = decompressobj(15 if wrapped else -15)
    try:
        yield from _inflate(stream, start, parts)
    except error:
        raise BrokenEncoding("is not valid deflate data, although its Content-Encoding is deflate") from None
    if not stream.eof:
        raise BrokenEncoding("broke off before the end of its deflate data")


def _inflate(stream: "Decompress", data: bytes, parts: "Iterator[bytes]") -> "Iterator[bytes]":
    """Feed `data` and then the parts to the stream, until it ends or there are no more."""
    while not stream.eof:
        found = stream.decompress(data, _STEP)
        if found:
            yield found
        data = stream.unconsumed_tail
        if not data and len(found) < _STEP and not stream.eof and not (data := next(parts, b"")):
            return


_DECODERS: "dict[str, Callable[[Iterator[bytes]], Iterator[bytes]]]" = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
}
