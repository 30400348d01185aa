"""Program `checkwright-worker`, also reached as `checkctl worker`: runs checks for Nagios in warm processes."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from checkwright.core.errors import CannotDo
from checkwright.worker import status_socket
from checkwright.worker.daemon_program import end
from checkwright.worker.frontend import Frontend
from checkwright.worker.master import MasterSettings
from checkwright.worker.nagios_frontend import NagiosFrontend
from checkwright.worker.own_programs import find_check, objection, programs_to_register
from checkwright.worker.worker_log import Log
from checkwright.worker.worker_options import PROGRAM, WorkerOptions, parse
from checkwright.worker.worker_service import RESTART, WorkerService
from checkwright.worker.worker_status import read_status, status_lines
from nagios_cfg.engines import engine_of_path
from nagios_cfg.worker_unit import unit


def main() -> NoReturn:
    """Run the console script `checkwright-worker`."""
    end(PROGRAM, run)


def run(words: Sequence[str], program: str = PROGRAM) -> int:
    """Run the worker until it is stopped. Returns the exit code; raises BadUsage, CannotDo.

    words: the options. program: name of the program in messages, `checkwright-worker` or `checkctl worker`.
    """
    options = parse(words, program)
    if options.status:
        return _show_status(options.status_socket or status_socket.DEFAULT, options.as_json)
    own = find_check(sys.argv[0])
    if not own:
        raise CannotDo(f"There is no program check next to {sys.argv[0]}: install checkwright whole.")
    log = Log(program=program)
    frontends = _frontends(options, own, log)
    if options.systemd_unit:
        user = options.user or engine_of_path(options.socket or "").account
        print(unit(options.words(), user), end="")
        return 0
    if os.geteuid() == 0:
        raise CannotDo("Run the worker as the account of Nagios, nagios: as root it would run every check as root.")
    settings = MasterSettings(
        own, thread_workers=options.thread_workers or min(4, os.cpu_count() or 1), run_memory=options.run_memory
    )
    ended = asyncio.run(_serve(settings, frontends, log, _status_path(options)))
    if ended == RESTART:
        with suppress(OSError):
            os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - this very program, no shell
        raise CannotDo("The worker's code has changed, but the worker cannot restart itself: start it.")
    return ended


async def _serve(settings: MasterSettings, frontends: Sequence[Frontend], log: Log, path: str) -> int:
    return await WorkerService(settings, frontends, log, path).run()


def _frontends(options: WorkerOptions, own: Sequence[str], log: Log) -> list[Frontend]:
    """Return the frontends that the options describe, not opened yet. Raises CannotDo."""
    gearman = options.gearman.frontend(log)
    if not options.socket and gearman is None:
        raise CannotDo(
            "Say where jobs come from: --socket PATH (query_socket= in nagios.cfg), or --gearman HOST[:PORT]."
        )
    for path in (*own, *options.commands):
        if why := objection(path):
            raise CannotDo(f"{why}.")
    frontends: list[Frontend] = [] if gearman is None else [gearman]
    if options.socket:
        programs = programs_to_register(own, options.commands)
        frontends.append(NagiosFrontend(os.path.abspath(options.socket), programs, log))
    return frontends


def _status_path(options: WorkerOptions) -> str:
    """Return the path of the status socket, "" for none."""
    if options.status_socket is not None:
        return options.status_socket
    default = status_socket.DEFAULT
    return default if os.access(os.path.dirname(default), os.W_OK) else ""


def _show_status(path: str, as_json: bool) -> int:
    found = read_status(path)
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        for line in status_lines(found):
            print(line)
    return 0
