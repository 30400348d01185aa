"""The process around one run: one status line, exit 0 to 3, gone in time. Whatever happens.

Two ways end a run that is overdue, because each has a gap. The signal handler
runs in the main thread between byte codes, also inside a regular expression that
runs away, but not while a system call such as a resolver's does not return. The
watcher thread sleeps until the deadline, or until a signal fills its pipe
(set_wakeup_fd), so it runs while the main thread waits, but not while that one
holds the interpreter. It has a clock of its own: a thread that a dead filesystem
holds takes no signal. Whoever comes first takes the lock, speaks and ends the
process. What not even SIGKILL ends is left to a child by its source.
"""

import os
import select
import sys
import time

from checkwright.core import children

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

#: Seconds after the deadline, so that a source's own timeout, which knows more, speaks first.
GRACE = 0.3
#: Seconds that a write to stdout may block before the process leaves without it.
LAST_WORD = 0.4
_UNKNOWN = 3
_NAMES = {int(_signal.SIGTERM): "SIGTERM", int(_signal.SIGHUP): "SIGHUP", int(_signal.SIGINT): "SIGINT"}


class Guard:
    """Takes over stdout, signals and the clock. Made once, first thing in a process."""

    def __init__(self, name: str, seconds: float) -> None:
        self._name = name
        self._run: Run | None = None
        self._seconds = seconds
        self._speaking = _thread.allocate_lock()
        self._main_speaks = False
        self._stdout = _take_stdout()
        self.printed = Printed()
        sys.stdout = self.printed
        self._bell, self._ring = os.pipe()
        os.set_blocking(self._ring, False)
        _signal.set_wakeup_fd(self._ring, warn_on_full_buffer=False)
        self._before = {
            number: _signal.signal(number, self._on_signal)
            for number in (_signal.SIGALRM, _signal.SIGTERM, _signal.SIGHUP, _signal.SIGINT)
        }
        self._due: float | None = time.monotonic() + seconds + GRACE
        _signal.setitimer(_signal.ITIMER_REAL, seconds + GRACE)
        try:
            _thread.start_new_thread(self._watch, ())
        except RuntimeError:  # this user may start no more processes: the signal handler is left
            self._due = None

    def watch(self, run: "Run") -> None:
        """From now on this is the run to speak for, with its own deadline."""
        self._run = run
        self._name = run.name
        self._seconds = run.said.seconds
        self._due = run.current.end + GRACE
        _signal.setitimer(_signal.ITIMER_REAL, max(0.001, self._due - time.monotonic()))
        os.write(self._ring, b"\0")  # the watcher sleeps until the former deadline

    def step_aside(self) -> None:
        """Give back stdout, signals and the clock: what follows is not a check's run but a command of its own."""
        _signal.setitimer(_signal.ITIMER_REAL, 0)
        _signal.set_wakeup_fd(-1)
        self._due = None
        os.write(self._ring, b"\0")
        for number, handler in self._before.items():
            _signal.signal(number, handler)
        sys.stdout = sys.__stdout__
        if self._stdout >= 0:
            os.dup2(self._stdout, 1)

    def speak(self, text: str, code: int) -> "NoReturn":
        """Write the output and end the process. The first caller wins; a second one waits to be ended."""
        self._main_speaks = True
        self._speaking.acquire()
        self._leave(text, code)

    def _leave(self, text: str, code: int) -> "NoReturn":
        try:
            _write(self._stdout, (text + "\n").encode("utf-8", "backslashreplace"))
        except OSError as error:
            code = _UNKNOWN
            _complain(f"{self._name}: cannot write the result: {error.strerror}")
        os._exit(code)

    def _on_signal(self, number: int, _frame: "FrameType | None") -> None:
        if self._main_speaks:
            return
        self._main_speaks = True
        self._end(number)
        # The watcher was first. To go back to what this thread was doing could keep the interpreter from it for
        # good: a regular expression lets go of it only here. So wait to be ended.
        time.sleep(LAST_WORD)
        os._exit(_UNKNOWN)

    def _watch(self) -> None:
        bell = select.poll()
        bell.register(self._bell, select.POLLIN)
        number = 0
        while number not in (_signal.SIGALRM, _signal.SIGTERM, _signal.SIGHUP, _signal.SIGINT):
            left = None if self._due is None else max(0.0, self._due - time.monotonic())
            if bell.poll(None if left is None else left * 1000):
                number = os.read(self._bell, 1)[0]
            elif self._due is not None and time.monotonic() >= self._due:
                number = _signal.SIGALRM
        self._end(number)
        # Somebody else speaks. If that one is stuck in a pipe that nobody reads, leave all the same.
        time.sleep(LAST_WORD)
        os._exit(_UNKNOWN)

    def _end(self, number: int) -> None:
        if not self._speaking.acquire(False):
            return
        try:
            text, code = self._last_words(number)
        except BaseException as error:  # what it would say is broken itself; the line must come
            text, code = f"{self._name.upper()} UNKNOWN: timed out ({type(error).__name__})", _UNKNOWN
        children.kill_all()
        self._leave(text, code)

    def _last_words(self, number: int) -> tuple[str, int]:
        from checkwright.core.outcome import Line, Outcome

        overdue = number == _signal.SIGALRM
        by = _NAMES.get(number, str(number))
        if self._run is None:
            why = f"timed out after {self._seconds:g} s while loading" if overdue else stopped(by)
            outcome = Outcome(self._name, (Line("UNKNOWN", why),))
            return outcome.text(), outcome.exit_code
        return self._run.told(self._run.overdue() if overdue else self._run.stopped(stopped(by)))


class Printed:
    """Takes the place of sys.stdout while a check runs: what it prints is kept for -vvv, not for the status line."""

    encoding = "utf-8"
    _LIMIT = 65_536

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        if len(self.text) < self._LIMIT:
            self.text += text
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def isatty(self) -> bool:
        return False


def stopped(by: str) -> str:
    """What a run says that something outside has ended."""
    return f"stopped by {by} before it had finished"


def _take_stdout() -> int:
    """Keep stdout for the one line, and give everything else that writes there (children too) the null device.

    A closed descriptor is filled first: else the next file that is opened would become our stdout.
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
    # A null device that took the place of a closed stdout is not the reader's: writing there would look like success.
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


def _complain(text: str) -> None:
    try:
        os.write(2, (text + "\n").encode("utf-8", "backslashreplace"))
    except OSError:
        return  # nobody is left to tell
