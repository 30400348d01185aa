"""Delivery of a queue: in order, with pauses after failures, until it is empty."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from checkwright.notify import notify_file, status_output
from checkwright.notify.channel import BadSettings, Outcome
from checkwright.notify.incident import Incident
from checkwright.notify.notify_file import NotUsable
from checkwright.notify.spool import Queue, Record, Waiting
from checkwright.status.observed import Unreadable

_FIRST_PAUSE, _LONGEST_PAUSE = 2.0, 60.0
#: Seconds between two looks at status.dat.
_LOOK = 0.5

Log = Callable[[str], None]


class Sender:
    """Sends the notifications of one channel. config: path of notify.json, read again for each attempt."""

    def __init__(self, queue: Queue, config: str, log: Log) -> None:
        self._queue = queue
        self._config = config
        self._log = log
        self._problem = ""
        self._pause = 0.0

    def run(self) -> None:
        """Send until the queue is empty, or return at once where another process does so already."""
        while self._queue.files():
            with self._queue.sender() as mine:
                if not mine:
                    return
                self._empty()
            # A process that came meanwhile could not send: look once more, without the lock in between.

    def _empty(self) -> None:
        while files := self._queue.files():
            path = files[0]
            record = self._queue.read(path)
            if record is None:
                continue
            if record.expires <= time.time():
                self._queue.drop(path, f"it could not be delivered in time ({self._problem or 'nothing was tried'})")
                continue
            if record.waiting:
                record = self._completed(path, record, record.waiting)
            outcome = self._send(record.incident)
            if not outcome.problem:
                self._queue.done(path)
                if self._problem:
                    self._log(f"{self._queue.channel}: delivers again")
                self._problem, self._pause = "", 0.0
            elif outcome.final:
                self._queue.drop(path, outcome.problem)
            else:
                if outcome.problem != self._problem:
                    self._log(f"{self._queue.channel}: {outcome.problem}; it is tried again")
                self._problem = outcome.problem
                self._pause = min(_LONGEST_PAUSE, self._pause * 2) if self._pause else _FIRST_PAUSE
                spread = random.uniform(0.8, 1.2)  # noqa: S311 - spreads, guards nothing
                time.sleep(max(outcome.after, self._pause * spread))

    def _send(self, incident: Incident) -> Outcome:
        try:
            return notify_file.read(self._config).channel(self._queue.channel).send(incident)
        except (NotUsable, BadSettings) as error:
            return Outcome(str(error))
        except Exception as error:  # a defect of one channel must not end the queue
            return Outcome(f"the channel itself failed: {type(error).__name__}")

    def _completed(self, path: Path, record: Record, waiting: Waiting) -> Record:
        """Return the record with the output from status.dat; without it where the file does not get it in time."""
        incident, problem = record.incident, ""
        while True:
            try:
                found = status_output.find(waiting.file, incident.host, incident.watch)
                problem = ""
            except Unreadable as error:
                found, problem = None, str(error)
            if found and status_output.is_current(found, incident, waiting.last_check):
                with suppress(NotUsable):
                    names = notify_file.read(self._config)
                    return self._queue.complete(
                        path, record, status_output.with_output(incident, found, names, waiting.role)
                    )
            if time.time() >= waiting.until:
                self._log(
                    f"{self._queue.channel}: {incident.watch or 'the host'} on {incident.host} is sent without output: "
                    f"{problem or f'{waiting.file} does not have this result'}"
                )
                return self._queue.complete(path, record, incident)
            time.sleep(_LOOK)


def start(queues: list[Queue], config: str, log: Log) -> None:
    """Send each queue in a process of its own, and return at once.

    The processes outlive the command that Nagios started, and its time limit.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    for queue in queues:
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            continue
        try:
            os.setsid()
            if os.fork() == 0:
                _leave_files()
                Sender(queue, config, log).run()
        except BaseException as error:  # the log is the only place left
            log(f"{queue.channel}: the sender failed: {type(error).__name__}")  # its text may hold a secret
        finally:
            os._exit(0)


def _leave_files() -> None:
    """Close the pipes to Nagios, which waits for their end."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    os.closerange(3, 256)
    os.chdir("/")
