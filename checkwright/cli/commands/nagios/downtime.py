"""`checkctl nagios downtime ENV TARGET DURATION`: downtimes in the Nagios of this machine."""

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
    counted,
    known,
    listed,
    nagios_options,
    reason,
    state_of,
)
from checkwright.cli.targets import Selection, select, with_children
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.errors import BadUsage, CannotDo
from checkwright.core.text import clean
from checkwright.downtime import external_commands
from checkwright.downtime.external_commands import Downtime, Target
from checkwright.downtime.nagios_control import NagiosControl
from checkwright.downtime.nagios_state import NagiosState, Scheduled
from checkwright.registry.plan import Plan

_FAILED = 1


@click.command("downtime")
@click.argument("environment", shell_complete=complete_environments)
@click.argument("words", nargs=-1, metavar="[TARGET... DURATION]", shell_complete=complete_targets)
@click.option("--why", default="", help="The reason, which Nagios shows.")
@click.option("--at", "begin", default="", metavar="TIME", help="Start: 22:00, 2026-12-01 22:00, or 30m from now.")
@click.option(
    "--flexible",
    default="",
    metavar="WITHIN",
    help="Start the downtime with the first problem within this time, then keep it for DURATION.",
)
@click.option("--children", is_flag=True, help="Also all hosts behind these hosts.")
@click.option("--no-services", is_flag=True, help="Only the hosts themselves, not their services.")
@click.option("--zone", default="", metavar="NAME", help="Time zone, such as Europe/Berlin.  [default: this machine's]")
@click.option("--list", "show", is_flag=True, help="Print the downtimes of TARGETs, or of the environment.")
@click.option("--cancel", is_flag=True, help="End the downtimes of TARGETs, or those that --id names.")
@click.option("--id", "ids", multiple=True, type=int, metavar="N", help="Number of a downtime. Repeatable.")
@nagios_options
@console.json_option
@pass_workspace
def command(
    workspace: Workspace,
    environment: str,
    words: tuple[str, ...],
    why: str,
    begin: str,
    flexible: str,
    children: bool,
    no_services: bool,
    zone: str,
    show: bool,
    cancel: bool,
    ids: tuple[int, ...],
    main: Path | None,
    command_file: str | None,
    status_file: str | None,
    patience: float,
    dry_run: bool,
    as_json: bool,
) -> int:
    """Put TARGETs into a downtime for DURATION (2h, or until 06:00), list downtimes, or cancel them.

    A TARGET is a role, a host, a watch, HOST/WATCH, or a pattern such as 'web-*'. A host includes its services, and a
    role its hosts. Write role:NAME, host:NAME or watch:NAME if a name is ambiguous.

    Exits with 1 if Nagios does not show the change in time.
    """
    _require_consistent(show=show, cancel=cancel, ids=ids, words=words, as_json=as_json)
    moments = Moments(zone)
    with console.status("resolving"):
        plan, _ = workspace.plan(environment)
    nagios = control_of(plan, main, command_file, status_file)
    if show or cancel:
        selection = select(plan, words) if words else None
        if selection is not None and children:
            selection = with_children(plan, selection)
        state = state_of(nagios)
        found = _downtimes(plan, state, selection, ids)
        if show:
            _print(found, moments, as_json=as_json)
            return 0
        return _cancel(found, nagios, moments, patience, dry_run=dry_run)
    *targets, duration = words
    selection = select(plan, targets)
    if children:
        selection = with_children(plan, selection)
    start = moments.start(begin)
    downtime = _downtime(moments, start, duration, flexible, reason(why))
    return _schedule(
        _targets(selection, state_of(nagios), services=not no_services),
        downtime,
        nagios,
        moments,
        patience,
        dry_run=dry_run,
    )


def _require_consistent(*, show: bool, cancel: bool, ids: Sequence[int], words: Sequence[str], as_json: bool) -> None:
    if show and cancel:
        raise BadUsage("--list and --cancel exclude each other")
    if ids and not cancel:
        raise BadUsage("--id belongs to --cancel")
    if cancel and not ids and not words:
        raise BadUsage("name what --cancel ends: TARGETs, or numbers by --id, which --list prints")
    if as_json and not show:
        raise BadUsage("--json belongs to --list")
    if not show and not cancel and len(words) < 2:
        raise BadUsage("name TARGET and DURATION, such as: checkctl nagios downtime production web-3 2h --why kernel")


def _downtime(moments: Moments, start: int, duration: str, flexible: str, why: str) -> Downtime:
    if flexible:
        end = start + moments.length(flexible)
        return Downtime(start=start, end=end, author=author(), why=why, duration=moments.length(duration))
    return Downtime(start=start, end=moments.end(duration, start), author=author(), why=why)


