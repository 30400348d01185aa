"""`nagios-spool:FOLDER`: files for Nagios's check_result_path, which it reads and deletes.

Nagios reads a file whose name is `c` and six more characters once there is a file `NAME.ok`. It deletes files that it
may not read, or that are older than an hour, unread. So files are 0644, and new for each attempt.
"""

from __future__ import annotations

import os
import secrets
import stat
import string
import time
from collections.abc import Sequence

from checkwright.batch.nagios_text import escaped, name_in_line
from checkwright.batch.results import Result
from checkwright.batch.sink import Context, QueueSink, Receipt
from checkwright.core.errors import BadUsage

_ALPHABET = string.ascii_letters + string.digits
_DRAFT = ".checkwright-"
#: Seconds after which a draft was left by a kill.
_ABANDONED = 3_600


def make(place: str, context: Context) -> QueueSink:
    """Return the sink for a place. Raises BadUsage."""
    if not place.startswith("/"):
        raise BadUsage("nagios-spool needs Nagios's check_result_path, such as /var/lib/nagios4/spool/checkresults")
    try:
        found = os.stat(place)
    except OSError as error:
        raise BadUsage(f"cannot use Nagios's spool {place}: {error.strerror}") from None
    if not stat.S_ISDIR(found.st_mode):
        raise BadUsage(f"cannot use Nagios's spool {place}: it is not a folder")
    if not os.access(place, os.W_OK | os.X_OK):
        raise BadUsage(f"cannot use Nagios's spool {place}: this user may not write there")
    return Spool(place)


class Spool(QueueSink):
    """Writes many results to one file."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._sweep()

    def payload(self, result: Result) -> bytes:
        return (
            f"host_name={name_in_line(result.task.host)}\n"
            f"service_description={name_in_line(result.task.watch)}\n"
            "check_type=1\n"
            f"return_code={result.code}\n"
            "exited_ok=1\n"
            f"start_time={_moment(result.started)}\n"
            f"finish_time={_moment(result.ended)}\n"
            f"output={escaped(result.output)}\n"
            "\n"
        ).encode()

    def send(self, payloads: Sequence[bytes]) -> Receipt:
        draft = os.path.join(self._folder, f"{_DRAFT}{os.getpid()}-{secrets.token_hex(4)}")
        try:
            try:
                with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644), "wb") as file:
                    os.fchmod(file.fileno(), 0o644)  # whatever the umask is
                    file.write(b"file_time=%d\n\n" % time.time())
                    file.write(b"".join(payloads))
                self._publish(draft)
            finally:
                _unlink(draft)
        except OSError as error:
            return Receipt(0, problem=f"cannot write to Nagios's spool {self._folder}: {error.strerror}")
        return Receipt(len(payloads))

    def _publish(self, draft: str) -> None:
        """Give the finished draft a name that Nagios reads, then allow Nagios to read it."""
        while True:
            name = os.path.join(self._folder, "c" + "".join(secrets.choice(_ALPHABET) for _ in range(6)))
            if os.path.lexists(f"{name}.ok"):
                continue
            try:
                os.link(draft, name)
            except FileExistsError:
                continue
            break
        try:
            os.close(os.open(f"{name}.ok", os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644))
        except OSError:
            _unlink(name)
            raise

    def _sweep(self) -> None:
        """Remove drafts that a kill has left: their results are still in the store."""
        for entry in os.scandir(self._folder):
            if entry.name.startswith(_DRAFT) and time.time() - entry.stat(follow_symlinks=False).st_mtime > _ABANDONED:
                _unlink(entry.path)


def _moment(seconds: float) -> str:
    # Nagios reads the digits after the point as a whole number of microseconds, and as octal after a leading zero.
    whole, fraction = divmod(round(seconds * 1_000_000), 1_000_000)
    return f"{whole}.{fraction}"


def _unlink(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        return
