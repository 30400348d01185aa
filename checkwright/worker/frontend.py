"""Interface between the master and a frontend: a place where jobs come in and answers go out."""

from __future__ import annotations

from typing import Protocol

from checkwright.worker.job import Done, Job


class JobExecutor(Protocol):
    """The master, as a frontend sees it. For the loop's thread only; nothing here blocks."""

    def submit(self, job: Job, done: Done) -> None:
        """Run a job. `done` gets its answer, whatever happens. Never raises for the content of a job."""

    def is_own_program(self, program: str) -> bool:
        """Return whether a path is the program `check` or a link to it, so that a job for it runs our code alone."""


class Frontend(Protocol):
    """Source of jobs. It lives in the master's only thread of input and output: it never blocks, never runs a check."""

    name: str

    def open(self, executor: JobExecutor) -> None:
        """Start to take jobs. A peer that is away is tried again forever, with one line in the log."""

    async def drain(self) -> None:
        """Take no new jobs, notify the peer if it can be notified, and return when all jobs are answered."""

    def close(self) -> None:
        """Drop all connections at once."""

    def status(self) -> dict[str, object]:
        """Return plain figures for JSON: at least name, connected, jobs (since the start) and held."""
