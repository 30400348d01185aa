"""Options of `checkwright-downtime`."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from dataclasses import dataclass

from checkwright.core.small_program import program_parser
from checkwright.downtime import last_run

PROGRAM = "checkwright-downtime"
_LONGEST_WAIT = 600
_DESCRIPTION = """\
Schedule the registry's recurring downtimes, and remove expired acknowledgements,
in the Nagios on this machine. A systemd timer runs it every minute; it is safe
to run again."""


@dataclass(frozen=True, kw_only=True)
class DowntimeOptions:
    """Parsed options."""

    main: str
    state: str
    wait: float
    systemd_unit: str


def parser() -> ArgumentParser:
    """Return the parser of the program's options."""
    made = program_parser(PROGRAM, _DESCRIPTION)
    add = made.add_argument
    add("--main", default="", metavar="FILE", help="Main configuration; by default the installed engine's.")
    add("--state", default=last_run.FOLDER, metavar="DIR", help=f"Folder for its notes; default {last_run.FOLDER}.")
    add(
        "--wait",
        type=_seconds,
        default=30.0,
        metavar="SECONDS",
        help="Seconds until Nagios must have accepted it; default 30.",
    )
    add("--systemd-unit", default="", choices=("service", "timer"), help="Print one of the two units.")
    return made


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1
    if not 0 <= value <= _LONGEST_WAIT:
        raise ArgumentTypeError(f"{text!r} is not between 0 and {_LONGEST_WAIT} seconds")
    return value


def parse(words: Sequence[str]) -> DowntimeOptions:
    """Parse the words after the program's name. Raises BadUsage."""
    return DowntimeOptions(**vars(parser().parse_args(list(words))))
