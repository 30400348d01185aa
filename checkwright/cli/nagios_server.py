"""The Nagios of this machine for commands that change its state: options, files, and the user who does it."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from checkwright.cli import console
from checkwright.core.errors import BadUsage, CannotDo
from checkwright.core.text import clean
from checkwright.downtime.external_commands import LONGEST_REASON, Target
from checkwright.downtime.nagios_control import CannotSend, NagiosControl
from checkwright.downtime.nagios_state import NagiosState
from checkwright.registry.plan import Plan
from checkwright.status.observed import Unreadable
from nagios_cfg.deployment.mainfile import MainFile, UnusableMainFile
from nagios_cfg.engines import ENGINES

_NAMED = 5


def nagios_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that name the Nagios: --main, --command-file, --status-file, --wait and --dry-run."""
    for option in (
        click.option("--dry-run", is_flag=True, help="Print the external commands and send nothing."),
        click.option(
            "--wait",
            "patience",
            default=30.0,
            show_default=True,
            type=click.FloatRange(0, 600),
            help="Seconds until Nagios must have accepted it.",
        ),
        click.option("--status-file", metavar="FILE", help="Its status.dat.  [default: from the main configuration]"),
        click.option(
            "--command-file", metavar="FILE", help="Its command file.  [default: from the main configuration]"
        ),
        click.option(
            "--main",
            type=click.Path(path_type=Path),
            help="Main configuration of the Nagios on this machine.  "
            "[default: /etc/nagios4/nagios.cfg or /etc/naemon/naemon.cfg]",
        ),
    ):
        command = option(command)
    return command


def control_of(plan: Plan, main: Path | None, command_file: str | None, status_file: str | None) -> NagiosControl:
    """Return the Nagios that a main configuration and options name. Raises CannotDo."""
    if command_file and status_file:
        return NagiosControl(command_file, status_file)
    main = main or Path(ENGINES[plan.site.engine].main)
    try:
        settings = MainFile(main)
    except UnusableMainFile as error:
        raise CannotDo(f"{error}. Run this on the Nagios server.") from None
    if settings.get("check_external_commands") == "0":
        raise CannotDo(f"{main} sets check_external_commands=0, so Nagios takes no commands: set it to 1.")
    found = []
    for name, given in (("command_file", command_file), ("status_file", status_file)):
        path = given or settings.get(name)
        if not path:
            raise CannotDo(f"{main} sets no {name}: name it by --{name.replace('_', '-')}.")
        found.append(path)
    return NagiosControl(*found)


def state_of(nagios: NagiosControl) -> NagiosState:
    """Return the state of Nagios. Raises CannotDo."""
    try:
        return nagios.state()
    except Unreadable as error:
        raise CannotDo(f"{error}.") from None


def author() -> str:
    """Return the name of the person at the terminal: the one who called sudo, else the user of this process."""
    try:
        return os.environ.get("SUDO_USER") or pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"


def reason(why: str) -> str:
    """Return the reason that a person gave. Raises BadUsage if there is none, or a book."""
    if not why.strip():
        raise BadUsage("give the reason in a few words: --why TEXT")
    if len(why) > LONGEST_REASON:
        raise BadUsage(f"--why is longer than {LONGEST_REASON} letters")
    return why.strip()


def known(targets: Sequence[Target], state: NagiosState, nagios: NagiosControl) -> list[Target]:
    """Return those targets that Nagios knows, with a note about the others. Raises CannotDo if it knows none."""
    found = [target for target in targets if target in state.conditions]
    unknown = [str(target) for target in targets if target not in state.conditions]
    if unknown:
        message = f"Nagios does not know {listed(unknown)} ({nagios.status_file}): is the build deployed?"
        if not found:
            raise CannotDo(message)
        console.note(f"Warning: {message}")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Commands for Nagios. missing: returns the objects that do not show their command in a state yet."""

    lines: Sequence[bytes]
    missing: Callable[[NagiosState], Collection[object]]
    patience: float
    dry_run: bool


def carry_out(nagios: NagiosControl, order: Order) -> bool:
    """Send commands and wait until Nagios shows that it took them. Returns False with a note if it does not in time.

    With `dry_run` it prints the commands and returns True. Raises CannotDo.
    """
    if order.dry_run:
        for line in order.lines:
            console.echo(clean(line.decode("utf-8", "replace").rstrip("\n"), 10_000))
        return True
    try:
        nagios.send(order.lines)
    except CannotSend as error:
        after = f" Nagios got {error.sent} of {len(order.lines)} commands before." if error.sent else ""
        raise CannotDo(f"{error}.{after}") from None
    if not order.patience:
        console.note("Sent; --wait 0 does not look whether Nagios took it.")
        return True
    try:
        with console.status("waiting for Nagios"):
            left = nagios.wait(order.missing, order.patience)
    except Unreadable as error:
        raise CannotDo(f"Nagios got the commands, but {error}.") from None
    if left:
        names = listed([str(one) for one in left])
        console.note(
            f"checkctl: after {order.patience:g} s {nagios.status_file} does not show it for {names}: "
            "look at nagios.log, and at status_update_interval, or wait longer with --wait."
        )
    return not left


def listed(names: Sequence[str]) -> str:
    """Return `a, b and 3 more`."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return clean(", ".join(names[:_NAMED])) + more


def counted(hosts: int, services: int) -> str:
    """Return `1 host and 14 services`."""
    parts = [
        f"{number} {name}{'' if number == 1 else 's'}" for number, name in ((hosts, "host"), (services, "service"))
    ]
    return " and ".join(part for part in parts if part[0] != "0") or "nothing"
