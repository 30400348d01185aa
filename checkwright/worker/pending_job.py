"""Job on its way through the master."""

from __future__ import annotations

import time

from checkwright.worker.job import Answer, Done, Job
from checkwright.worker.job_routing import Route


class PendingJob:
    """A job that is not answered yet.

    sent: when a helper got it, on the monotonic clock. since: when its first run began, if it runs again.
    losses: how many helpers ended while they held it. suspect: it may be the reason why a helper ended.
    """

    __slots__ = ("done", "job", "losses", "number", "route", "sent", "since", "suspect", "wall")

    def __init__(self, number: int, job: Job, route: Route, done: Done) -> None:
        self.number = number
        self.job = job
        self.route = route
        self.done = done
        self.sent = 0.0
        self.since: float | None = None
        self.suspect = False
        self.losses = 0
        self.wall = time.time() - (time.monotonic() - job.received)

    @property
    def deadline(self) -> float:
        """End of the job's timeout, on the monotonic clock."""
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
        """Return the answer, with times from the job's arrival until now."""
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
