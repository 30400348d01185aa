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
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from subprocess import Popen

#: Seconds kept back from the time limit, so that the sentence from here comes before the general one.
_RESERVE = 0.25
#: Seconds that children of a program may go on writing after the program has ended.
_AFTER_END = 0.2
#: Bytes of stderr that are kept where the output is read line by line.
_MOST_ERRORS = 10_000


class Finished:
    """Result of a program.

    code: its exit code; -N if signal N ended it. output, errors: its stdout and stderr. seconds: its run time.
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
        limit: the most bytes of output. Raises NoProgram if the program is missing, and CannotTell if it cannot be
        started, prints more than `limit` or takes longer than the run has left.
        """
        return run(argv, env=env, limit=limit)

    def lines(self, argv: "Sequence[str]", *, env: "Mapping[str, str] | None" = None, limit: int = 100_000) -> "Lines":
        """Return a program's output line by line, each as soon as it is printed. For output of any length.

            lines = self.command.lines(["journalctl", "--boot", "--output=cat"])
            failures = sum("failed" in line for line in lines)

        Only one line is held at a time, and the deadline bounds them all. The program starts and ends with the loop,
        even if the loop is left early. argv, env: as for `run`. limit: the most bytes of a line. The loop raises
        NoProgram and CannotTell, as `run` does.
        """
        return lines(argv, env=env, limit=limit)


class Lines:
    """Lines of a program's output, without their ends. Each loop over them runs the program.

    code: the exit code, -N when signal N ended it; None until all lines were read. errors: the beginning of stderr.
    """

    __slots__ = ("_read", "code", "errors")

    def __init__(self, read: "Callable[[Lines], Iterator[str]]") -> None:
        """read: run the program, yield its lines, and set `code` and `errors` at the end."""
        self.code: int | None = None
        self.errors = ""
        self._read = read

    def __iter__(self) -> "Iterator[str]":
        return self._read(self)


def run(argv: "Sequence[str]", *, env: "Mapping[str, str] | None" = None, limit: int = 1_000_000) -> Finished:
    """Run a program, see Command.run. For use by other sources."""
    program = _Program(argv, env)
    output, errors = bytearray(), bytearray()
    try:
        for is_error, part in program.parts():
            stream = errors if is_error else output
            stream += part
            if len(stream) > limit:
                raise CannotTell(f"{program.name} printed more than {limit} bytes and was killed")
    finally:
        program.end()
    return Finished(
        program.code,
        output.decode("utf-8", "replace"),
        errors.decode("utf-8", "replace"),
        seconds=time.monotonic() - program.began,
    )


def lines(argv: "Sequence[str]", *, env: "Mapping[str, str] | None" = None, limit: int = 100_000) -> Lines:
    """Return a program's output line by line, see Command.lines. For use by other sources."""
    return Lines(lambda lines: _split(_Program(argv, env), lines, limit))


def _split(program: "_Program", lines: Lines, limit: int) -> "Iterator[str]":
    rest = b""
    errors = bytearray()
    try:
        for is_error, part in program.parts():
            if is_error:
                errors += part[: max(0, _MOST_ERRORS - len(errors))]
                continue
            *whole, rest = (rest + part).split(b"\n")
            if len(rest) > limit or any(len(line) > limit for line in whole):
                raise CannotTell(f"{program.name} printed a line of more than {limit} bytes and was killed")
            for line in whole:
                yield line.decode("utf-8", "replace")
    finally:
        program.end()
    if rest:
        yield rest.decode("utf-8", "replace")
    lines.errors = errors.decode("utf-8", "replace")
    lines.code = program.code


class _Program:
    """One program that runs. began: on the monotonic clock. code: its exit code, once it has ended."""

    def __init__(self, argv: "Sequence[str]", env: "Mapping[str, str] | None") -> None:
        import subprocess

        if isinstance(argv, str) or not argv:
            raise TypeError(f"a command is a list of arguments, the program first, not {argv!r}")
        self.name = clean(" ".join(argv[:2]), 120)
        doing(self.name)
        self._seconds = max(0.01, remaining() - _RESERVE)
        self.began = time.monotonic()
        try:
            self._process = subprocess.Popen(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=None if env is None else {**os.environ, **env},
                start_new_session=True,
            )
        except OSError as error:
            raise _not_started(argv[0], self.name, error) from None
        except ValueError as error:  # a NUL in an argument
            raise CannotTell(f"cannot run {self.name}: {error}") from None
        children.register(self._process.pid)

    @property
    def code(self) -> int:
        return self._process.returncode

    def parts(self) -> "Iterator[tuple[bool, bytes]]":
        """Return what the program writes until it has ended, each with True for stderr.

        Raises CannotTell if it takes too long.
        """
        return _printed(self._process, self.name, self.began + self._seconds, self._seconds)

    def end(self) -> None:
        """Kill the program, if it still runs, and everything that it has started."""
        _end(self._process)
        children.unregister(self._process.pid)


def _not_started(program: str, name: str, error: OSError) -> CannotTell:
    """Return the reason, where the system's own message would blame a folder on PATH or the script."""
    from shutil import which

    found = which(program)
    if found is None and (isinstance(error, FileNotFoundError) or "/" not in program):
        return NoProgram(f"cannot run {name}: there is no program {program} here")
    if isinstance(error, FileNotFoundError):
        return CannotTell(f"cannot run {name}: the interpreter in the first line of {found} is missing")
    return CannotTell(f"cannot run {name}: {error.strerror}")


def _printed(process: "Popen[bytes]", name: str, end: float, seconds: float) -> "Iterator[tuple[bool, bytes]]":
    """Yield everything that the program writes until it has ended. Raises CannotTell."""
    import select

    assert process.stdout is not None and process.stderr is not None  # noqa: S101 - both are pipes
    errors = process.stderr.fileno()
    streams = {process.stdout.fileno(), errors}
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
            if part:
                yield number == errors, part
            else:
                poll.unregister(number)
                streams.discard(number)


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
