"""Jobs and results between a gearmand and the frontend: assigned jobs, and results on their way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from checkwright.worker.gearman.packets import Kind

if TYPE_CHECKING:
    from checkwright.worker.gearman.gearmand import Gearmand


class JobHandler(Protocol):
    """Receiver of assigned jobs."""

    def take(self, assignment: Assignment, queue: bytes, payload: bytes, dropped: int) -> None:
        """Take one job. dropped: bytes of a payload that is too large; its beginning is in `payload`."""


class Assignment:
    """One assignment of a job to this worker: the gearmand, its connection (by generation) and the job's handle.

    It holds one of the gearmand's slots until it is ended, once, also after its connection is lost.
    """

    __slots__ = ("ended", "gearmand", "generation", "handle")

    def __init__(self, gearmand: Gearmand, generation: int, handle: bytes) -> None:
        self.gearmand = gearmand
        self.generation = generation
        self.handle = handle
        self.ended = False

    @property
    def alive(self) -> bool:
        """Return whether its connection still exists."""
        return self.generation == self.gearmand.generation

    def complete(self, data: bytes = b"") -> None:
        """Report that the job is done."""
        self.gearmand.end(self, Kind.WORK_COMPLETE, data)

    def fail(self) -> None:
        """Report that the job failed. gearmand forgets it too."""
        self.gearmand.end(self, Kind.WORK_FAIL)


class Submission:
    """A result on its way. assignments: completed when gearmand has accepted the result."""

    __slots__ = ("assignments", "payload", "queue")

    def __init__(self, queue: str, payload: bytes, assignments: Sequence[Assignment]) -> None:
        self.queue = queue
        self.payload = payload
        self.assignments = list(assignments)

    def accepted(self) -> None:
        """Complete the jobs of this result."""
        for assignment in self.assignments:
            assignment.complete()

    def refused(self) -> None:
        """Fail the jobs of this result."""
        for assignment in self.assignments:
            assignment.fail()
