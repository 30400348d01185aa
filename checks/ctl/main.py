"""The command `checkctl`: starts, and turns whatever happens into one sentence and an exit code.

0 done, 1 findings, 2 wrong usage or something that cannot be done, 70 a defect of ours. `try` ends with a state.
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from typing import NoReturn

_CANNOT = 2
_DEFECT = 70
_INTERRUPTED = 130


def main() -> NoReturn:
    """Run the verb that the command line names, and end the process."""
    try:
        import click  # noqa: F401 - asked for here, so that a missing one is one sentence
        import rich  # noqa: F401
    except ModuleNotFoundError as error:
        _say(f"checkctl needs the package {error.name}: install it with pip install 'checkwright[tools]'")
        sys.exit(_CANNOT)
    sys.exit(run(sys.argv[1:]))


def run(words: list[str]) -> int:
    """Run checkctl with these words and return its exit code."""
    import click

    from checks.core.errors import BadUsage
    from checks.ctl import console
    from checks.ctl.group import checkctl
    from checks.ctl.write import CannotWrite
    from checks.registry.declared import RegistryError
    from checks.registry.findings import Refused

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
    except (RegistryError, BadUsage, CannotWrite) as error:
        _say(f"checkctl: {error}")
        return _CANNOT
    except BrokenPipeError:
        # Whoever read has seen enough. What is still buffered must not fail again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        where = f" {error.filename}" if error.filename else ""
        _say(f"checkctl: {error.strerror or error}{where}")
        return _CANNOT
    except Exception as error:
        _say(f"checkctl: internal error, {type(error).__name__}: {error}; {_kept(traceback.format_exc())}")
        return _DEFECT


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
