"""The Nagios door: registers with Nagios 4 as a worker for given programs, one connection for each of them.

Nagios writes its jobs in a loop that waits for whoever does not read, so here everything is read at once and always,
and what is answered waits in memory for as long as Nagios does not take it.
"""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import time
from array import array
from collections.abc import Sequence
from contextlib import suppress
from fcntl import ioctl
from functools import partial
from termios import FIONREAD
from typing import cast

from checkwright.worker import wproc
from checkwright.worker.frontend import Runs
from checkwright.worker.job import UNKNOWN, Answer, Job
from checkwright.worker.worker_log import Log

#: Seconds between two looks for a socket that is not there: at first, after a minute, and at most.
_SOON, _LATER, _LATEST = 0.02, 0.25, 5.0
#: Seconds between two looks whether the socket is still the one that we are connected to.
_STILL = 0.05
_A_MINUTE = 60.0
#: Seconds in which Nagios should have answered a registration; it may take longer to read its configuration.
_ANSWERS = 15.0
#: Bytes that wait for a Nagios which does not read: from here on outputs are cut, and the connection is given up.
_MUCH, _TOO_MUCH = 32_000_000, 128_000_000
_NO_TIMEOUT = 86_400.0
_DIGITS = 20


#: Device, number and time of a socket's file: a reload of Nagios makes it anew.
Made = tuple[int, int, int]


class NagiosDoor:
    """See `Door` in checkwright/worker/frontend.py. programs: full paths, each registered as it stands."""

    def __init__(self, path: str, programs: Sequence[str], log: Log) -> None:
        self.name = f"nagios:{path}"
        self.path = path
        self._log = log
        self._connections = [Connection(program, self) for program in programs]
        self._core: Runs | None = None
        self._watching: asyncio.Task[None] | None = None
        self._missing_since = 0.0
        self._made: Made = (0, 0, 0)
        self._lost = asyncio.Event()
        self.draining = False

    def open(self, core: Runs) -> None:
        self._core = core
        self._watching = asyncio.create_task(self._watch())

    async def drain(self) -> None:
        """Close each connection when nothing of it is held: Nagios then starts the program by itself again."""
        self.draining = True
        if self._watching is not None:
            self._watching.cancel()
        for connection in self._connections:
            connection.close_when_idle()
        while any(connection.transport is not None for connection in self._connections):
            await asyncio.sleep(0.01)

    def close(self) -> None:
        self.draining = True
        if self._watching is not None:
            self._watching.cancel()
        for connection in self._connections:
            connection.abort()

    def status(self) -> dict[str, object]:
        registered = [connection for connection in self._connections if connection.registered]
        return {
            "name": self.name,
            "connected": len(registered) == len(self._connections),
            "registered": len(registered),
            "programs": [connection.program for connection in self._connections],
            "jobs": sum(connection.jobs for connection in self._connections),
            "held": sum(len(connection.held) for connection in self._connections),
            "unread": sum(connection.unread() for connection in self._connections),
        }

    @property
    def core(self) -> Runs:
        assert self._core is not None  # noqa: S101 - connections are opened after `open`
        return self._core

    def trouble(self, kind: str, text: str) -> None:
        self._log.trouble(kind, text)

    def lost(self) -> None:
        """One connection is to be made again."""
        self._lost.set()

    def registered(self) -> None:
        """One connection was accepted; say so when all of them are."""
        if all(connection.registered for connection in self._connections):
            count = len(self._connections)
            self._log.say(f"registered with Nagios at {self.path} for {count} program{'' if count == 1 else 's'}")
            for kind in ("socket", "refused"):
                self._log.over(kind)

    async def _watch(self) -> None:
        """Connect whatever is not connected, for ever. Nagios makes its socket anew when it reloads."""
        pause = _SOON
        while True:
            self._lost.clear()
            problem = self._look()
            for connection in self._connections:
                connection.leave_if_of_another(self._made)
            wanting = [one for one in self._connections if one.transport is None and not one.waits()]
            for connection in wanting:
                problem = problem or await connection.connect(self._made)
            if not wanting:
                problem = ""
            if problem:
                self._log.trouble("socket", problem)
                self._missing_since = self._missing_since or time.monotonic()
                pause = _SOON if time.monotonic() - self._missing_since < _A_MINUTE else _LATER
            else:
                self._missing_since, pause = 0.0, _STILL
            for connection in self._connections:
                connection.look()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._lost.wait(), pause)

    def _look(self) -> str:
        """What keeps us from connecting, in a sentence; nothing where it may be tried."""
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return f"waiting for Nagios: there is no {self.path} (query_socket= in nagios.cfg names it)"
        except OSError as error:
            return f"cannot look at {self.path}: {error.strerror}; {_permission()}"
        self._made = found.st_dev, found.st_ino, found.st_mtime_ns
        if not stat.S_ISSOCK(found.st_mode):
            return f"{self.path} is not a socket: query_socket= in nagios.cfg names the right one"
        return ""


