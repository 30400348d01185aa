"""Options of `checkwright-worker` and `checkctl worker`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

from checkwright.worker.gearman.gearman_options import GearmanOptions, add_gearman_options
from checkwright.worker.memory_limit import RUN_MEMORY
from checkwright.worker.option_parser import OptionParser, run_memory, whole_number
from checkwright.worker.status_socket import DEFAULT

PROGRAM = "checkwright-worker"
_DESCRIPTION = """\
Run checks for Nagios in warm processes instead of starting a process for each.

Registers with Nagios 4 for the program check next to this one and its links
check_NAME (--socket), takes jobs from the queues of mod_gearman (--gearman), or
both. On SIGTERM it finishes its jobs, then exits. Nagios then starts the
programs itself again; gearmand hands its jobs to other workers."""


@dataclass(frozen=True, kw_only=True)
class WorkerOptions:
    """Parsed options. The status socket is None if the default applies."""

    socket: str | None = None
    commands: Sequence[str] = ()
    thread_workers: int | None = None
    run_memory: int = RUN_MEMORY
    gearman: GearmanOptions = field(default_factory=GearmanOptions)
    status_socket: str | None = None
    status: bool = False
    as_json: bool = False
    systemd_unit: bool = False
    user: str = ""

    def words(self) -> list[str]:
        """Return the command line of a worker with these options, for a unit: full paths, the program first."""
        words = _program()
        words += ["--socket", os.path.abspath(self.socket)] if self.socket else []
        words += [word for one in self.commands for word in ("--command", one)]
        words += ["--thread-workers", str(self.thread_workers)] if self.thread_workers else []
        words += ["--run-memory", str(self.run_memory)] if self.run_memory != RUN_MEMORY else []
        words += ["--status-socket", os.path.abspath(self.status_socket)] if self.status_socket else []
        return words + self.gearman.words()


def parser(program: str = PROGRAM) -> OptionParser:
    """Return the parser of the worker's options. program: its name in messages, as the user typed it."""
    made = OptionParser(program, _DESCRIPTION)
    add = made.add_argument
    add("--socket", metavar="PATH", help="Nagios's query socket: query_socket= in nagios.cfg.")
    add(
        "--command",
        dest="commands",
        action="append",
        default=[],
        metavar="PATH",
        help="An additional program to run for Nagios; may be repeated.",
    )
    add(
        "--thread-workers",
        type=whole_number(1, 64),
        metavar="N",
        help="Processes that run checks in threads; by default one per processor, at most 4.",
    )
    add(
        "--run-memory",
        type=run_memory,
        default=RUN_MEMORY,
        metavar="SIZE",
        help="Memory limit of a run in a process of its own, such as a plugin; default 1G.",
    )
    add_gearman_options(made)
    add(
        "--status-socket",
        metavar="PATH",
        help=f"Socket that serves its status; default {DEFAULT} if its folder exists.",
    )
    add("--status", action="store_true", help="Print the status of a running worker and exit.")
    add("--json", dest="as_json", action="store_true", help="With --status: print JSON.")
    add("--systemd-unit", action="store_true", help="Print a systemd unit for this command line and exit.")
    add(
        "--user",
        default="",
        metavar="NAME",
        help="With --systemd-unit: the account; default nagios, or naemon if --socket is Naemon's.",
    )
    return made


def parse(words: Sequence[str], program: str = PROGRAM) -> WorkerOptions:
    """Parse the words after the program's name. Raises OptionError."""
    found = vars(parser(program).options(words))
    gearman = GearmanOptions(**{name: found.pop(name) for name in GearmanOptions.__dataclass_fields__})
    return WorkerOptions(gearman=gearman, **found)


def _program() -> list[str]:
    """Return the words that start the worker: its own program where it is installed next to this one."""
    this = os.path.abspath(sys.argv[0])
    own = os.path.join(os.path.dirname(this), PROGRAM)
    return [own] if os.access(own, os.X_OK) else [this, "worker"]
