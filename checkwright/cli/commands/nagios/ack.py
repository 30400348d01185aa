"""`checkctl nagios ack ENV TARGET`: acknowledge problems in the Nagios of this machine."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.completion import complete_environments, complete_targets
from checkwright.cli.moments import Moments
from checkwright.cli.nagios_server import (
    Order,
    author,
    carry_out,
    control_of,
    known,
    listed,
    nagios_options,
    reason,
    state_of,
)
from checkwright.cli.targets import Selection, select
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.errors import BadUsage, CannotDo
from checkwright.downtime import external_commands, last_run
from checkwright.downtime.expiry import marked
from checkwright.downtime.external_commands import Target
from checkwright.downtime.nagios_state import NagiosState

_FAILED = 1


@click.command("ack")
@click.argument("environment", shell_complete=complete_environments)
@click.argument("names", nargs=-1, required=True, metavar="TARGET...", shell_complete=complete_targets)
@click.option("--why", default="", help="The reason, which Nagios shows.")
@click.option("--for", "length", default="", metavar="DURATION", help="Duration of the acknowledgement, such as 2h.")
@click.option(
    "--until", "end", default="", metavar="TIME", help="End of the acknowledgement: 06:00, or 2026-12-01 06:00."
)
@click.option(
    "--sticky", is_flag=True, help="Keep it until recovery, even if the problem changes to another bad state."
)
@click.option("--notify", is_flag=True, help="Notify everybody who was notified of the problem.")
@click.option("--remove", is_flag=True, help="Remove acknowledgements instead.")
@click.option("--zone", default="", metavar="NAME", help="Time zone, such as Europe/Berlin.  [default: this machine's]")
@click.option(
    "--timer-folder", default=last_run.FOLDER, show_default=True, metavar="DIR", help="Folder of the timer's unit."
)
@nagios_options
@pass_workspace
def command(
    workspace: Workspace,
    environment: str,
    names: tuple[str, ...],
    why: str,
    length: str,
    end: str,
    sticky: bool,
    notify: bool,
    remove: bool,
    zone: str,
    timer_folder: str,
    main: Path | None,
    command_file: str | None,
    status_file: str | None,
    patience: float,
    dry_run: bool,
) -> int:
    """Acknowledge the present problems of TARGETs, until they recover or until a given time.

    A TARGET is a role, a host, a watch, HOST/WATCH, or a pattern such as 'web-*'. A host includes its services, and a
    role its hosts. Objects without a problem, or with an acknowledgement, stay as they are.

    Nagios itself never ends an acknowledgement; the timer checkwright-downtime does, so --for and --until need it.
    Exits with 1 if Nagios does not show the change in time.
    """
    if length and end:
        raise BadUsage("--for and --until exclude each other")
    if remove and (why or length or end or sticky or notify):
        raise BadUsage("--remove takes none of --why, --for, --until, --sticky and --notify")
    moments = Moments(zone)
    comment = "" if remove else reason(why)
    until = moments.end(length or end, moments.now()) if length or end else 0
    with console.status("resolving"):
        plan, _ = workspace.plan(environment)
    selection = select(plan, names)
    nagios = control_of(plan, main, command_file, status_file)
    state = state_of(nagios)
    known([*map(Target, selection.hosts), *(Target(*one) for one in selection.watches)], state, nagios)
    targets = _affected(selection, state, acknowledged=remove)
    if not targets:
        what = "is acknowledged" if remove else "has a problem that is not acknowledged"
        raise CannotDo(f"None of {listed(names)} {what}. Nothing was changed.")
    now = moments.now()
    if remove:
        lines = [external_commands.remove_acknowledgement(target, now) for target in targets]
    else:
        text = marked(comment, until) if until else comment
        lines = [
            external_commands.acknowledge(target, author(), text, now, sticky=sticky, notify=notify)
            for target in targets
        ]

    def missing(found: NagiosState) -> Collection[Target]:
        """Return what is not changed yet. A problem that ended meanwhile needs no acknowledgement."""
        return [
            target
            for target in targets
            if (condition := found.conditions.get(target)) is not None
            and condition.is_problem
            and condition.acknowledged == remove
        ]

    if not carry_out(nagios, Order(lines=lines, missing=missing, patience=patience, dry_run=dry_run)):
        return _FAILED
    if not dry_run:
        about = listed([f"{target} ({state.conditions[target].state})" for target in targets])
        if remove:
            console.echo(f"No longer acknowledged: {about}")
        else:
            console.echo(f"Acknowledged {f'until {moments.text(until)}' if until else 'until recovery'}: {about}")
    if until and not last_run.is_running(Path(timer_folder)):
        console.note(
            "Warning: the timer checkwright-downtime has not run on this machine for 3 minutes, so nothing ends this "
            "acknowledgement: systemctl enable --now checkwright-downtime.timer"
        )
    return 0


def _affected(selection: Selection, state: NagiosState, *, acknowledged: bool) -> Sequence[Target]:
    """Return the problems of a selection that are acknowledged, or those that are not."""
    hosts, watches = frozenset(selection.hosts), frozenset(selection.watches)
    return sorted(
        target
        for target, condition in state.conditions.items()
        if condition.is_problem
        and condition.acknowledged == acknowledged
        and (target.host in hosts or target in watches)
    )
