"""Connection to one gearmand: kept forever, requests jobs, sends results, and notices a dead peer within seconds.

Everything goes over one connection. gearmand lets a connection hold several jobs and submit new ones, and reads it in
order, so that a result is on its queue before its job is complete.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections import deque
from collections.abc import Sequence
from typing import cast

from checkwright.worker.gearman.in_flight import Assignment, JobHandler, Submission
from checkwright.worker.gearman.packets import Kind, Packet, PacketReader, ProtocolError, request
from checkwright.worker.worker_log import Log

#: Largest job in bytes. Nagios's longest command line, with all macros, is far below.
LARGEST_JOB = 262_144
#: Most requests for jobs on their way at once. The first after a pause is one, and each job doubles the number: of
#: several for a single job, gearmand answers all others that there is none.
_AHEAD = 8
#: Results that are kept for a gearmand that is away, perhaps for good.
_RESULTS = 10_000
_CONNECT = 5.0
_SOON, _LATEST = 0.2, 10.0
#: Seconds between two looks; silent looks until gearmand gets a query, and until it is given up. Looks
#: are counted, not seconds, so that a suspended machine does not lose its connections.
_LOOK, _ASK, _GIVE_UP = 3.0, 2, 4


class Gearmand(asyncio.Protocol):
    """One gearmand. queues: where jobs are taken from. slots: most jobs held at once. name: this worker's name.

    quiet: do not log whether it is connected. Everything happens in the loop's thread.
    """

    def __init__(
        self,
        host: str,
        port: int,
        queues: Sequence[str],
        slots: int,
        name: str,
        handler: JobHandler,
        log: Log,
        *,
        quiet: bool = False,
    ) -> None:
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.queues = tuple(queues)
        self.connected = False
        self.jobs = 0
        self.held = 0
        self.generation = 0
        self._host = host
        self._port = port
        self._slots = slots
        self._name = name
        self._handler = handler
        self._log = log
        self._quiet = quiet
        self._transport: asyncio.Transport | None = None
        self._reader = PacketReader(limit=LARGEST_JOB)
        self._keeping: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()
        self._why = ""
        self._out: list[bytes] = []
        self._requested = 0
        self._ahead = 1
        self._asleep = False
        self._dry = False
        self._silent = 0
        self._leaving = False
        self._unconfirmed: deque[Submission] = deque()
        self._waiting: deque[Submission] = deque()

    def open(self) -> None:
        """Connect, and reconnect forever."""
        self._keeping = asyncio.get_running_loop().create_task(self._keep())

    def leave(self) -> None:
        """Request no more jobs. (Withdrawing from the queues would give back the jobs that are held.)"""
        self._leaving = True

    def close(self, *, at_once: bool = True) -> None:
        """Close the connection, so that gearmand gives the held jobs to others. at_once: drop unsent bytes."""
        self._leaving = True
        if self._keeping is not None:
            self._keeping.cancel()
        if self._transport is not None and at_once:
            self._transport.abort()
        elif self._transport is not None:
            self._flush()
            self._transport.close()

    @property
    def undelivered(self) -> int:
        """Number of results that gearmand has not accepted yet."""
        return len(self._unconfirmed) + len(self._waiting)

    def submit(self, submission: Submission) -> None:
        """Put a result on its queue: now, or when gearmand is back."""
        if self._transport is not None:
            self._send_submission(submission)
            return
        if len(self._waiting) >= _RESULTS:
            self._waiting.popleft().refused()
            self._log.problem(
                f"results {self.address}",
                f"gearmand {self.address} is away, and more than {_RESULTS} results wait for it: the oldest are "
                "dropped, and Nagios will run these checks again",
            )
        self._waiting.append(submission)

    def end(self, assignment: Assignment, kind: Kind, data: bytes = b"") -> None:
        """End an assignment: WORK_COMPLETE or WORK_FAIL. Without its connection only its slot is freed."""
        if assignment.ended:
            return
        assignment.ended = True
        self.held -= 1
        if assignment.alive and self._transport is not None:
            self._send(kind, assignment.handle, *((data,) if kind is Kind.WORK_COMPLETE else ()))
            self._dry = False
        self._request_jobs()

    async def _keep(self) -> None:
        pause = _SOON
        while True:
            problem = await self._connect()
            if not problem:
                looks = await self._stay()
                problem = self._why or "it closed the connection"
                pause = _SOON if looks >= _ASK else pause
            if not self._leaving and not self._quiet:
                self._log.problem(f"gone {self.address}", f"gearmand {self.address}: {problem}; trying again")
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - so that workers do not come in step
            pause = min(_LATEST, pause * 2)

    async def _connect(self) -> str:
        """Connect. Returns the obstacle, or ""."""
        self._lost.clear()
        self._why = ""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(_CONNECT):
                await loop.create_connection(lambda: self, self._host, self._port)
        except TimeoutError:
            return f"no answer to the connection attempt within {_CONNECT:.0f} s"
        except ConnectionRefusedError:
            return "connection refused"
        except OSError as error:
            return (error.strerror or str(error)).lower()
        return ""

    async def _stay(self) -> int:
        """Watch over a connection until it ends. Returns the number of looks."""
        looks = 0
        while not self._lost.is_set():
            try:
                # At the same moments for all connections, so that an idle process wakes once for all of them.
                async with asyncio.timeout(_LOOK - asyncio.get_running_loop().time() % _LOOK):
                    await self._lost.wait()
            except TimeoutError:
                self._silent += 1
                looks += 1
            if self._transport is None:
                continue
            if self._silent >= _GIVE_UP:
                self._hang_up(f"it has sent nothing for {_GIVE_UP * _LOOK:.0f} s")
            elif self._silent >= _ASK:
                self._send(Kind.ECHO_REQ, b"there?")
                # If its wake-up call was lost, jobs would wait next to a sleeping worker.
                self._asleep = self._dry = False
                self._request_jobs()
        return looks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._reader = PacketReader(limit=LARGEST_JOB)
        self._silent = 0
        _tune(cast(socket.socket, transport.get_extra_info("socket")))
        self._send(Kind.SET_CLIENT_ID, self._name.encode())
        for queue in self.queues:
            self._send(Kind.CAN_DO, queue.encode())
        self._send(Kind.ECHO_REQ, b"there?")
        while self._waiting:
            self._send_submission(self._waiting.popleft())
        self._request_jobs()

    def data_received(self, data: bytes) -> None:
        self._silent = 0
        try:
            for packet in self._reader.feed(data):
                self._handle(packet)
        except ProtocolError as error:
            self._hang_up(str(error))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self.connected = self._asleep = self._dry = False
        self._requested = 0
        self.generation += 1
        self._out.clear()
        self._waiting.extendleft(reversed(self._unconfirmed))
        self._unconfirmed.clear()
        if exc is not None and not self._why:
            self._why = (getattr(exc, "strerror", None) or str(exc) or type(exc).__name__).lower()
        self._lost.set()

    def _handle(self, packet: Packet) -> None:
        kind = packet.kind
        if kind is Kind.JOB_ASSIGN:
            self._take(packet)
        elif kind is Kind.NO_JOB:
            self._requested -= 1
            self._dry = True
            self._request_jobs()
        elif kind is Kind.NOOP:
            self._asleep = self._dry = False
            self._ahead = 1
            self._request_jobs()
        elif kind is Kind.JOB_CREATED and self._unconfirmed:
            self._unconfirmed.popleft().accepted()
        elif kind is Kind.ERROR:
            self._handle_error(*packet.arguments)
        elif kind is Kind.ECHO_RES:
            self._mark_connected()
        else:
            raise ProtocolError(f"it sent {kind.name}, which was not requested")

    def _take(self, packet: Packet) -> None:
        handle, queue, payload = packet.arguments
        assignment = Assignment(self, self.generation, handle)
        self._requested = max(0, self._requested - 1)
        self._ahead = min(_AHEAD, self._ahead * 2)
        self.held += 1
        self.jobs += 1
        if self.held > self._slots:
            self._log.problem(
                f"slots {self.address}",
                f"gearmand {self.address} sends jobs that were not requested: those beyond {self._slots} are refused",
            )
            assignment.fail()
        else:
            self._hand_over(assignment, queue, payload, packet.dropped)
        self._request_jobs()

    def _hand_over(self, assignment: Assignment, queue: bytes, payload: bytes, dropped: int) -> None:
        try:
            self._handler.take(assignment, queue, payload, dropped)
        except Exception as error:  # a job that exposes a defect of the worker must not come again and again
            self._log.problem(f"defect {type(error).__name__}", f"a job made the worker itself fail: {error!r}")
            assignment.fail()

    def _mark_connected(self) -> None:
        if not self.connected:
            self.connected = True
            if not self._quiet:
                self._log.solved(f"gone {self.address}")
                self._log.info(f"connected to gearmand {self.address} for {', '.join(self.queues)}")

    def _handle_error(self, code: bytes, text: bytes) -> None:
        answer = f"{code.decode('ascii', 'replace')} ({text.decode('utf-8', 'replace')})"
        if code == b"JOB_NOT_FOUND":  # the answer to an end that came too late
            return
        if not self._unconfirmed:
            self._log.problem(f"error {self.address}", f"gearmand {self.address} reports {answer}")
            return
        submission = self._unconfirmed.popleft()
        self._log.problem(
            f"refused {self.address}",
            f"gearmand {self.address} does not accept a result for {submission.queue!r}: {answer}; Nagios will run "
            "the check again",
        )
        submission.refused()

    def _request_jobs(self) -> None:
        """Request as many jobs as there are free slots. If the queues are empty, sleep until gearmand wakes us."""
        if self._leaving or self._asleep or self._transport is None:
            return
        if not self._dry:
            while self._requested < self._ahead and self.held + self._requested < self._slots:
                self._requested += 1
                self._send(Kind.GRAB_JOB)
        elif not self._requested and self.held < self._slots:
            self._asleep = True
            self._send(Kind.PRE_SLEEP)

    def _send_submission(self, submission: Submission) -> None:
        self._unconfirmed.append(submission)
        self._send(Kind.SUBMIT_JOB_BG, submission.queue.encode("utf-8", "surrogateescape"), b"", submission.payload)

    def _send(self, kind: Kind, *arguments: bytes) -> None:
        if not self._out:
            asyncio.get_running_loop().call_soon(self._flush)
        self._out.append(request(kind, *arguments))

    def _flush(self) -> None:
        if self._out and self._transport is not None:
            self._transport.write(b"".join(self._out))
        self._out.clear()

    def _hang_up(self, why: str) -> None:
        self._why = self._why or why
        if self._transport is not None:
            self._transport.abort()


def _tune(connection: socket.socket) -> None:
    """Send small packets at once, and notice a dead peer. With Nagle, a worker does 23 jobs a second, not thousands."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 2), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
