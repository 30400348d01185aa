"""`nagios-command:FIFO`: PROCESS_SERVICE_CHECK_RESULT on Nagios's external command file.

Nothing is acknowledged: lines that Nagios has not read from the pipe when it stops are lost. Only up to 4,096 bytes
are written in one piece while others write too, so a longer line goes through a file that Nagios reads and deletes.
"""

from __future__ import annotations

import os
import secrets
import stat
import time
from collections.abc import Sequence

from checkwright.batch.nagios_text import escaped, name_in_line
from checkwright.batch.results import Result
from checkwright.batch.sink import Context, QueueSink, Receipt
from checkwright.core.errors import BadUsage
from checkwright.core.nagios_pipe import ATOMIC, grouped, open_pipe, problem, write_whole


def make(place: str, context: Context) -> QueueSink:
    """Return the sink for a place. Raises BadUsage."""
    if not place.startswith("/"):
        raise BadUsage("nagios-command needs Nagios's command_file, such as /var/lib/nagios4/rw/nagios.cmd")
    try:
        found = os.stat(place)
    except FileNotFoundError:
        if not os.path.isdir(os.path.dirname(place)):
            raise BadUsage(f"cannot use Nagios's command file {place}: there is no folder for it") from None
        return CommandFile(place)  # Nagios makes it when it starts
    except OSError as error:
        raise BadUsage(f"cannot use Nagios's command file {place}: {error.strerror}") from None
    if not stat.S_ISFIFO(found.st_mode):
        raise BadUsage(f"cannot use {place} as Nagios's command file: it is not a pipe (FIFO), which Nagios would make")
    if not os.access(place, os.W_OK):
        raise BadUsage(f"cannot use Nagios's command file {place}: this user may not write to it")
    return CommandFile(place)


class CommandFile(QueueSink):
    """Writes lines to the pipe, as many in one write as stay whole."""

    def __init__(self, path: str) -> None:
        self._path = path

    def payload(self, result: Result) -> bytes:
        fields = (
            name_in_line(result.task.host),
            name_in_line(result.task.watch),
            str(result.code),
            escaped(result.output),
        )
        return f"[{int(result.ended)}] PROCESS_SERVICE_CHECK_RESULT;{';'.join(fields)}\n".encode()

    def send(self, payloads: Sequence[bytes]) -> Receipt:
        done = 0
        try:
            pipe = open_pipe(self._path)
            try:
                for group in grouped(payloads):
                    if len(group) == 1 and len(group[0]) > ATOMIC:
                        self._by_file(pipe, group[0])
                    else:
                        write_whole(pipe, b"".join(group))
                    done += len(group)
            finally:
                os.close(pipe)
        except OSError as error:
            return Receipt(done, problem=problem(error, self._path))
        return Receipt(done)

    def _by_file(self, pipe: int, line: bytes) -> None:
        """Write a long line to a file next to the pipe, where Nagios may delete it, and have Nagios process it."""
        path = f"{os.path.dirname(self._path)}/.checkwright-{os.getpid()}-{secrets.token_hex(8)}"
        try:
            with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644), "wb") as file:
                os.fchmod(file.fileno(), 0o644)
                file.write(line)
            write_whole(pipe, f"[{int(time.time())}] PROCESS_FILE;{path};1\n".encode())
        except BaseException:
            if os.path.lexists(path):
                os.unlink(path)
            raise
