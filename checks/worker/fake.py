"""Fake workers."""

from __future__ import annotations

from collections.abc import Mapping

from checks.worker.source import DEFAULT, Workers, WorkerStatus
from checkwright.core.errors import CheckError, Down


class FakeWorkers(Workers):
    """Workers by status socket: `FakeWorkers({"/run/worker.sock": WorkerStatus(held=3)})`. A CheckError is raised."""

    def __init__(self, workers: Mapping[str, WorkerStatus | CheckError] | None = None) -> None:
        self.workers = dict(workers or {})

    def status(self, path: str = DEFAULT) -> WorkerStatus:
        found = self.workers.get(path, Down(f"worker {path}: there is no such socket"))
        if isinstance(found, CheckError):
            raise found
        return found


__all__ = ["FakeWorkers", "WorkerStatus"]
