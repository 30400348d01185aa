"""Frontend to mod_gearman: takes the jobs of its queues, has the master run them, and sends the results back."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from checkwright.core.text import clean
from checkwright.worker import job as worker_job
from checkwright.worker.frontend import JobExecutor
from checkwright.worker.gearman import job_results
from checkwright.worker.gearman.allow_list import AllowList, NotAllowed
from checkwright.worker.gearman.gearmand import LARGEST_JOB, Gearmand
from checkwright.worker.gearman.in_flight import Assignment, Submission
from checkwright.worker.gearman.messages import Job, Result, read_job, write_result
from checkwright.worker.gearman.payload import BadPayload, Codec
from checkwright.worker.worker_log import Log

#: Answered jobs that are remembered, to recognize a second copy of one.
_REMEMBERED = 50_000
#: Seconds for a job without a timeout, and the longest timeout that a job may have.
_TIMEOUT, _LONGEST_TIMEOUT = 60.0, 86_400.0
#: Characters that are read of a payload that is too large, to learn who waits: whole blocks in base64.
_BEGINNING = 2_048
#: Seconds at the end for jobs to finish, and then for a gearmand that is away to take results.
_PATIENCE, _FAREWELL = 12.0, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GearmanSettings:
    """Settings of the frontend.

    servers: host and port of each gearmand. queues: names. slots: most jobs held at once, for each gearmand.
    allowed: commands that may run. name: of this worker, in results and in the queue `worker_NAME`. version: for its
    status. max_age: seconds after which a job is too old to run, None for never.
    """

    servers: Sequence[tuple[str, int]]
    queues: Sequence[str]
    codec: Codec
    allowed: AllowList
    name: str
    version: str = ""
    slots: int = 50
    max_age: float | None = None


@dataclass(eq=False, slots=True)
class InFlight:
    """A running job. timeout: its seconds. assignments: each copy of it that a gearmand assigned to this worker."""

    job: Job
    timeout: float
    assignments: list[Assignment]


Identity = tuple[str, str, str]


class GearmanFrontend:
    """See `Frontend` in checkwright/worker/frontend.py."""

    def __init__(self, settings: GearmanSettings, log: Log) -> None:
        self._settings = settings
        self._log = log
        self._executor: JobExecutor | None = None
        self._in_flight: dict[object, InFlight] = {}
        self._answered: OrderedDict[Identity, None] = OrderedDict()
        self._servers = [
            Gearmand(host, port, settings.queues, settings.slots, settings.name, self, log)
            for host, port in settings.servers
        ]
        queries = StatusQueries(self)
        self._status_servers = [
            Gearmand(host, port, (f"worker_{settings.name}",), 4, f"{settings.name}-status", queries, log, quiet=True)
            for host, port in settings.servers
        ]
        self.name = f"gearman:{','.join(server.address for server in self._servers)}"

    def open(self, executor: JobExecutor) -> None:
        self._executor = executor
        if not self._settings.codec.encrypted:
            self._log.info(
                "no key for gearman: anybody who can connect to a gearmand can have any allowed command run, "
                "and any result believed"
            )
        for server in (*self._servers, *self._status_servers):
            server.open()

    async def drain(self) -> None:
        for server in (*self._servers, *self._status_servers):
            server.leave()
        end = time.monotonic() + _PATIENCE
        while self._in_flight and time.monotonic() < end:
            await asyncio.sleep(0.01)
        if self._in_flight:
            self._log.info(f"{len(self._in_flight)} jobs are given back to gearmand")
            self._in_flight.clear()
        end = time.monotonic() + _FAREWELL
        while any(server.undelivered for server in self._servers) and time.monotonic() < end:
            await asyncio.sleep(0.01)
        left = sum(server.undelivered for server in self._servers)
        if left:
            self._log.info(
                f"{left} results are not delivered, since their gearmand is away: Nagios will run these checks again"
            )
        for server in (*self._servers, *self._status_servers):
            server.close(at_once=False)

    def close(self) -> None:
        for server in (*self._servers, *self._status_servers):
            server.close()

    def status(self) -> dict[str, object]:
        return {
            "name": self.name,
            "connected": all(server.connected for server in self._servers),
            "servers": {server.address: server.connected for server in self._servers},
            "queues": list(self._settings.queues),
            "jobs": sum(server.jobs for server in self._servers),
            "held": len(self._in_flight),
            "undelivered": sum(server.undelivered for server in self._servers),
        }

    def status_line(self) -> str:
        """Return the answer to a status query, in the form that check_gearman and gearman_top read."""
        settings, most = self._settings, self._settings.slots * len(self._servers)
        jobs = sum(server.jobs for server in self._servers)
        return (
            f"{settings.name} has {most} worker and is working on {len(self._in_flight)} jobs. "
            f"Version: {settings.version}|worker={most};;;1;{most} jobs={jobs}c"
        )

    def take(self, assignment: Assignment, queue: bytes, payload: bytes, dropped: int) -> None:
        try:
            if dropped:
                payload = payload[:_BEGINNING]
            job = read_job(self._settings.codec.read(payload))
        except BadPayload as bad:
            place = f"a job on {clean(queue.decode('utf-8', 'replace'), 100)} of {assignment.gearmand.address}"
            why = f"it is larger than {LARGEST_JOB} bytes, and {bad}" if dropped else str(bad)
            self._log.problem(f"payload {bad.kind}", f"{place} cannot be understood and is dropped: {why}")
            assignment.fail()
            return
        identity = job.identity if job.answered and job.core_time else None
        if identity is not None and self._is_copy(identity, assignment):
            return
        running = InFlight(job, min(job.timeout or _TIMEOUT, _LONGEST_TIMEOUT), [assignment])
        self._in_flight[identity or running] = running
        try:
            if dropped:
                raise NotAllowed("size", f"the job is larger than {LARGEST_JOB} bytes")
            self._start(running)
        except NotAllowed as refusal:
            shown = f"{job.host} {job.service}".strip() or job.type
            self._log.problem(f"refused {refusal.kind}", f"not run, for {clean(shown, 200)}: {refusal}")
            self._finish(running, job_results.unknown(job, f"CHECK UNKNOWN: {refusal}", self._settings.name))
        except Exception:  # a defect of the worker: forget the job, or every copy of it would wait for its answer
            self._in_flight.pop(identity or running, None)
            raise

    def _start(self, running: InFlight) -> None:
        """Hand a job to the master, or raise NotAllowed."""
        job, settings = running.job, self._settings
        if not job.answered and job.type not in settings.queues:
            raise NotAllowed("type", f"this worker does not run jobs of type {job.type}: give it --queue {job.type}")
        if settings.max_age is not None and job.sent is not None and time.time() - job.sent > settings.max_age:
            self._finish(running, job_results.unknown(job, "(Could Not Start Check In Time)", settings.name))
            return
        assert self._executor is not None  # noqa: S101 - servers are opened after it is set
        words, variables = settings.allowed.words(job.command, self._executor)
        order = worker_job.Job(words, running.timeout, variables or None, restricted=True)
        self._executor.submit(order, partial(self._done, running))

    def _is_copy(self, identity: Identity, assignment: Assignment) -> bool:
        """Return whether this job is known. A running job is answered once for all copies, an answered one ends."""
        running = self._in_flight.get(identity)
        if running is not None:
            running.assignments.append(assignment)
            return True
        if identity in self._answered:
            assignment.complete()
            return True
        return False

    def _done(self, running: InFlight, answer: worker_job.Answer) -> None:
        self._finish(running, job_results.result_of(running.job, answer, running.timeout, self._settings.name))

    def _finish(self, running: InFlight, result: Result) -> None:
        """Send a result, and have gearmand forget the job once it has accepted that."""
        job = running.job
        identity = job.identity if job.answered and job.core_time else None
        if self._in_flight.pop(identity or running, None) is not running:
            return  # it was given back
        if not job.answered:
            for assignment in running.assignments:
                assignment.complete()
            return
        if identity is not None:
            self._answered[identity] = None
            while len(self._answered) > _REMEMBERED:
                self._answered.popitem(last=False)
        payload = self._settings.codec.write(write_result(result))
        self._route(running).submit(Submission(job.result_queue, payload, running.assignments))

    def _route(self, running: InFlight) -> Gearmand:
        """Return the gearmand for a result: one whose connection still knows the job, else any that is connected.

        Nagios reads the results of all gearmands. If none is connected, the result waits for the job's last one.
        """
        for assignment in running.assignments:
            if assignment.alive:
                return assignment.gearmand
        return next((server for server in self._servers if server.connected), running.assignments[-1].gearmand)


class StatusQueries:
    """Answers the queries on the queue `worker_NAME`."""

    def __init__(self, frontend: GearmanFrontend) -> None:
        self._frontend = frontend

    def take(self, assignment: Assignment, queue: bytes, payload: bytes, dropped: int) -> None:
        assignment.complete(self._frontend.status_line().encode())
