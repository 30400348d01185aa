"""The program checkctl: runs a command and turns every failure into one sentence and an exit code.

Exit codes: 0 done, 1 findings, 2 wrong usage or a failure, 3 a guard refused and nothing was
written, 70 a defect in checkctl. `try` and `run` end with a state.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import tempfile
import traceback
from typing import TYPE_CHECKING, NoReturn

from checkwright.core.umask import make_usable

if TYPE_CHECKING:
    import click

_FAILED = 2
_DEFECT = 70
_INTERRUPTED = 130
#: Errors of standard output, if they name no file: every other write names its file.
_OUTPUT_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF)


def main() -> NoReturn:
    """Run the command that the command line names, and end the process."""
    make_usable()
    for name in ("stdin", "stdout", "stderr"):
        # A closed stream is replaced, or the next file that is opened would take its number and receive the output.
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: SIM115 - for the whole run
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        import click  # noqa: F401 - imported here, so that a missing package is one sentence
        import rich  # noqa: F401

        status = run(sys.argv[1:])
    except ModuleNotFoundError as error:
        _print_error(f"checkctl needs the package {error.name}: install it with pip install 'checkwright[tools]'")
        status = _FAILED
    except KeyboardInterrupt:
        _print_error("checkctl: stopped")
        status = _INTERRUPTED
    sys.exit(status)


def run(args: list[str]) -> int:
    """Run checkctl with these arguments and return its exit code."""
    import click

    from checkwright.cli import console
    from checkwright.cli.atomic_write import WriteError
    from checkwright.cli.root_command import checkctl
    from checkwright.core.errors import BadUsage, CannotDo
    from checkwright.registry.findings import FindingsError
    from checkwright.registry.model.base import RegistryError

    try:
        status = checkctl.main(args, prog_name="checkctl", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        return _FAILED
    except click.UsageError as error:
        command = f" {error.ctx.command_path.partition(' ')[2]}" if error.ctx else ""
        _print_error(f"checkctl{command.rstrip()}: {_usage_message(error)}. See --help.")
        return _FAILED
    except click.ClickException as error:
        _print_error(f"checkctl: {error.format_message()}")
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _print_error("checkctl: stopped")
        return _INTERRUPTED
    except FindingsError as refused:
        console.print_findings(refused.findings, err=True)
        return 1
    except (RegistryError, BadUsage, CannotDo, WriteError) as error:
        _print_error(f"checkctl: {error}")
        return _FAILED
    except BrokenPipeError:  # the reader has closed the pipe, as head does
        _drop_output()
        return 1
    except OSError as error:
        message = error.strerror or str(error)
        if error.filename:
            message = f"{message}: {error.filename}"
        elif error.errno in _OUTPUT_ERRORS:
            message = f"cannot write to standard output: {message}"
            _drop_output()
        _print_error(f"checkctl: {message}")
        return _FAILED
    except Exception as error:
        place = _place(error)
        _print_error(f"checkctl: internal error at {place}, {type(error).__name__}: {error}; {_saved_traceback()}")
        return _DEFECT


def _drop_output() -> None:
    """Discard buffered output, which would fail once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _stop(number: int, _frame: object) -> NoReturn:
    """End with the clean-up of half-written files, Nagios's test folder and child processes."""
    sys.exit(128 + number)


def _place(error: Exception) -> str:
    """Return file and line of the last frame that led to an error."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename}:{frame.lineno}"


def _saved_traceback() -> str:
    """Write the traceback to a file and return a clause that names it."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="checkctl-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(traceback.format_exc())
    except OSError:
        return "the traceback could not be saved"
    return f"the traceback is in {file.name}, please report it"


def _usage_message(error: click.UsageError) -> str:
    """Return the message of a wrong command line, without its full stop."""
    import difflib

    import click

    if not isinstance(error, click.NoSuchOption):
        return error.format_message().rstrip(".")
    near = difflib.get_close_matches(error.option_name, error.possibilities or (), n=1)
    return f"There is no option {error.option_name}{f', did you mean {near[0]}' if near else ''}"


def _print_error(text: str) -> None:
    print(" ".join(text.split()), file=sys.stderr)
