"""Process around one run: prints one status line, exits with 0 to 3, and ends in time, whatever happens.

Two mechanisms end an overdue run, because each has a gap:

- The signal handler runs in the main thread between byte codes, also during an endless regular
  expression, but not while a system call such as a resolver's does not return.
- The watcher thread sleeps until the deadline, or until a signal fills its pipe (set_wakeup_fd). It runs
  while the main thread waits, but not while that thread holds the interpreter. It has its own clock,
  because a thread that is stuck on a dead filesystem receives no signal.

The first of both takes the lock, writes the output and ends the process. The watcher may have to import
for that, so the signal handler does not wait for it while the main thread holds the lock of imports. A
source runs calls that not even SIGKILL ends in a child process.
"""

import _imp
import os
import select
import sys
import time

from checkwright.core import children
from checkwright.core.sensu_output import SENSU, for_sensu

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _thread
    import signal as _signal
    from types import FrameType
    from typing import NoReturn

    from checkwright.core.run import Run
else:
    import _signal  # the module `signal` wraps this one in enums, which cost more than a small check
    import _thread

#: Seconds after the deadline: the timeout of a source has the better message, so it comes first.
GRACE = 0.3
#: Seconds after which a signal handler returns that has left the lock of imports to the watcher.
RETRY = 0.02
#: Seconds that a busy machine may take to compose the last output.
LAST_TEXT = 1.0
#: Seconds that a write to stdout may block before the process exits without it.
LAST_WRITE = 0.4
_UNKNOWN = 3
_NAMES = {int(_signal.SIGTERM): "SIGTERM", int(_signal.SIGHUP): "SIGHUP", int(_signal.SIGINT): "SIGINT"}


class Guard:
    """Owner of stdout, signals and the deadline of a process. Created once, before anything else."""

    def __init__(self, name: str, seconds: float, *, output: str = "") -> None:
        """output: format that the command line seems to request, for an end before it is parsed."""
        self._name = name
        self._run: Run | None = None
        self._is_for_sensu = output == SENSU
        self._seconds = seconds
        self._output_lock = _thread.allocate_lock()
        self._main_ends = False
        self._is_writing = False
        self._stdout = _take_stdout()
        try:
            self._take_over(seconds)
        except BaseException:  # no descriptor is left: give stdout back to the caller, who prints this
            if self._stdout >= 0:
                os.dup2(self._stdout, 1)
            raise

    def _take_over(self, seconds: float) -> None:
        self.printed = Printed()
        sys.stdout = self.printed
        self._wake_reader, self._wake_writer = os.pipe()
        os.set_blocking(self._wake_writer, False)
        _signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)
        self._before = {
            number: _signal.signal(number, self._on_signal)
            for number in (_signal.SIGALRM, _signal.SIGTERM, _signal.SIGHUP, _signal.SIGINT)
        }
        self._due: float | None = time.monotonic() + seconds + GRACE
        _signal.setitimer(_signal.ITIMER_REAL, seconds + GRACE)
        try:
            _thread.start_new_thread(self._watch, ())
        except RuntimeError:  # this user may start no more processes: only the signal handler remains
            self._due = None

    def watch(self, run: "Run") -> None:
        """Guard this run from now on, with its own deadline."""
        self._run = run
        self._name = run.name
        self._seconds = run.args.timeout
        if not run.usage:
            self._is_for_sensu = run.args.output == SENSU
        self._due = run.current.end + GRACE
        _signal.setitimer(_signal.ITIMER_REAL, max(0.001, self._due - time.monotonic()))
        os.write(self._wake_writer, b"\0")  # the watcher still sleeps until the previous deadline

    def release(self) -> None:
        """Give back stdout, signals and the deadline: the process goes on as a command instead of a check."""
        _signal.setitimer(_signal.ITIMER_REAL, 0)
        _signal.set_wakeup_fd(-1)
        self._due = None
        os.write(self._wake_writer, b"\0")
        for number, handler in self._before.items():
            _signal.signal(number, handler)
        sys.stdout = sys.__stdout__
        if self._stdout >= 0:
            os.dup2(self._stdout, 1)

    def finish(self, text: str, code: int) -> "NoReturn":
        """Write the output and end the process. A second caller waits until the first has ended it."""
        self._main_ends = True
        self._output_lock.acquire()
        self._exit(text, code)

    def _exit(self, text: str, code: int) -> "NoReturn":
        if self._is_for_sensu:
            text = for_sensu(text)
        self._is_writing = True
        try:
            _write(self._stdout, (text + "\n").encode("utf-8", "backslashreplace"))
        except OSError as error:
            code = _UNKNOWN
            _report(f"{self._name}: cannot write the result: {error.strerror}")
        os._exit(code)

    def _on_signal(self, number: int, _frame: "FrameType | None") -> None:
        if self._main_ends:
            return
        self._main_ends = True
        self._end(number)
        if _imp.lock_held():
            self._main_ends = False
            _signal.setitimer(_signal.ITIMER_REAL, RETRY)
            return
        # The watcher was first, so wait until it ends the process. This thread must not return to its work: a
        # regular expression would never release the interpreter again.
        self._wait_for_writer()

    def _watch(self) -> None:
        wake = select.poll()
        wake.register(self._wake_reader, select.POLLIN)
        number = 0
        while number not in (_signal.SIGALRM, _signal.SIGTERM, _signal.SIGHUP, _signal.SIGINT):
            left = None if self._due is None else max(0.0, self._due - time.monotonic())
            if wake.poll(None if left is None else left * 1000):
                number = os.read(self._wake_reader, 1)[0]
            elif self._due is not None and time.monotonic() >= self._due:
                number = _signal.SIGALRM
        self._end(number)
        # The main thread writes the output. Exit even if it is stuck in a pipe that nobody reads.
        self._wait_for_writer()

    def _wait_for_writer(self) -> "NoReturn":
        """Wait until another thread has written the output and ended the process, or end it where that is stuck."""
        end = time.monotonic() + LAST_TEXT
        while not self._is_writing and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(LAST_WRITE)
        os._exit(_UNKNOWN)

    def _end(self, number: int) -> None:
        if not self._output_lock.acquire(False):
            return
        try:
            text, code = self._final_output(number)
        except BaseException as error:  # even where the text itself fails there must be a status line
            text, code = f"{self._name.upper()} UNKNOWN: timed out ({type(error).__name__})", _UNKNOWN
        children.kill_all()
        self._exit(text, code)

    def _final_output(self, number: int) -> tuple[str, int]:
        overdue = number == _signal.SIGALRM
        signal = _NAMES.get(number, str(number))
        if self._run is None:
            why = f"timed out after {self._seconds:g} s while loading" if overdue else stopped_by(signal)
            return f"{self._name.upper()} UNKNOWN: {why}", _UNKNOWN
        return self._run.render(self._run.overdue() if overdue else self._run.stopped(stopped_by(signal)))