class Connection(asyncio.Protocol):
    """One registration. held: Nagios's numbers of jobs that it waits for, and their kinds."""

    def __init__(self, program: str, door: NagiosDoor) -> None:
        self.program = program
        self.transport: asyncio.Transport | None = None
        self.registered = False
        self.held: dict[bytes, bytes] = {}
        self.jobs = 0
        self._door = door
        self._messages = wproc.Messages()
        self._greeting = bytearray()
        self._asked = 0.0
        self._failures = 0
        self._not_before = 0.0
        self._leaving = False
        self._out: list[bytes] = []
        self._size = 0
        self._life = 0
        self._left = False
        self._made: Made = (0, 0, 0)

    def waits(self) -> bool:
        """Whether it was refused lately."""
        return time.monotonic() < self._not_before

    def unread(self) -> int:
        """Bytes of answers that Nagios has not taken yet."""
        return 0 if self.transport is None else self.transport.get_write_buffer_size() + self._size

    def leave_if_of_another(self, made: Made) -> None:
        """Let go of a connection to a socket that is there no more.

        Nagios has closed its end then, but need not be the only one that held it: its process for the command file is
        forked from it, with all that is open, and lives through a reload. So no end would be seen here, for ever.
        """
        if self.transport is not None and made != self._made and not self.transport.is_closing():
            self._left = True
            self.transport.abort()

    async def connect(self, made: Made) -> str:
        """Connect and ask to be registered; returns what is in the way. made: the socket's file as it was just now."""
        self._made = made
        loop = asyncio.get_running_loop()
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.setblocking(False)
        try:
            # Not loop.sock_connect: it would wait where Nagios's queue of new connections is full.
            client.connect(self._door.path)
            await loop.create_connection(lambda: self, sock=client)
        except PermissionError:
            client.close()
            return f"may not connect to {self._door.path}: {_permission()}"
        except (ConnectionRefusedError, FileNotFoundError):
            client.close()
            return f"waiting for Nagios: nobody listens at {self._door.path}"
        except BlockingIOError:
            client.close()
            return f"waiting for Nagios: it takes no connection at {self._door.path}"
        except OSError as error:
            client.close()
            return f"cannot connect to {self._door.path}: {error.strerror or error}"
        return ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._messages = wproc.Messages()
        self._greeting.clear()
        self._asked = time.monotonic()
        self._life += 1
        name = f"checkwright-{os.getpid()}-{os.path.basename(self.program)}"
        asked = f"@wproc register name={name};max_jobs=10000;plugin={self.program}\0"
        self.transport.write(os.fsencode(asked))

    def data_received(self, data: bytes) -> None:
        if not self.registered:
            data = self._greeted(data)
        for message, whole in self._messages.feed(data) if data else ():
            self._take(message, whole)

    def connection_lost(self, exc: Exception | None) -> None:
        was, self.registered, self.transport = self.registered or self._left, False, None
        self._left = False
        held = len(self.held)
        self.held.clear()
        self._out.clear()
        self._size = 0
        if self._leaving or self._door.draining:
            return
        if not was:
            self._refused(bytes(self._greeting))
        elif held:
            text = f"Nagios closed its connection and waits no more for {held} jobs"
            self._door.trouble("lost", text)
        if was:
            self._failures = 0
            self._door.lost()

    def look(self) -> None:
        """Say when Nagios lets us wait for the answer to a registration."""
        if self.transport is not None and not self.registered and time.monotonic() - self._asked > _ANSWERS:
            self._door.trouble("slow", f"{self._door.path} takes connections and does not answer: is it busy?")

    def close_when_idle(self) -> None:
        self._leaving = True
        self._close_if_idle()

    def abort(self) -> None:
        self._leaving = True
        if self.transport is not None:
            self.transport.abort()

    def _close_if_idle(self) -> None:
        if not self._leaving or self.held or self.transport is None:
            return
        self._flush()
        if self._unseen():  # what Nagios has sent since the last look would be lost
            asyncio.get_running_loop().call_later(0.005, self._close_if_idle)
        else:
            self.transport.close()

    def _unseen(self) -> int:
        """Bytes that have arrived and were not read yet."""
        if self.transport is None or self.transport.is_closing():
            return 0
        waiting = array("i", [0])
        ioctl(self.transport.get_extra_info("socket").fileno(), FIONREAD, waiting)
        return waiting[0]

    def _greeted(self, data: bytes) -> bytes:
        """Read the answer to the registration; returns what follows it, for jobs may come at once."""
        greeting = self._greeting
        greeting += data
        if greeting[:3] == b"OK\0":
            rest = bytes(greeting[3:])
            greeting.clear()
            self.registered = True
            self._door.registered()
            return rest
        if len(greeting) >= 3 and self.transport is not None:
            self.transport.abort()
        return b""

    def _refused(self, said: bytes) -> None:
        self._failures += 1
        self._not_before = time.monotonic() + min(_LATEST, 0.1 * 2 ** min(self._failures, 10))
        text = said[:200].rstrip(b"\0").decode("utf-8", "backslashreplace")
        if text:
            what = f"{self._door.path} did not register {self.program}: it said {text!r}; is it Nagios 4?"
        else:
            what = f"{self._door.path} closed the connection instead of registering {self.program}"
        self._door.trouble("refused", what)

    def _take(self, message: bytes, whole: bool) -> None:
        found = wproc.pairs(message)
        number, kind, command = found.get(b"job_id", b""), found.get(b"type", b""), found.get(b"command")
        if not (number.isdigit() and kind.isdigit() and len(number) <= _DIGITS):
            shown = ascii(message[:80])[2:-1]
            self._door.trouble("nonsense", f"Nagios sent what is no job, it is passed over: {shown}")
            return
        if number in self.held:
            self._door.trouble("twice", f"Nagios sent job {int(number)} again before it was answered: it runs once")
            return
        self.jobs += 1
        self.held[number] = kind
        done = partial(self._done, self._life, number, kind)
        if not whole or not command:
            why = f"a command of more than {wproc.MOST} bytes" if not whole else "a job without a command"
            self._door.trouble("command", f"Nagios sent {why}; it is answered UNKNOWN")
            now = time.time()
            output = f"CHECK UNKNOWN: the worker was given {why}\n".encode()
            asyncio.get_running_loop().call_soon(done, Answer(UNKNOWN << 8, output, started=now, stopped=now))
            return
        variables = found.get(b"env")
        self._door.core.submit(
            Job(
                command.decode("utf-8", "surrogateescape"),
                _seconds(found.get(b"timeout", b"")),
                wproc.environment(variables) if variables else None,
            ),
            done,
        )

    def _done(self, life: int, number: bytes, kind: bytes, answer: Answer) -> None:
        if life != self._life or self.held.pop(number, None) is None or self.transport is None:
            return  # asked by a Nagios that is gone
        if not self._out:
            asyncio.get_running_loop().call_soon(self._flush)
        much = self.unread() > _MUCH
        if much:
            self._door.trouble("unread", "Nagios does not read its results: outputs are cut until it does")
        reply = wproc.reply(number, kind, answer, cut=much)
        self._size += len(reply)
        self._out.append(reply)
        if self._leaving:
            self._close_if_idle()

    def _flush(self) -> None:
        out, self._out, self._size = self._out, [], 0
        if out and self.transport is not None:
            self.transport.write(b"".join(out))
            if self.unread() > _TOO_MUCH:
                self._door.trouble("given up", "Nagios has not read its results for long: the connection is given up")
                self.transport.abort()


def _seconds(text: bytes) -> float:
    """A job's timeout; Nagios gives 0 for one without."""
    return float(text) if text.isdigit() and len(text) <= _DIGITS and 0 < int(text) < _NO_TIMEOUT else _NO_TIMEOUT


def _permission() -> str:
    return "run the worker as the user that Nagios runs as (nagios)"
