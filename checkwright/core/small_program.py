"""Frame of a small program that daemons start: its parser, and one line for each way that it fails."""

import sys

from checkwright.core.errors import BadUsage
from checkwright.core.text import clean
from checkwright.core.umask import make_usable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Callable, Sequence
    from typing import NoReturn

_USAGE, _INTERRUPTED, _INTERNAL = 2, 130, 70


def program_parser(program: str, description: str) -> "ArgumentParser":
    """Return a parser with --version that raises BadUsage, and takes no shortened options."""
    from argparse import ArgumentParser
    from importlib.metadata import version

    class Parser(ArgumentParser):
        def error(self, message: str) -> "NoReturn":
            raise BadUsage(f"{message[0].upper()}{message[1:].rstrip('.')}. See --help.")

    made = Parser(prog=program, description=description, allow_abbrev=False)
    made.add_argument("--version", action="version", version=f"{program} (checkwright {version('checkwright')})")
    return made


def run_program(program: str, run: "Callable[[Sequence[str]], int]") -> "NoReturn":
    """Run a program with the words of the command line, and exit with its status.

    Nobody reads a traceback of a program that a daemon starts, so a defect is one line too.
    """
    make_usable()
    try:
        status = run(sys.argv[1:])
    except BadUsage as error:
        status = complain(program, str(error), _USAGE)
    except KeyboardInterrupt:
        status = complain(program, "stopped", _INTERRUPTED)
    except Exception as error:
        status = complain(program, f"internal error, {type(error).__name__}: {clean(error, 300)}", _INTERNAL)
    sys.exit(status)


def complain(program: str, text: str, status: int) -> int:
    """Print one line to standard error, and return the status."""
    print(f"{program}: {clean(text, 500)}", file=sys.stderr)
    return status
