"""Sockets that keep the run's deadline, however slowly the other side speaks.

A socket's own timeout starts anew with each byte, so a server that sends one
byte a second would hold a check for ever. These count down to one moment.
"""

import socket
import time

from checkwright.core.current import current
from checkwright.core.text import format_seconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Deadline:
    """The moment at which the run that is going on must have its answer."""

    __slots__ = ("end", "seconds")

    def __init__(self) -> None:
        self.end = current().end
        self.seconds = max(0.01, self.end - time.monotonic())

    def shown(self) -> str:
        """The time that there was, for people: `10 s`."""
        return format_seconds(round(self.seconds, 1) if self.seconds >= 0.1 else self.seconds)

    def left(self) -> float:
        """Seconds left. Raises TimeoutError when there are none."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


class DeadlineSocket(socket.socket):
    """A TCP socket whose every read and write ends at the deadline."""

    deadline: Deadline | None = None

    def recv_into(self, *args: "Any", **words: "Any") -> int:
        if self.deadline is not None:
            self.settimeout(self.deadline.left())
        return super().recv_into(*args, **words)

    def recv(self, *args: "Any", **words: "Any") -> bytes:
        if self.deadline is not None:
            self.settimeout(self.deadline.left())
        return super().recv(*args, **words)
