"""Other programs: run with a list of words, never by a shell."""

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

#: Seconds kept back from the time limit, so that what is said here comes before the general word.
_RESERVE = 0.25
#: Seconds that what a program left behind may still write once the program itself has ended.
_AFTER_END = 0.2


class Finished:
    """A program that has ended.

    code: its exit code, -N when signal N ended it. output, errors: what it printed. seconds: how long it took.
    """

    __slots__ = ("code", "errors", "output", "seconds")

    def __init__(self, code: int, output: str = "", errors: str = "", *, seconds: float = 0) -> None:
        self.code = code
        self.output = output
        self.errors = errors
        self.seconds = seconds


class NoProgram(CannotTell):
    """There is no such program on this machine."""


class Command(Source):
    """Runs programs of this machine. stdin is empty; whatever a program starts is ended with it."""

    def run(
        self, words: "Sequence[str]", *, env: "Mapping[str, str] | None" = None, limit: int = 1_000_000
    ) -> Finished:
        """Run a program to its end: its name or path, then its arguments, each a word of its own.

        env: variables to add (the place for a secret, never an argument). limit: most bytes of output that are taken.
        Raises NoProgram where there is none, and CannotTell when it cannot be started, prints more than `limit` or
        takes longer than the run has left.
        """
        return run(words, env=env, limit=limit)


def run(words: "Sequence[str]", *, env: "Mapping[str, str] | None" = None, limit: int = 1_000_000) -> Finished:
    """What Command.run does, for other sources."""
    import subprocess

    if isinstance(words, str) or not words:
        raise TypeError(f"a command is a list of words, the program first, not {words!r}")
    name = clean(" ".join(words[:2]), 120)
    doing(name)
    seconds = max(0.01, remaining() - _RESERVE)
    began = time.monotonic()
    try:
        process = subprocess.Popen(
            list(words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=None if env is None else {**os.environ, **env},
            start_new_session=True,
        )
    except OSError as error:
        raise _not_started(words[0], name, error) from None
    except ValueError as error:  # a NUL in a word
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
    """Why: the system's own word blames a folder of the PATH that may not be read, or the file for its first line."""
    from shutil import which

    found = which(program)
    if found is None and (isinstance(error, FileNotFoundError) or "/" not in program):
        return NoProgram(f"cannot run {name}: there is no program {program} here")
    if isinstance(error, FileNotFoundError):
        return CannotTell(f"cannot run {name}: the interpreter that the first line of {found} names is not here")
    return CannotTell(f"cannot run {name}: {error.strerror}")


def _printed(process: "Popen[bytes]", name: str, end: float, seconds: float, limit: int) -> tuple[bytes, bytes]:
    """All that the program writes until it has ended. Raises CannotTell."""
    import select

    assert process.stdout is not None and process.stderr is not None  # noqa: S101 - both were asked for as pipes
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
    """Kill the program and all of its process group; one that is stuck in the kernel is left behind."""
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
