"""Stand-ins for recorded runs, for other checks and for the warm worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from checks.core.errors import Down, Trouble
from checks.core.outcome import Outcome
from checks.sources.beats import Beat, Beats
from checks.sources.checks import Checks
from checks.sources.worker import DEFAULT, Workers, WorkerStatus


class FakeBeats(Beats):
    """Knows these jobs' last runs: `FakeBeats({"backup": Beat(age=3600)})`. A Trouble is raised.

    Runs that are recorded replace them, with age 0. No command is ever started.
    """

    def __init__(self, beats: Mapping[str, Beat | Trouble] | None = None) -> None:
        self.beats = dict(beats or {})

    def last(self, job: str, folder: str | None = None) -> Beat:
        found = self.beats.get(job)
        if found is None:
            raise Down(f"{job} never ran: no run of it is recorded in {folder or '/var/lib/checkwright/beats'}")
        if isinstance(found, Trouble):
            raise found
        return found

    def record(self, job: str, *, seconds: float | None = None, exit_code: int = 0, folder: str | None = None) -> None:
        self.beats[job] = Beat(0, seconds, exit_code)

    def wrap(self, job: str, command: Sequence[str], folder: str | None = None) -> int:
        self.record(job, seconds=0.0 if command else None, folder=folder)
        return 0


class FakeChecks(Checks):
    """Parts that find what a test gave them, by the part's words: `FakeChecks({"disk -p /": outcome})`."""

    def __init__(self, outcomes: Mapping[str, Outcome] | None = None) -> None:
        super().__init__()
        self._outcomes = dict(outcomes or {})

    def outcomes(self, parts: Sequence[Sequence[str]]) -> list[Outcome]:
        return [self._outcomes[" ".join(part)] for part in parts]


class FakeWorkers(Workers):
    """Workers by status socket: `FakeWorkers({"/run/worker.sock": WorkerStatus(held=3)})`. A Trouble is raised."""

    def __init__(self, workers: Mapping[str, WorkerStatus | Trouble] | None = None) -> None:
        self.workers = dict(workers or {})

    def status(self, path: str = DEFAULT) -> WorkerStatus:
        found = self.workers.get(path, Down(f"the worker at {path} does not run: there is no such socket"))
        if isinstance(found, Trouble):
            raise found
        return found


__all__ = ["FakeBeats", "FakeChecks", "FakeWorkers", "WorkerStatus"]
