"""Messages between the worker's own processes: tuples of plain values, many to a frame.

marshal, because it is several times faster than JSON and keeps bytes; it is safe here, for both ends are our own code
of one version, on a socket pair that nobody else holds.
"""

from __future__ import annotations

import marshal
from collections.abc import Iterator, Sequence
from typing import Any

#: Both ends must speak the same; a new process of changed code says its own in HELLO.
VERSION = 1
#: To a helper.
RUN, PING, DROP, STOP = range(4)
#: From a helper.
HELLO, ANSWER, PONG, RETURNED = range(10, 14)

Message = tuple[Any, ...]


def packed(messages: Sequence[Message]) -> bytes:
    data = marshal.dumps(messages)  # type: ignore[arg-type]
    return len(data).to_bytes(4, "big") + data


class Reader:
    """Puts frames together from what a socket gives."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[Message]:
        """The messages that are whole by now."""
        held = self._held
        held += data
        while len(held) >= 4:
            end = 4 + int.from_bytes(held[:4], "big")
            if len(held) < end:
                return
            messages = marshal.loads(held[4:end])  # noqa: S302 - written by our own process
            del held[:end]
            yield from messages
