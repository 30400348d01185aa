"""Frontend to Nagios 4: registers as a worker for given programs, with one connection for each of them.

Nagios writes its jobs in a loop that waits for a peer that does not read. So everything is read at once and always, and
answers wait in memory for as long as Nagios does not read them.
"""

from __future__ import annotations

import asyncio
import os
import socket
import stat
import struct
import time
from array import array
from collections.abc import Sequence
from contextlib import suppress
from fcntl import ioctl
from functools import partial
from termios import FIONREAD
from typing import cast

from checkwright.worker import wproc
from checkwright.worker.folder_watch import FolderWatch
from checkwright.worker.frontend import JobExecutor
from checkwright.worker.job import UNKNOWN, Answer, Job
from checkwright.worker.worker_log import Log

#: Seconds between two looks for a socket that does not exist: at first, after a minute, and at most.
_SOON, _LATER, _LATEST = 0.02, 0.25, 5.0
#: Seconds between two looks at the file of the socket that we are connected to: with a watch on its folder, and
#: where the kernel allows none.
_WATCHED, _STILL = 5.0, 0.05
_A_MINUTE = 60.0
#: Seconds for Nagios to answer a registration. It may take longer to read its configuration.
_ANSWERS = 15.0
#: Bytes that wait for a Nagios that does not read: outputs are cut from the first on, the second ends the connection.
_MUCH, _TOO_MUCH = 32_000_000, 128_000_000
_NO_TIMEOUT = 86_400.0
_DIGITS = 20
#: Process that a registration names: above the largest that Linux has (2**22), so that none ever exists. Both engines
#: kill the process of a worker that leaves. Naemon then waits for it, and for a child of its own if none is named.
_NO_PROCESS = 2**31 - 1


#: Device, inode and time of a socket's file. A reload of Nagios makes a new one.
FileId = tuple[int, int, int]


class NagiosFrontend:
    """See `Frontend` in checkwright/worker/frontend.py. programs: full paths, registered exactly so."""

    def __init__(self, path: str, programs: Sequence[str], log: Log) -> None:
        self.name = f"nagios:{path}"
        self.path = path
        self.log = log
        self.draining = False
        self._connections = [Connection(program, self) for program in programs]
        self._executor: JobExecutor | None = None
        self._watching: asyncio.Task[None] | None = None
        self._missing_since = 0.0
        self._file_id: FileId = (0, 0, 0)
        self._lost = asyncio.Event()
        self._folder = FolderWatch(os.path.dirname(path) or ".", self._lost.set)

    def open(self, executor: JobExecutor) -> None:
        self._executor = executor
        self._watching = asyncio.create_task(self._watch())

    async def drain(self) -> None:
        """Close each connection once it holds no job: Nagios then starts that program by itself again."""
        self.draining = True
        self._end_watch()
        for connection in self._connections:
            connection.close_when_idle()
        while any(connection.transport is not None for connection in self._connections):
            await asyncio.sleep(0.01)

    def close(self) -> None:
        self.draining = True
        self._end_watch()
        for connection in self._connections:
            connection.abort()

    def _end_watch(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        self._folder.close()

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
    def executor(self) -> JobExecutor:
        assert self._executor is not None  # noqa: S101 - connections are opened after `open`
        return self._executor

    def reconnect(self) -> None:
        """Have a lost connection opened again at once."""
        self._lost.set()

    def on_registered(self) -> None:
        """Note that one connection is registered; log it when all of them are."""
        if all(connection.registered for connection in self._connections):
            count = len(self._connections)
            self.log.info(f"registered with Nagios at {self.path} for {count} program{'' if count == 1 else 's'}")
            for kind in ("socket", "refused"):
                self.log.solved(kind)

    async def _watch(self) -> None:
        """Keep all connections open, forever. Nagios makes a new socket when it reloads."""
        pause = _SOON
        while True:
            self._lost.clear()
            self._folder.open()
            problem = self._look()
            for connection in self._connections:
                connection.leave_if_replaced(self._file_id)
            missing = [one for one in self._connections if one.transport is None and not one.was_refused_lately()]
            for connection in missing:
                problem = problem or await connection.connect(self._file_id)
            if not missing:
                problem = ""
            if problem:
                self.log.problem("socket", problem)
                self._missing_since = self._missing_since or time.monotonic()
                pause = _SOON if time.monotonic() - self._missing_since < _A_MINUTE else _LATER
            else:
                registered = all(connection.registered for connection in self._connections)
                self._missing_since, pause = 0.0, _WATCHED if registered and self._folder.works else _STILL
            for connection in self._connections:
                connection.report_slow_registration()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._lost.wait(), pause)

    def _look(self) -> str:
        """Look at the socket's file. Returns why no connection is possible, in one sentence, or ""."""
        try:
            found = os.stat(self.path)
        except FileNotFoundError:
            return f"waiting for Nagios: there is no {self.path} (query_socket= in nagios.cfg names it)"
        except OSError as error:
            return f"cannot look at {self.path}: {error.strerror}; {_PERMISSION}"
        self._file_id = found.st_dev, found.st_ino, found.st_mtime_ns
        if not stat.S_ISSOCK(found.st_mode):
            return f"{self.path} is not a socket: query_socket= in nagios.cfg names the right one"
        return ""


