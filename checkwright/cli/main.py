"""The command `checkctl`: starts, and turns whatever happens into one sentence and an exit code.

0 done, 1 findings, 2 wrong usage or something that cannot be done, 70 a defect of ours. `try` ends with a state.
"""

from __future__ import annotations

import errno
import os
import signal
import sys
import tempfile
import traceback
from typing import NoReturn

_CANNOT = 2
_DEFECT = 70
_INTERRUPTED = 130
#: Without the name of a file, it was standard output that failed: all other writing names its file.
_CANNOT_BE_WRITTEN = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EBADF)


def main() -> NoReturn:
    """Run the verb that the command line names, and end the process."""
    for name in ("stdin", "stdout", "stderr"):
        # Whoever closed one wants nothing of it. Open again, no file that we write can take its place.
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "r" if name == "stdin" else "w"))  # noqa: SIM115 - for the whole run
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    try:
        import click  # noqa: F401 - asked for here, so that a missing one is one sentence
        import rich  # noqa: F401

        status = run(sys.argv[1:])
    except ModuleNotFoundError as error:
        _say(f"checkctl needs the package {error.name}: install it with pip install 'checkwright[tools]'")
        status = _CANNOT
    except KeyboardInterrupt:
        _say("checkctl: stopped")
        status = _INTERRUPTED
    sys.exit(status)


def run(words: list[str]) -> int:
    """Run checkctl with these words and return its exit code."""
    import click

    from checkwright.cli import console
    from checkwright.cli.group import checkctl
    from checkwright.cli.write import CannotWrite
    from checkwright.core.errors import BadUsage, CannotDo
    from checkwright.registry.findings import Refused
    from checkwright.registry.model.base import RegistryError

    try:
        status = checkctl.main(words, prog_name="checkctl", standalone_mode=False)
        sys.stdout.flush()
        return status if isinstance(status, int) else 0
    except click.exceptions.NoArgsIsHelpError as error:
        print(error.format_message(), file=sys.stderr)
        return _CANNOT
    except click.UsageError as error:
        verb = f" {error.ctx.command_path.partition(' ')[2]}" if error.ctx else ""
        _say(f"checkctl{verb.rstrip()}: {error.format_message()} See --help.")
        return _CANNOT
    except click.ClickException as error:
        _say(f"checkctl: {error.format_message()}")
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        _say("checkctl: stopped")
        return _INTERRUPTED
    except Refused as refused:
        console.findings(refused.findings)
        return 1
    except (RegistryError, BadUsage, CannotDo, CannotWrite) as error:
        _say(f"checkctl: {error}")
        return _CANNOT
    except BrokenPipeError:  # whoever read has seen enough
        _drop_output()
        return 1
    except OSError as error:
        said = error.strerror or str(error)
        if error.filename:
            said = f"{said}: {error.filename}"
        elif error.errno in _CANNOT_BE_WRITTEN:
            said = f"cannot write to standard output: {said}"
            _drop_output()
        _say(f"checkctl: {said}")
        return _CANNOT
    except Exception as error:
        _say(f"checkctl: internal error, {type(error).__name__}: {error}; {_kept(traceback.format_exc())}")
        return _DEFECT


def _drop_output() -> None:
    """Send what is still buffered nowhere, or it would fail once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _stop(number: int, _frame: object) -> NoReturn:
    """End by way of all that is to be cleaned up: half-written files, Nagios' test folder, programs that we run."""
    sys.exit(128 + number)


def _kept(details: str) -> str:
    """Write the traceback where the user can find it, and say where."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="checkctl-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(details)
    except OSError:
        return "the details could not be written down"
    return f"the details are in {file.name}, please report them"


def _say(text: str) -> None:
    print(" ".join(text.split()), file=sys.stderr)
