"""The door to mod_gearman: takes the jobs of its queues, has the core run them, and sends back what was found."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from checkwright.core.text import clean
from checkwright.worker import job as core_job
from checkwright.worker.frontend import Runs
from checkwright.worker.gearman import job_results
from checkwright.worker.gearman.allow_list import Orders, Refused
from checkwright.worker.gearman.gearmand import LARGEST_JOB, Server
from checkwright.worker.gearman.in_flight import Delivery, Submission
from checkwright.worker.gearman.messages import Job, Result, read_job, write_result
from checkwright.worker.gearman.payload import BadPayload, Codec
from checkwright.worker.worker_log import Log

#: Jobs that are remembered as answered, to know a second copy of one.
_REMEMBERED = 50_000
#: Seconds for a job that says none, and the most that one may say.
_TIMEOUT, _LONGEST_TIMEOUT = 60.0, 86_400.0
#: Characters of a payload that is too large which are read all the same, to learn who waits: whole blocks in base64.
_BEGINNING = 2_048
#: Seconds at the end for what is held to be finished, and then for a gearmand that is away to take results.
_PATIENCE, _FAREWELL = 12.0, 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a door is told.

    servers: host and port of each gearmand. queues: names. slots: jobs held at once, of each gearmand.
    orders: what may be run. name: ours, in results and as the queue `worker_NAME`. version: what we say that we are.
    max_age: seconds after which a job is too old to be run, None for never.
    """

    servers: Sequence[tuple[str, int]]
    queues: Sequence[str]
    codec: Codec
    orders: Orders
    name: str
    version: str = ""
    slots: int = 50
    max_age: float | None = None


@dataclass(eq=False, slots=True)
class Held:
    """A job that is being run. timeout: seconds that it has. deliveries: each time that it was handed to us."""

    job: Job
    timeout: float
    deliveries: list[Delivery]


Identity = tuple[str, str, str]


