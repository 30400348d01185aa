"""One gearmand, as a worker meets it: connected for ever, asked for jobs, given results, and missed within seconds.

All on one connection. gearmand lets a connection hold several jobs and submit new ones, and reads it in order, so
that a result is on its queue before the job that asked for it is complete.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections import deque
from collections.abc import Sequence
from typing import cast

from checkwright.worker.gearman.in_flight import Delivery, Submission, Taker
from checkwright.worker.gearman.packets import Kind, Nonsense, Packet, PacketReader, request
from checkwright.worker.worker_log import Log

#: Bytes of a job that are taken; Nagios's longest command line, macros and all, is far below.
LARGEST_JOB = 262_144
#: Questions for jobs that are under way at once.
_AHEAD = 8
#: Results that wait for a gearmand which is away; it may be for good.
_RESULTS = 10_000
_CONNECT = 5.0
_SOON, _LATEST = 0.2, 10.0
#: Seconds between two looks; looks without a word from gearmand before it is asked for one, and given up. Looks are
#: counted, not seconds, so that a machine which stands still does not lose its connections.
_LOOK, _ASK, _GIVE_UP = 1.0, 3, 10


class Server(asyncio.Protocol):
    """A gearmand. queues: where jobs are taken from. slots: jobs that are held at once. name: who we say we are.

    quiet: says nothing of being connected or not. Everything happens in the loop's thread.
    """

    def __init__(
        self,
        host: str,
        port: int,
        queues: Sequence[str],
        slots: int,
        name: str,
        taker: Taker,
        log: Log,
        *,
        quiet: bool = False,
    ) -> None:
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.queues = tuple(queues)
        self.connected = False
        self.jobs = 0
        self.held = 0
        self.life = 0
        self._host = host
        self._port = port
        self._slots = slots
        self._name = name
        self._taker = taker
        self._log = log
        self._quiet = quiet
        self._transport: asyncio.Transport | None = None
        self._reader = PacketReader(limit=LARGEST_JOB)
        self._keeping: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()
        self._why = ""
        self._out: list[bytes] = []
        self._asked = 0
        self._asleep = False
        self._dry = False
        self._silent = 0
        self._leaving = False
        self._unconfirmed: deque[Submission] = deque()
        self._waiting: deque[Submission] = deque()

    def open(self) -> None:
        """Connect, and keep at it."""
        self._keeping = asyncio.get_running_loop().create_task(self._keep())

    def leave(self) -> None:
        """Ask for no more jobs. (To take back what was announced would give back the jobs that are held.)"""
        self._leaving = True

    def close(self, *, at_once: bool = True) -> None:
        """Hang up: gearmand gives to others what was held. What is written goes out, unless it must be at once."""
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
        """Results that gearmand has not taken yet."""
        return len(self._unconfirmed) + len(self._waiting)

    def submit(self, submission: Submission) -> None:
        """Put a result on its queue: now, or when gearmand is back."""
        if self._transport is not None:
            self._send_submission(submission)
            return
        if len(self._waiting) >= _RESULTS:
            self._waiting.popleft()
            self._log.trouble(
                f"results {self.address}",
                f"gearmand {self.address} is away, and more than {_RESULTS} "
                "results wait for it: the oldest are dropped, and Nagios will ask again",
            )
        self._waiting.append(submission)

    def end(self, delivery: Delivery, kind: Kind, data: bytes = b"") -> None:
        """Say that a job is complete (WORK_COMPLETE) or came to nothing (WORK_FAIL), unless its connection is gone."""
        if delivery.life != self.life or self._transport is None:
            return
        self.held -= 1
        self._send(kind, delivery.handle, *((data,) if kind is Kind.WORK_COMPLETE else ()))
        self._dry = False
        self._ask()

    async def _keep(self) -> None:
        pause = _SOON
        while True:
            problem = await self._connect()
            if not problem:
                looks = await self._stay()
                problem = self._why or "it closed the connection"
                pause = _SOON if looks >= _ASK else pause
            if not self._leaving and not self._quiet:
                self._log.trouble(f"gone {self.address}", f"gearmand {self.address}: {problem}; it is asked again")
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - so that workers do not come in step
            pause = min(_LATEST, pause * 2)

    async def _connect(self) -> str:
        """Connect; returns what is in the way."""
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
        """Watch over a connection until it ends. Returns for how many looks it was there."""
        looks = 0
        while not self._lost.is_set():
            try:
                async with asyncio.timeout(_LOOK):
                    await self._lost.wait()
            except TimeoutError:
                self._silent += 1
                looks += 1
            if self._transport is None:
                continue
            if self._silent >= _GIVE_UP:
                self._hang_up(f"it has said nothing for {_GIVE_UP * _LOOK:.0f} s")
            elif self._silent >= _ASK:
                self._send(Kind.ECHO_REQ, b"there?")
                # Should its call have been lost, jobs would wait beside a worker that sleeps.
                self._asleep = self._dry = False
                self._ask()
        return looks

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._reader = PacketReader(limit=LARGEST_JOB)
        self._silent = 0
        _make_quick(cast(socket.socket, transport.get_extra_info("socket")))
        self._send(Kind.SET_CLIENT_ID, self._name.encode())
        for queue in self.queues:
            self._send(Kind.CAN_DO, queue.encode())
        self._send(Kind.ECHO_REQ, b"there?")
        while self._waiting:
            self._send_submission(self._waiting.popleft())
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._silent = 0
        try:
            for packet in self._reader.feed(data):
                self._hear(packet)
        except Nonsense as nonsense:
            self._hang_up(str(nonsense))

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self.connected = self._asleep = self._dry = False
        self.held = self._asked = 0
        self.life += 1
        self._out.clear()
        self._waiting.extendleft(reversed(self._unconfirmed))
        self._unconfirmed.clear()
        if exc is not None and not self._why:
            self._why = (getattr(exc, "strerror", None) or str(exc) or type(exc).__name__).lower()
        self._lost.set()

    def _hear(self, packet: Packet) -> None:
        kind = packet.kind
        if kind is Kind.JOB_ASSIGN:
            handle, queue, payload = packet.arguments
            self._asked -= 1
            self.held += 1
            self.jobs += 1
            self._hand_over(Delivery(self, self.life, handle), queue, payload, packet.dropped)
            self._ask()
        elif kind is Kind.NO_JOB:
            self._asked -= 1
            self._dry = True
            self._ask()
        elif kind is Kind.NOOP:
            self._asleep = self._dry = False
            self._ask()
        elif kind is Kind.JOB_CREATED and self._unconfirmed:
            self._unconfirmed.popleft().taken()
        elif kind is Kind.ERROR:
            self._hear_error(*packet.arguments)
        elif kind is Kind.ECHO_RES:
            self._meet()
        else:
            raise Nonsense(f"it sent {kind.name}, which nobody asked for")

    def _hand_over(self, delivery: Delivery, queue: bytes, payload: bytes, dropped: int) -> None:
        try:
            self._taker.take(delivery, queue, payload, dropped)
        except Exception as error:  # the last net: a job that we stumble over must not come again and again
            self._log.trouble(f"defect {type(error).__name__}", f"a job made the worker itself fail: {error!r}")
            delivery.fail()

    def _meet(self) -> None:
        if not self.connected:
            self.connected = True
            if not self._quiet:
                self._log.over(f"gone {self.address}")
                self._log.say(f"connected to gearmand {self.address} for {', '.join(self.queues)}")

    def _hear_error(self, code: bytes, text: bytes) -> None:
        said = f"{code.decode('ascii', 'replace')} ({text.decode('utf-8', 'replace')})"
        if code == b"JOB_NOT_FOUND":  # the answer to an end that came too late
            return
        if not self._unconfirmed:
            self._log.trouble(f"error {self.address}", f"gearmand {self.address} says {said}")
            return
        submission = self._unconfirmed.popleft()
        self._log.trouble(
            f"refused {self.address}",
            f"gearmand {self.address} does not take a result for {submission.queue!r}: {said}; Nagios will ask again",
        )
        submission.refused()

    def _ask(self) -> None:
        """Ask for as many jobs as there is room for; where there are none, be called."""
        if self._leaving or self._asleep or self._transport is None:
            return
        if not self._dry:
            while self._asked < _AHEAD and self.held + self._asked < self._slots:
                self._asked += 1
                self._send(Kind.GRAB_JOB)
        elif not self._asked and self.held < self._slots:
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


def _make_quick(connection: socket.socket) -> None:
    """Small packets at once: without this, completing and asking made 23 jobs a second instead of thousands."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (("TCP_KEEPIDLE", 5), ("TCP_KEEPINTVL", 2), ("TCP_KEEPCNT", 3)):
        if hasattr(socket, option):
            connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
