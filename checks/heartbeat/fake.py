"""Fake recorded runs of jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checks.heartbeat.source import JobRun, JobRuns
from checkwright.core.errors import CheckError, Down


class FakeJobRuns(JobRuns):
    """Last runs by job: `FakeJobRuns({"backup": JobRun(age=3600)})`. A CheckError is raised.

    A recorded run replaces the last one, with age 0. No command is ever started.
    """

    def __init__(self, runs: Mapping[str, JobRun | CheckError] | None = None) -> None:
        self.runs = dict(runs or {})

    def last(self, job: str, folder: str | None = None) -> JobRun:
        found = self.runs.get(job)
        if found is None:
            raise Down(f"{job} never ran: no run of it is recorded in {folder or '/var/lib/checkwright/job-runs'}")
        if isinstance(found, CheckError):
            raise found
        return found

    def record(self, job: str, *, seconds: float | None = None, exit_code: int = 0, folder: str | None = None) -> None:
        self.runs[job] = JobRun(0, seconds, exit_code)

    def wrap(self, job: str, command: Sequence[str], folder: str | None = None) -> int:
        self.record(job, seconds=0.0 if command else None, folder=folder)
        return 0


__all__ = ["FakeJobRuns", "JobRun"]
