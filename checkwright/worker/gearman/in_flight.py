"""What passes between a gearmand and whoever does the work: jobs that are handed over, and results that go back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from checkwright.worker.gearman.packets import Kind

if TYPE_CHECKING:
    from checkwright.worker.gearman.gearmand import Server


class Taker(Protocol):
    """Who does the work."""

    def take(self, delivery: Delivery, queue: bytes, payload: bytes, dropped: int) -> None:
        """One job. dropped: bytes of a payload that is too large; its beginning is there."""


class Delivery:
    """One time that a job was handed to us: by which server, on which of its connections, under which handle."""

    __slots__ = ("handle", "life", "server")

    def __init__(self, server: Server, life: int, handle: bytes) -> None:
        self.server = server
        self.life = life
        self.handle = handle

    @property
    def alive(self) -> bool:
        """Whether the connection that it came by is still there."""
        return self.life == self.server.life

    def complete(self, data: bytes = b"") -> None:
        self.server.end(self, Kind.WORK_COMPLETE, data)

    def fail(self) -> None:
        self.server.end(self, Kind.WORK_FAIL)


class Submission:
    """A result on its way. deliveries: what is complete when gearmand has taken it."""

    __slots__ = ("deliveries", "payload", "queue")

    def __init__(self, queue: str, payload: bytes, deliveries: Sequence[Delivery]) -> None:
        self.queue = queue
        self.payload = payload
        self.deliveries = list(deliveries)

    def taken(self) -> None:
        for delivery in self.deliveries:
            delivery.complete()

    def refused(self) -> None:
        for delivery in self.deliveries:
            delivery.fail()
