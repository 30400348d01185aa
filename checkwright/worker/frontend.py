"""What the worker asks of a door: a place where jobs come in and answers go out."""

from __future__ import annotations

from typing import Protocol

from checkwright.worker.job import Done, Job


class Runs(Protocol):
    """The core, as a door sees it. For the loop's thread only; nothing here blocks."""

    def submit(self, job: Job, done: Done) -> None:
        """Run a job; `done` gets its answer, whatever happens. Never raises for what a job says."""

    def is_ours(self, program: str) -> bool:
        """Whether this path is our `check` or a link to it, so that a job for it runs our code and nothing else."""


class Door(Protocol):
    """A door lives in the worker's one thread of input and output: it never blocks and never runs a check."""

    name: str

    def open(self, core: Runs) -> None:
        """Start taking jobs, and keep at it: whoever is not there is asked again, with one line in the log."""

    async def drain(self) -> None:
        """Take no new work where the other side can be told so; return when all that was taken is answered."""

    def close(self) -> None:
        """Let go of everything, at once."""

    def status(self) -> dict[str, object]:
        """For `checkctl worker --status`: at least `connected` (bool), `jobs` (taken so far) and `held`."""
