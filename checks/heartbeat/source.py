"""Recorded runs of jobs: a cron job leaves a record in a shared folder, and a check reads it.

The writer is often root and the reader user nagios, so nobody else may be able to write the
folder: each step of its path is opened without following links, and a record replaces the
previous one atomically.
"""

import os
import stat
import sys
import time

from checkwright.core.errors import CheckError
from checkwright.core.text import clean
from checkwright.sources import BadUsage, CannotTell, Down, Source, doing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeGuard

DEFAULT_FOLDER = "/var/lib/checkwright/job-runs"
FOLDER_VARIABLE = "CHECKS_JOB_RUNS_DIR"
#: Exit statuses of a command that could not be started, as in shells.
NOT_EXECUTABLE, NOT_FOUND = 126, 127
_SIGNALLED = 128
_CANNOT_RECORD = 3
_NAME = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")
_LONGEST_NAME = 100
_LARGEST_RECORD = 65_536
#: Seconds that the clock may be set back between a run and its check before that is reported.
_CLOCK_SLACK = 5.0
_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class JobRun:
    """Last run of a job. age: seconds since it ended. seconds: its run time, None if it is unknown.

    status: its exit status, `0`, `3`, `137 (SIGKILL)`.
    """

    __slots__ = ("age", "seconds", "status")

    def __init__(self, age: float, seconds: float | None = None, exit_code: int = 0) -> None:
        self.age = age
        self.seconds = seconds
        self.status = _shown(exit_code)


class JobRuns(Source):
    """Recorded runs in the given folder, otherwise CHECKS_JOB_RUNS_DIR, otherwise /var/lib/checkwright/job-runs."""

    def last(self, job: str, folder: str | None = None) -> JobRun:
        """Return the job's last run. Raises Down when it never ran, CannotTell if nothing can be read or trusted."""
        path, file = _folder_path(folder), _file_name(job)
        above = _opened(path, make=False)
        try:
            text = _read(above, file, path)
        finally:
            os.close(above)
        if text is None:
            raise Down(f"{job} never ran: no run of it is recorded in {path}")
        return parse(text, f"{path}/{file}")

    def record(self, job: str, *, seconds: float | None = None, exit_code: int = 0, folder: str | None = None) -> None:
        """Record a run that ends now. seconds: its run time. exit_code: 128 and more for a signal, as in a shell.

        Creates the folder when it is missing. Raises CannotTell.
        """
        import json

        record = {"version": 1, "job": job, "ended": time.time(), "seconds": seconds, "exit_code": exit_code}
        path, file = _folder_path(folder), _file_name(job)
        above = _opened(path, make=True)
        try:
            _replace(above, file, json.dumps(record).encode() + b"\n")
        except OSError as error:
            raise CannotTell(f"cannot record a run in {path}: {error.strerror}") from None
        finally:
            os.close(above)

    def wrap(self, job: str, command: "Sequence[str]", folder: str | None = None) -> int:
        """Run a command with our own stdin, stdout and stderr, record the run, and return its exit status.

        Signals reach the command. The command runs even where the run cannot be recorded: this is printed to stderr,
        and the check then finds the job late. Without a command, only record a run.
        """
        started = time.monotonic()
        status = _status_of(command) if command else 0
        seconds = time.monotonic() - started if command else None
        try:
            self.record(job, seconds=seconds, exit_code=status, folder=folder)
        except CheckError as error:
            _print_error(str(error))
            return status if command else _CANNOT_RECORD
        return status


def _shown(code: int) -> str:
    if code > _SIGNALLED:
        import signal

        try:
            return f"{code} ({signal.Signals(code - _SIGNALLED).name})"
        except ValueError:
            return str(code)
    return str(code)


def _folder_path(folder: str | None) -> str:
    path = folder or os.environ.get(FOLDER_VARIABLE, "") or DEFAULT_FOLDER
    if not path.startswith("/") or "\0" in path:
        raise BadUsage(f"the folder of recorded runs, {clean(path, 200)!r}, must be a full path, which begins with /")
    return os.path.normpath(path)


def _file_name(job: str) -> str:
    if not job or len(job) > _LONGEST_NAME or job[0] in ".-" or not _NAME.issuperset(job):
        raise BadUsage(
            f"{clean(job, 120)!r} cannot be the name of a job: use up to {_LONGEST_NAME} letters, digits and _.- "
            "that start with a letter, a digit or _"
        )
    return f"{job}.json"