class Connection(asyncio.Protocol):
    """One registration. held: the kinds of jobs that Nagios waits for, by its numbers of them."""

    def __init__(self, program: str, frontend: NagiosFrontend) -> None:
        self.program = program
        self.transport: asyncio.Transport | None = None
        self.registered = False
        self.held: dict[bytes, bytes] = {}
        self.jobs = 0
        self._frontend = frontend
        self._messages = wproc.Messages()
        self._greeting = bytearray()
        self._connected_at = 0.0
        self._failures = 0
        self._not_before = 0.0
        self._leaving = False
        self._out: list[bytes] = []
        self._size = 0
        self._generation = 0
        self._replaced = False
        self._file_id: FileId = (0, 0, 0)

    def was_refused_lately(self) -> bool:
        return time.monotonic() < self._not_before

    def unread(self) -> int:
        """Return the bytes of answers that Nagios has not read yet."""
        return 0 if self.transport is None else self.transport.get_write_buffer_size() + self._size

    def leave_if_replaced(self, file_id: FileId) -> None:
        """Drop a connection to a socket whose file has been replaced.

        Nagios has closed its end then, but its process for the command file may still hold it open: that is forked
        with all open files and lives through a reload. So this end would never see the connection close.
        """
        if self.transport is not None and file_id != self._file_id and not self.transport.is_closing():
            self._replaced = True
            self.transport.abort()

    async def connect(self, file_id: FileId) -> str:
        """Connect and register. Returns the obstacle, or "". file_id: of the socket's file, as it was just now."""
        self._file_id = file_id
        path = self._frontend.path
        loop = asyncio.get_running_loop()
        client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        client.setblocking(False)
        try:
            # Not loop.sock_connect: it would wait while Nagios's queue of new connections is full.
            client.connect(path)
            if stranger := _stranger(client):
                client.close()
                return f"a process of uid {stranger} serves {path}, not Nagios: it could have any command run here"
            await loop.create_connection(lambda: self, sock=client)
        except PermissionError:
            client.close()
            return f"may not connect to {path}: {_PERMISSION}"
        except (ConnectionRefusedError, FileNotFoundError):
            client.close()
            return f"waiting for Nagios: nothing listens at {path}"
        except BlockingIOError:
            client.close()
            return f"waiting for Nagios: it takes no connection at {path}"
        except OSError as error:
            client.close()
            return f"cannot connect to {path}: {error.strerror or error}"
        return ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self._messages = wproc.Messages()
        self._greeting.clear()
        self._connected_at = time.monotonic()
        self._generation += 1
        name = f"checkwright-{os.getpid()}-{os.path.basename(self.program)}"
        request = f"@wproc register name={name};pid={_NO_PROCESS};max_jobs=10000;plugin={self.program}\0"
        self.transport.write(os.fsencode(request))

    def data_received(self, data: bytes) -> None:
        if not self.registered:
            data = self._read_greeting(data)
        for message, whole in self._messages.feed(data) if data else ():
            self._take(message, whole)

    def connection_lost(self, exc: Exception | None) -> None:
        was, self.registered, self.transport = self.registered or self._replaced, False, None
        self._replaced = False
        held = len(self.held)
        self.held.clear()
        self._out.clear()
        self._size = 0
        if self._leaving or self._frontend.draining:
            return
        if not was:
            self._report_refusal(bytes(self._greeting))
        elif held:
            text = f"Nagios closed its connection and no longer waits for {held} jobs"
            self._frontend.log.problem("lost", text)
        if was:
            self._failures = 0
            self._frontend.reconnect()

    def report_slow_registration(self) -> None:
        """Log that Nagios does not answer a registration, once it takes long."""
        if self.transport is not None and not self.registered and time.monotonic() - self._connected_at > _ANSWERS:
            text = f"{self._frontend.path} takes connections and does not answer: is Nagios busy?"
            self._frontend.log.problem("slow", text)

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
        if self._arrived():  # jobs that have arrived would be lost
            asyncio.get_running_loop().call_later(0.005, self._close_if_idle)
        else:
            self.transport.close()

    def _arrived(self) -> int:
        """Return the bytes that have arrived and are not read yet."""
        if self.transport is None or self.transport.is_closing():
            return 0
        waiting = array("i", [0])
        ioctl(self.transport.get_extra_info("socket").fileno(), FIONREAD, waiting)
        return waiting[0]

    def _read_greeting(self, data: bytes) -> bytes:
        """Read the answer to the registration. Returns the bytes after it, since jobs may follow at once."""
        greeting = self._greeting
        greeting += data
        if greeting[:3] == b"OK\0":
            rest = bytes(greeting[3:])
            greeting.clear()
            self.registered = True
            self._frontend.on_registered()
            return rest
        if len(greeting) >= 3 and self.transport is not None:
            self.transport.abort()
        return b""

    def _report_refusal(self, greeting: bytes) -> None:
        self._failures += 1
        self._not_before = time.monotonic() + min(_LATEST, 0.1 * 2 ** min(self._failures, 10))
        answer = greeting[:200].rstrip(b"\0").decode("utf-8", "backslashreplace")
        path = self._frontend.path
        if answer:
            text = f"{path} did not register {self.program} and answered {answer!r}; is it Nagios 4?"
        else:
            text = f"{path} closed the connection instead of registering {self.program}"
        self._frontend.log.problem("refused", text)

    def _take(self, message: bytes, whole: bool) -> None:
        found = wproc.pairs(message)
        number, kind, command = found.get(b"job_id", b""), found.get(b"type", b""), found.get(b"command")
        log = self._frontend.log
        if not (number.isdigit() and kind.isdigit() and len(number) <= _DIGITS):
            log.problem("no job", f"Nagios sent a message that is no job; it is ignored: {ascii(message[:80])[2:-1]}")
            return
        if number in self.held:
            log.problem("twice", f"Nagios sent job {int(number)} again before it was answered: it runs once")
            return
        self.jobs += 1
        self.held[number] = kind
        done = partial(self._done, self._generation, number, kind)
        if not whole or not command:
            why = f"a command of more than {wproc.LARGEST} bytes" if not whole else "a job without a command"
            log.problem("command", f"Nagios sent {why}; it is answered UNKNOWN")
            now = time.time()
            output = f"CHECK UNKNOWN: Nagios sent the worker {why}\n".encode()
            asyncio.get_running_loop().call_soon(done, Answer(UNKNOWN << 8, output, started=now, stopped=now))
            return
        variables = found.get(b"env")
        self._frontend.executor.submit(
            Job(
                command.decode("utf-8", "surrogateescape"),
                _seconds(found.get(b"timeout", b"")),
                wproc.environment(variables) if variables else None,
            ),
            done,
        )

    def _done(self, generation: int, number: bytes, kind: bytes, answer: Answer) -> None:
        if generation != self._generation or self.held.pop(number, None) is None or self.transport is None:
            return  # the Nagios that sent this job has ended
        if not self._out:
            asyncio.get_running_loop().call_soon(self._flush)
        much = self.unread() > _MUCH
        if much:
            text = "Nagios does not read its results: outputs are cut until it does"
            self._frontend.log.problem("unread", text)
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
                text = "Nagios has not read its results for long: the worker closes the connection"
                self._frontend.log.problem("closed", text)
                self.transport.abort()


_PERMISSION = "run the worker as the account of Nagios (nagios)"


def _stranger(client: socket.socket) -> int:
    """Return the uid of the process that listens, if it is neither root nor this account; otherwise 0."""
    _, uid, _ = struct.unpack("3i", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i")))
    return uid if uid not in (0, os.geteuid()) else 0


def _seconds(text: bytes) -> float:
    """Return a job's timeout. Nagios sends 0 for a job without one."""
    return float(text) if text.isdigit() and len(text) <= _DIGITS and 0 < int(text) < _NO_TIMEOUT else _NO_TIMEOUT
