"""Sockets that keep the run's deadline, however slowly the other side sends.

A socket's own timeout starts again with each byte, so a server that sends one byte a
second would hold a check forever. These sockets count down to one moment.
"""

import socket
import time

from checkwright.core.current import current
from checkwright.core.text import format_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


#: Share of the time left, and least seconds, that a run keeps for itself when it waits for a peer.
_RESERVE, _LEAST_RESERVE = 0.1, 0.2


class Deadline:
    """End of a peer's time on the monotonic clock. One deadline covers a whole conversation.

    A peer gets the time that the run has left, less a reserve of a tenth, at least 0.2 s. So a silent peer is Down, and
    only our own slowness makes the run overdue. seconds: the peer's total time.
    """

    __slots__ = ("end", "seconds")

    def __init__(self) -> None:
        now = time.monotonic()
        left = current().end - now
        self.seconds = max(0.01, left - max(_RESERVE * left, min(_LEAST_RESERVE, left / 2)))
        self.end = now + self.seconds

    def shown(self) -> str:
        """Return the total time as text for people: `10 s`."""
        return format_seconds(round(self.seconds, 1) if self.seconds >= 0.1 else self.seconds)

    def left(self) -> float:
        """Return the seconds left. Raises TimeoutError if there are none."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


class DeadlineSocket(socket.socket):
    """Socket whose every read ends at the deadline."""

    deadline: Deadline | None = None

    def recv_into(self, *args: "Any", **words: "Any") -> int:
        if self.deadline is not None:
            self.settimeout(self.deadline.left())
        return super().recv_into(*args, **words)

    def recv(self, *args: "Any", **words: "Any") -> bytes:
        if self.deadline is not None:
            self.settimeout(self.deadline.left())
        return super().recv(*args, **words)
