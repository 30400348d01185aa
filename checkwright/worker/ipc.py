"""Messages between the worker's own processes: tuples of plain values, many to a frame.

marshal is several times faster than JSON and keeps bytes. It is safe here: both ends are this code in one version, on a
socket pair that no other process holds.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterator, Sequence
from typing import Any

#: Both ends must use the same version. A new process of changed code sends its own in HELLO.
VERSION = 2
#: To a helper.
RUN, PING, DROP, STOP, HOLD = range(5)
#: From a helper.
HELLO, ANSWER, PONG, RETURNED = range(10, 14)

Message = tuple[Any, ...]


def pack(messages: Sequence[Message]) -> bytes:
    """Return the frame that holds these messages."""
    data = marshal.dumps(messages)  # type: ignore[arg-type]
    return len(data).to_bytes(4, "big") + data


class Reader:
    """Splits the bytes of a socket into messages."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """Add bytes and return the messages that are complete."""
        buffer = self._buffer
        buffer += data
        while len(buffer) >= 4:
            end = 4 + int.from_bytes(buffer[:4], "big")
            if len(buffer) < end:
                return
            messages = marshal.loads(buffer[4:end])  # noqa: S302 - written by our own process
            del buffer[:end]
            yield from messages
