"""`checkctl worker`: run checks for Nagios in warm processes."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import click

from checkwright.cli import console
from checkwright.cli.gearman_options import GearmanOptions, gearman_options
from checkwright.cli.worker_status import asked, shown
from checkwright.core.errors import CannotDo
from checkwright.worker import status_socket as report
from checkwright.worker.frontend import Door
from checkwright.worker.master import Settings
from checkwright.worker.nagios_frontend import NagiosDoor
from checkwright.worker.own_programs import beside, objection, registered
from checkwright.worker.worker_log import Log
from checkwright.worker.worker_service import AGAIN, Service
from nagios_cfg.worker_unit import unit


@click.command("worker")
@click.option("--socket", "socket_path", metavar="PATH", help="Nagios's query socket: query_socket= in nagios.cfg.")
@click.option("--command", "commands", multiple=True, metavar="PATH", help="One more program to take from Nagios.")
@click.option("--runners", type=click.IntRange(1, 64), help="Processes for checks that run in threads; else the CPUs.")
@gearman_options
@click.option(
    "--status-socket",
    metavar="PATH",
    help=f"Where the worker tells how it is; {report.DEFAULT} where that folder is there.",
)
@click.option("--status", is_flag=True, help="Show how a running worker is, and end.")
@console.as_json_option
@click.option("--systemd-unit", is_flag=True, help="Print a unit for this command line, and end.")
@click.option("--user", default="nagios", show_default=True, help="With --systemd-unit: who it runs as.")
def command(
    socket_path: str | None,
    commands: tuple[str, ...],
    runners: int | None,
    status_socket: str | None,
    status: bool,
    as_json: bool,
    systemd_unit: bool,
    user: str,
    **given: Any,
) -> int:
    """Run checks for Nagios in warm processes instead of starting each.

    Registers with Nagios 4 for the program check beside this one and its links check_NAME, or takes the jobs that
    mod_gearman puts on a gearmand's queues, or both. Stops on SIGTERM, after finishing what it holds; then Nagios
    starts the programs by itself again, and gearmand gives its jobs to other workers.
    """
    if status:
        return _status(status_socket or report.DEFAULT, as_json)
    own = beside(sys.argv[0])
    if not own:
        raise CannotDo(f"There is no program check beside {sys.argv[0]}: install checkwright whole.")
    log = Log()
    gearman = GearmanOptions(**given)
    through_gearman = gearman.door(log)
    if not socket_path and through_gearman is None:
        raise CannotDo(
            "Say where jobs come from: --socket PATH (query_socket= in nagios.cfg), or --gearman HOST[:PORT]."
        )
    for path in (*own, *commands):
        if why := objection(path):
            raise CannotDo(f"{why}.")
    if systemd_unit:
        console.say(unit([*_started(socket_path, commands, runners, status_socket), *gearman.words()], user).rstrip())
        return 0
    if os.geteuid() == 0:
        raise CannotDo(
            "Run the worker as the user that Nagios runs as, nagios: as root it would run every check as root."
        )
    if status_socket is None:
        status_socket = report.DEFAULT if os.access(os.path.dirname(report.DEFAULT), os.W_OK) else ""
    settings = Settings(own, runners=runners or min(4, os.cpu_count() or 1))
    doors: list[Door] = [] if through_gearman is None else [through_gearman]
    if socket_path:
        doors.append(NagiosDoor(os.path.abspath(socket_path), registered(own, commands), log))
    ended = asyncio.run(_serve(settings, doors, log, status_socket))
    if ended == AGAIN:
        with suppress(OSError):
            os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - this very program, no shell
        raise CannotDo("The worker's code has changed and it cannot start itself anew: start it.")
    return ended


async def _serve(settings: Settings, doors: Sequence[Door], log: Log, status_socket: str) -> int:
    return await Service(settings, doors, log, status_socket).run()


def _started(
    socket_path: str | None, commands: tuple[str, ...], runners: int | None, status_socket: str | None
) -> list[str]:
    """The command line of the worker itself, with full paths, without what it does for gearmand."""
    words = [os.path.abspath(sys.argv[0]), "worker"]
    if socket_path:
        words += ["--socket", os.path.abspath(socket_path)]
    for one in commands:
        words += ["--command", one]
    if runners:
        words += ["--runners", str(runners)]
    if status_socket:
        words += ["--status-socket", os.path.abspath(status_socket)]
    return words


def _status(path: str, as_json: bool) -> int:
    found = asked(path)
    if as_json:
        console.as_json(found)
    else:
        for line in shown(found):
            console.say(line)
    return 0