class GearmanDoor:
    """See `Door` in checkwright/worker/frontend.py."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self._settings = settings
        self._log = log
        self._core: Runs | None = None
        self._held: dict[object, Held] = {}
        self._answered: OrderedDict[Identity, None] = OrderedDict()
        self._servers = [
            Server(host, port, settings.queues, settings.slots, settings.name, self, log)
            for host, port in settings.servers
        ]
        questions = Questions(self)
        self._status_servers = [
            Server(host, port, (f"worker_{settings.name}",), 4, f"{settings.name}-status", questions, log, quiet=True)
            for host, port in settings.servers
        ]
        self.name = f"gearman:{','.join(server.address for server in self._servers)}"

    def open(self, core: Runs) -> None:
        self._core = core
        if not self._settings.codec.encrypted:
            self._log.say(
                "no key for gearman: whoever reaches a gearmand can have any allowed command run, "
                "and any result believed"
            )
        for server in (*self._servers, *self._status_servers):
            server.open()

    async def drain(self) -> None:
        for server in (*self._servers, *self._status_servers):
            server.leave()
        end = time.monotonic() + _PATIENCE
        while self._held and time.monotonic() < end:
            await asyncio.sleep(0.01)
        if self._held:
            self._log.say(f"{len(self._held)} jobs are given back to gearmand")
            self._held.clear()
        end = time.monotonic() + _FAREWELL
        while any(server.undelivered for server in self._servers) and time.monotonic() < end:
            await asyncio.sleep(0.01)
        left = sum(server.undelivered for server in self._servers)
        if left:
            self._log.say(f"{left} results are not delivered, since their gearmand is away: Nagios will ask again")
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
            "held": len(self._held),
            "undelivered": sum(server.undelivered for server in self._servers),
        }

    def sentence(self) -> str:
        """The answer to a status question, as check_gearman and gearman_top read it."""
        settings, most = self._settings, self._settings.slots * len(self._servers)
        jobs = sum(server.jobs for server in self._servers)
        return (
            f"{settings.name} has {most} worker and is working on {len(self._held)} jobs. "
            f"Version: {settings.version}|worker={most};;;1;{most} jobs={jobs}c"
        )

    def take(self, delivery: Delivery, queue: bytes, payload: bytes, dropped: int) -> None:
        try:
            if dropped:
                payload = payload[:_BEGINNING]
            job = read_job(self._settings.codec.read(payload))
        except BadPayload as bad:
            where = f"a job on {clean(queue.decode('utf-8', 'replace'), 100)} of {delivery.server.address}"
            why = f"it is larger than {LARGEST_JOB} bytes, and {bad}" if dropped else str(bad)
            self._log.trouble(f"payload {bad}", f"{where} cannot be understood and is dropped: {why}")
            delivery.fail()
            return
        identity = job.identity if job.answered and job.core_time else None
        if identity is not None and self._is_second(identity, delivery):
            return
        held = Held(job, min(job.timeout or _TIMEOUT, _LONGEST_TIMEOUT), [delivery])
        self._held[identity or held] = held
        try:
            if dropped:
                raise Refused(f"the job is larger than {LARGEST_JOB} bytes")
            self._start(held)
        except Refused as refused:
            shown = f"{job.host} {job.service}".strip() or job.type
            self._log.trouble(f"refused {refused}", f"not run, for {clean(shown, 200)}: {refused}")
            self._finish(held, job_results.said(job, f"CHECK UNKNOWN: {refused}", self._settings.name))
        except Exception:  # a defect of ours: forgotten, or every further copy would wait for an answer to this one
            self._held.pop(identity or held, None)
            raise

    def _start(self, held: Held) -> None:
        """Hand a job to the core, or raise Refused."""
        job, settings = held.job, self._settings
        if not job.answered and job.type not in settings.queues:
            raise Refused(f"this worker does not run jobs of type {job.type}: give it --queue {job.type}")
        if settings.max_age is not None and job.asked is not None and time.time() - job.asked > settings.max_age:
            self._finish(held, job_results.said(job, "(Could Not Start Check In Time)", settings.name))
            return
        assert self._core is not None  # noqa: S101 - servers are opened after it is known
        words, variables = settings.orders.words(job.command, self._core)
        self._core.submit(core_job.Job(words, held.timeout, variables or None), partial(self._done, held))

    def _is_second(self, identity: Identity, delivery: Delivery) -> bool:
        """Whether this job is known: one that runs is answered once for all its copies, one that was is only ended."""
        held = self._held.get(identity)
        if held is not None:
            held.deliveries.append(delivery)
            return True
        if identity in self._answered:
            delivery.complete()
            return True
        return False

    def _done(self, held: Held, answer: core_job.Answer) -> None:
        self._finish(held, job_results.found(held.job, answer, held.timeout, self._settings.name))

    def _finish(self, held: Held, result: Result) -> None:
        """Send a result, and let gearmand forget the job when it has that."""
        job = held.job
        identity = job.identity if job.answered and job.core_time else None
        if self._held.pop(identity or held, None) is not held:
            return  # it was given back
        if not job.answered:
            for delivery in held.deliveries:
                delivery.complete()
            return
        if identity is not None:
            self._answered[identity] = None
            while len(self._answered) > _REMEMBERED:
                self._answered.popitem(last=False)
        payload = self._settings.codec.write(write_result(result))
        self._way(held).submit(Submission(job.result_queue, payload, held.deliveries))

    def _way(self, held: Held) -> Server:
        """By a connection that still knows the job; else by any gearmand, of which Nagios reads all; else we wait."""
        for delivery in held.deliveries:
            if delivery.alive:
                return delivery.server
        return next((server for server in self._servers if server.connected), held.deliveries[-1].server)


class Questions:
    """Takes what is asked on the queue `worker_NAME`."""

    def __init__(self, door: GearmanDoor) -> None:
        self._door = door

    def take(self, delivery: Delivery, queue: bytes, payload: bytes, dropped: int) -> None:
        delivery.complete(self._door.sentence().encode())