class Printed:
    """Replacement for sys.stdout while a check runs. It keeps printed text for -vvv, away from the status line."""

    encoding = "utf-8"
    _LIMIT = 65_536

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        if len(self.text) < self._LIMIT:
            self.text += text[: self._LIMIT - len(self.text)]
        return len(text)

    def flush(self) -> None:
        """Do nothing: there is no buffer."""

    def isatty(self) -> bool:
        return False


def stopped_by(signal: str) -> str:
    """Return the message of a run that a signal ended."""
    return f"stopped by {signal} before it had finished"


def _take_stdout() -> int:
    """Return a private copy of stdout for the status line, -1 where stdout is closed.

    Everything else that writes to stdout, child processes too, gets the null device. Closed standard
    descriptors are opened first: otherwise the next opened file would become stdout.
    """
    null = os.open(os.devnull, os.O_RDWR)
    closed = set()
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            closed.add(number)
    for number in closed | {null} & {0, 1, 2}:
        if number != null:
            os.dup2(null, number)
        else:
            os.set_inheritable(null, True)
    # Where stdout was closed, descriptor 1 is the null device now. Writing there would look like success.
    kept = -1 if 1 in closed or null == 1 else os.dup(1)
    if kept >= 0:
        os.dup2(null, 1)
    if null > 2:
        os.close(null)
    return kept


def _write(descriptor: int, data: bytes) -> None:
    if descriptor < 0:
        raise OSError(9, "stdout is closed")
    while data:
        try:
            data = data[os.write(descriptor, data) :]
        except BlockingIOError:
            time.sleep(0.01)


def _report(text: str) -> None:
    try:
        os.write(2, (text + "\n").encode("utf-8", "backslashreplace"))
    except OSError:
        return  # stderr is closed too