def _targets(selection: Selection, state: NagiosState, *, services: bool) -> list[Target]:
    """Return all objects of a selection. Nagios knows all services of a host, those of other files too."""
    hosts = frozenset(selection.hosts)
    found = [Target(host) for host in selection.hosts]
    if services:
        found += sorted(target for target in state.conditions if target.service and target.host in hosts)
    return found + [Target(host, watch) for host, watch in selection.watches]


def _schedule(
    targets: Sequence[Target],
    downtime: Downtime,
    nagios: NagiosControl,
    moments: Moments,
    patience: float,
    *,
    dry_run: bool,
) -> int:
    before = state_of(nagios)
    targets = known(targets, before, nagios)
    old = {one.id for one in before.downtimes}

    def missing(state: NagiosState) -> Collection[Target]:
        taken = {
            one.target
            for one in state.downtimes
            if one.id not in old and (one.start, one.end) == (downtime.start, downtime.end)
        }
        return [target for target in targets if target not in taken]

    now = moments.now()
    lines = [external_commands.schedule(target, downtime, now) for target in targets]
    if not carry_out(nagios, Order(lines=lines, missing=missing, patience=patience, dry_run=dry_run)):
        return _FAILED
    if not dry_run:
        hosts = sum(not target.service for target in targets)
        about = f"{counted(hosts, len(targets) - hosts)}: {listed([str(target) for target in targets])}"
        console.echo(f"In downtime {_span(downtime, moments)}, by {clean(downtime.author)}: {clean(downtime.why)}")
        console.echo(about)
    return 0


def _span(downtime: Downtime, moments: Moments) -> str:
    start, end = moments.text(downtime.start), moments.text(downtime.end)
    if downtime.duration:
        return f"for {downtime.duration // 60} min from the first problem between {start} and {end}"
    return f"until {end}" if downtime.start <= moments.now() else f"from {start} until {end}"


def _downtimes(plan: Plan, state: NagiosState, selection: Selection | None, ids: Sequence[int]) -> list[Scheduled]:
    """Return the downtimes of a selection, else of the environment, or those with these numbers. Raises CannotDo."""
    if ids:
        numbers = {one.id for one in state.downtimes}
        if unknown := [str(id) for id in ids if id not in numbers]:
            raise CannotDo(f"Nagios has no downtime {', '.join(unknown)}: --list prints their numbers.")
        return [one for one in state.downtimes if one.id in ids]
    hosts = {host.name for host in plan.hosts} if selection is None else set(selection.hosts)
    watches = set() if selection is None else set(selection.watches)
    found = [one for one in state.downtimes if one.target.host in hosts or one.target in watches]
    return sorted(found, key=lambda one: (one.start, one.target))


def _print(found: Sequence[Scheduled], moments: Moments, *, as_json: bool) -> None:
    if as_json:
        console.print_json(
            [
                {
                    "id": one.id,
                    "host": one.target.host,
                    "watch": one.target.service,
                    "start": one.start,
                    "end": one.end,
                    "duration": one.duration,
                    "active": one.active,
                    "author": one.author,
                    "why": one.why,
                }
                for one in found
            ]
        )
        return
    if not found:
        console.echo("no downtimes")
        return
    rows = [
        (
            str(one.id),
            str(one.target),
            moments.text(one.start),
            moments.text(one.end),
            "now" if one.active else "flexible" if one.duration else "later",
            one.author,
            one.why,
        )
        for one in found
    ]
    console.print_table(("id", "target", "from", "until", "state", "author", "why"), rows)


def _cancel(
    found: Sequence[Scheduled], nagios: NagiosControl, moments: Moments, patience: float, *, dry_run: bool
) -> int:
    if not found:
        raise CannotDo("Nagios has no downtime of these targets. Nothing was changed.")
    numbers = {one.id: one.target for one in found}

    def missing(state: NagiosState) -> Collection[Target]:
        return [one.target for one in state.downtimes if numbers.get(one.id) == one.target]

    lines = [external_commands.cancel(one.target, one.id, moments.now()) for one in found]
    if not carry_out(nagios, Order(lines=lines, missing=missing, patience=patience, dry_run=dry_run)):
        return _FAILED
    if not dry_run:
        # A target may have several downtimes.
        ended = list(dict.fromkeys(one.target for one in found))
        hosts = sum(not target.service for target in ended)
        about = counted(hosts, len(ended) - hosts)
        console.echo(f"Ended the downtimes of {about}: {listed([str(target) for target in ended])}")
    return 0
