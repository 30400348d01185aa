"""Other programs, run from a list of arguments and never through a shell."""

import os
import time

from checkwright.core import children
from checkwright.core.current import doing, remaining
from checkwright.core.errors import CannotTell
from checkwright.core.source import Source
from checkwright.core.text import clean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from subprocess import Popen

#: Seconds kept back from the time limit, so that the sentence from here comes before the general one.
_RESERVE = 0.25
#: Seconds that children of a program may go on writing after the program has ended.
_AFTER_END = 0.2


class Finished:
    """Result of a program.

    code: its exit code, -N when signal N ended it. output, errors: its stdout and stderr. seconds: its run time.
    """

    __slots__ = ("code", "errors", "output", "seconds")

    def __init__(self, code: int, output: str = "", errors: str = "", *, seconds: float = 0) -> None:
        self.code = code
        self.output = output
        self.errors = errors
        self.seconds = seconds


class NoProgram(CannotTell):
    """Program that is not on this machine."""


class Command(Source):
    """Programs of this machine. Their stdin is empty, and the processes that they start end with them."""

    def run(self, argv: "Sequence[str]", *, env: "Mapping[str, str] | None" = None, limit: int = 1_000_000) -> Finished:
        """Run a program to its end.

        argv: its name or path, then its arguments. env: variables to add; a secret goes here and never into argv.
        limit: the most bytes of output. Raises NoProgram where the program is missing, CannotTell when it cannot be
        started, prints more than `limit` or takes longer than the run has left.
        """
        return run(argv, env=env, limit=limit)


def run(argv: "Sequence[str]", *, env: "Mapping[str, str] | None" = None, limit: int = 1_000_000) -> Finished:
    """Run a program, see Command.run. For use by other sources."""
    import subprocess

    if isinstance(argv, str) or not argv:
        raise TypeError(f"a command is a list of arguments, the program first, not {argv!r}")
    name = clean(" ".join(argv[:2]), 120)
    doing(name)
    seconds = max(0.01, remaining() - _RESERVE)
    began = time.monotonic()
    try:
        process = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=None if env is None else {**os.environ, **env},
            start_new_session=True,
        )
    except OSError as error:
        raise _not_started(argv[0], name, error) from None
    except ValueError as error:  # a NUL in an argument
        raise CannotTell(f"cannot run {name}: {error}") from None
    children.register(process.pid)
    try:
        output, errors = _printed(process, name, began + seconds, seconds, limit)
    finally:
        _end(process)
        children.unregister(process.pid)
    return Finished(
        process.returncode,
        output.decode("utf-8", "replace"),
        errors.decode("utf-8", "replace"),
        seconds=time.monotonic() - began,
    )


def _not_started(program: str, name: str, error: OSError) -> CannotTell:
    """Return the reason, where the system's own message would blame a folder on PATH or the script."""
    from shutil import which

    found = which(program)
    if found is None and (isinstance(error, FileNotFoundError) or "/" not in program):
        return NoProgram(f"cannot run {name}: there is no program {program} here")
    if isinstance(error, FileNotFoundError):
        return CannotTell(f"cannot run {name}: the interpreter in the first line of {found} is missing")
    return CannotTell(f"cannot run {name}: {error.strerror}")


def _printed(process: "Popen[bytes]", name: str, end: float, seconds: float, limit: int) -> tuple[bytes, bytes]:
    """Return everything that the program writes until it has ended. Raises CannotTell."""
    import select

    assert process.stdout is not None and process.stderr is not None  # noqa: S101 - both are pipes
    streams = {process.stdout.fileno(): bytearray(), process.stderr.fileno(): bytearray()}
    output, errors = streams.values()
    poll = select.poll()
    for number in streams:
        poll.register(number, select.POLLIN | select.POLLHUP)
    while streams or process.poll() is None:
        now = time.monotonic()
        if now >= end:
            if process.poll() is not None:
                break
            raise CannotTell(f"{name} did not end within {seconds:.1f} s and was killed")
        if process.poll() is not None:
            end = min(end, now + _AFTER_END)
        if not streams:
            time.sleep(0.005)
            continue
        for number, _ in poll.poll(min(20.0, (end - now) * 1000)):
            part = os.read(number, 65_536)
            if not part:
                poll.unregister(number)
                del streams[number]
                continue
            streams[number] += part
            if len(streams[number]) > limit:
                raise CannotTell(f"{name} printed more than {limit} bytes and was killed")
    return bytes(output), bytes(errors)


def _end(process: "Popen[bytes]") -> None:
    """Kill the program and its process group. A process that is stuck in the kernel is abandoned."""
    import signal

    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.poll()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
    end = time.monotonic() + _AFTER_END
    while process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)
