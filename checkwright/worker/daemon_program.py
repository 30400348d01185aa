"""Frame of the programs `checkwright-worker` and `checkwright-batch`: one sentence and an exit code for every end.

0 done, 2 wrong usage or something that cannot be done, 70 a defect in checkwright, 130 stopped by Ctrl-C.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from typing import NoReturn

from checkwright.core.errors import BadUsage, CannotDo
from checkwright.core.umask import make_usable
from checkwright.worker.option_parser import OptionError

_CANNOT = 2
_DEFECT = 70
_INTERRUPTED = 130


def end(program: str, run: Callable[[Sequence[str], str], int]) -> NoReturn:
    """Run a daemon with the words of the command line, and end the process with its exit code."""
    make_usable()
    _open_closed_files()
    signal.signal(signal.SIGTERM, _stop)  # until the daemon has its own handlers
    try:
        status = run(sys.argv[1:], program)
        sys.stdout.flush()
    except OptionError as error:
        status = _failed(program, f"{error} See --help.")
    except (BadUsage, CannotDo) as error:
        status = _failed(program, str(error))
    except BrokenPipeError:  # the reader has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        status = 1
    except OSError as error:
        place = f": {error.filename}" if error.filename else ""
        status = _failed(program, f"{error.strerror or error}{place}")
    except KeyboardInterrupt:
        status = _failed(program, "stopped", _INTERRUPTED)
    except Exception as error:
        what = f"internal error, {type(error).__name__}: {error}; {_kept(traceback.format_exc())}"
        status = _failed(program, what, _DEFECT)
    sys.exit(status)


def _open_closed_files() -> None:
    """Give closed standard files the null device, so that no file opened later takes their numbers."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: SIM115 - for the whole run


def _stop(number: int, _frame: object) -> NoReturn:
    sys.exit(128 + number)


def _failed(program: str, text: str, status: int = _CANNOT) -> int:
    print(f"{program}: {' '.join(text.split())}", file=sys.stderr)
    return status


def _kept(details: str) -> str:
    """Write the traceback to a file and return where it is."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="checkwright-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(details)
    except OSError:
        return "the details could not be written to a file"
    return f"the details are in {file.name}, please report them"