def _opened(path: str, *, make: bool) -> int:
    """Open the folder and return its descriptor. Opens each step of the path without following links, and checks it."""
    doing(path)
    descriptor = os.open("/", _OPEN_FOLDER)
    try:
        where, shared = "/", False
        for name in path.strip("/").split("/"):
            below = _step(descriptor, name, os.path.join(where, name), make)
            os.close(descriptor)
            descriptor, where = below, os.path.join(where, name)
            shared = _refuse_foreign(os.fstat(descriptor), where, shared, last=where == path)
        if make and os.fstat(descriptor).st_uid not in (0, os.geteuid()):
            raise CannotTell(f"cannot record a run: {path} belongs to another user (uid {os.fstat(descriptor).st_uid})")
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _step(above: int, name: str, where: str, make: bool) -> int:
    hint = f"name one with --folder or {FOLDER_VARIABLE}"
    try:
        if make and _made(above, name):
            os.chmod(name, 0o755, dir_fd=above)  # noqa: S103 - under the umask 0777 not even its owner could open it
        return os.open(name, _OPEN_FOLDER, dir_fd=above)
    except FileNotFoundError:
        raise CannotTell(f"there is no folder {where} of recorded runs: record one first, or {hint}") from None
    except OSError as error:
        if _is_link(above, name):
            why = "it is a symbolic link, and links are not followed: give the folder's real path"
        else:
            why = f"{error.strerror}: {hint}"
        raise CannotTell(f"cannot use {where} for recorded runs: {why}") from None


def _made(above: int, name: str) -> bool:
    try:
        os.mkdir(name, 0o755, dir_fd=above)
    except FileExistsError:
        return False
    return True


def _is_link(above: int, name: str) -> bool:
    try:
        return stat.S_ISLNK(os.stat(name, dir_fd=above, follow_symlinks=False).st_mode)
    except OSError:
        return False


def _refuse_foreign(found: os.stat_result, where: str, shared: bool, *, last: bool) -> bool:
    """Refuse a folder that others can write or replace. Returns True for a sticky one, where files may be anyone's."""
    if shared and found.st_uid not in (0, os.geteuid()):
        raise CannotTell(
            f"{where} belongs to another user and is in a folder that everybody can write: it is not trusted"
        )
    if not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return False
    if found.st_mode & stat.S_ISVTX and not last:
        return True
    mode = stat.S_IMODE(found.st_mode)
    raise CannotTell(
        f"others can write {where} (mode {mode:04o}), so its recorded runs prove nothing: chmod go-w {where}"
    )


def _read(above: int, file: str, path: str) -> bytes | None:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=above)
    except FileNotFoundError:
        return None
    except OSError as error:
        why = "it is a symbolic link" if _is_link(above, file) else error.strerror
        raise CannotTell(f"cannot read the recorded run {path}/{file}: {why}") from None
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise CannotTell(f"cannot read the recorded run {path}/{file}: it is not a file")
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise CannotTell(f"others can write the recorded run {path}/{file}: it is not trusted")
        return os.read(descriptor, _LARGEST_RECORD)
    finally:
        os.close(descriptor)


def parse(text: bytes, file: str) -> JobRun:
    """Parse a recorded run. `file` names it in errors. Raises CannotTell."""
    import json

    damaged = f"the recorded run {file} is damaged: the job's next run replaces it"
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        raise CannotTell(damaged) from None
    if not isinstance(record, dict) or record.get("version") != 1:
        raise CannotTell(damaged)
    seconds, ended, code = record.get("seconds"), record.get("ended"), record.get("exit_code")
    if not _is_time(ended) or not (seconds is None or _is_time(seconds)) or type(code) is not int:
        raise CannotTell(damaged)
    age = time.time() - ended
    if age < -_CLOCK_SLACK:
        raise CannotTell(f"the recorded run {file} ended in the future: a clock was set back, or is wrong")
    return JobRun(max(0.0, age), seconds, code)


def _is_time(value: object) -> "TypeGuard[float]":
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12


def _replace(above: int, file: str, data: bytes) -> None:
    """Replace a file atomically."""
    draft = f".{file}.{os.getpid()}.{time.monotonic_ns()}"
    descriptor = os.open(
        draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600, dir_fd=above
    )
    try:
        try:
            os.write(descriptor, data)
            os.fchmod(descriptor, 0o644)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(draft, file, src_dir_fd=above, dst_dir_fd=above)
    except BaseException:
        os.unlink(draft, dir_fd=above)
        raise


def _status_of(command: "Sequence[str]") -> int:
    """Run a command with our own stdin, stdout and stderr, pass signals on to it, and return its exit status."""
    import signal
    import subprocess

    from checkwright.core import children

    child: subprocess.Popen[bytes] | None = None
    early: list[int] = []

    def pass_on(number: int, _frame: object) -> None:
        reached = number in (signal.SIGINT, signal.SIGQUIT) and _in_foreground()
        if child is not None:
            if not reached:
                child.send_signal(number)
        elif not (reached and children.started()):  # the command may run while Popen has not returned yet
            early.append(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2):
        if signal.getsignal(number) is not signal.SIG_IGN:  # under nohup the command ignores it too
            signal.signal(number, pass_on)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # where it is ignored, the status would be lost
    try:
        child = subprocess.Popen(list(command))
    except OSError as error:
        _print_error(f"cannot start {clean(command[0], 200)!r}: {error.strerror}")
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_EXECUTABLE
    for missed in early:
        child.send_signal(missed)
    code = child.wait()
    return code if code >= 0 else _SIGNALLED - code


def _in_foreground() -> bool:
    """Return True if Ctrl-C on the terminal reaches our whole process group, the command included."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)


def _print_error(text: str) -> None:
    print(f"check heartbeat: {clean(text)}", file=sys.stderr, flush=True)
