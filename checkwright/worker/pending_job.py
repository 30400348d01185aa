"""A job on its way through the core."""

from __future__ import annotations

import time

from checkwright.worker.job import Answer, Done, Job
from checkwright.worker.job_routing import Route


class Ticket:
    """handed: when a helper got it, on the monotonic clock. since: when its run began, where it was begun before.

    tries: how often a helper ended while it held this. suspect: it may be why a helper ended.
    """

    __slots__ = ("done", "handed", "job", "number", "route", "since", "suspect", "tries", "wall")

    def __init__(self, number: int, job: Job, route: Route, done: Done) -> None:
        self.number = number
        self.job = job
        self.route = route
        self.done = done
        self.handed = 0.0
        self.since: float | None = None
        self.suspect = False
        self.tries = 0
        self.wall = time.time() - (time.monotonic() - job.received)

    @property
    def deadline(self) -> float:
        return self.job.received + self.job.timeout

    def answer(
        self,
        status: int,
        output: bytes = b"",
        errors: bytes = b"",
        timed_out: bool = False,
        user: float = 0.0,
        system: float = 0.0,
    ) -> Answer:
        """The answer, with the times that this job took from when it came until now."""
        return Answer(
            status,
            output,
            errors,
            started=self.wall,
            stopped=self.wall + time.monotonic() - self.job.received,
            timed_out=timed_out,
            user=user,
            system=system,
        )
