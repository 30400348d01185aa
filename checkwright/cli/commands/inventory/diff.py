"""`checkctl inventory diff ENV`: hosts of the sources, or of another revision, against the inventory files."""

from __future__ import annotations

from dataclasses import asdict

import click

from checkwright.cli import console
from checkwright.cli.completion import complete_environments
from checkwright.cli.inventory_files import PulledEnvironment, changes_by_role, lines_of
from checkwright.cli.nagios_files import render_plan
from checkwright.cli.revision import plan_at
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.inventory.guards import Accepted
from checkwright.inventory.role_changes import RoleChange, role_changes
from checkwright.registry.findings import FindingsError
from checkwright.registry.plan import Plan
from checkwright.registry.planning import plan_of
from nagios_cfg.comparison.compare_objects import compare
from nagios_cfg.comparison.difference import NotificationChange
from nagios_cfg.folders import NAGIOS


@click.command("diff")
@click.argument("environment", shell_complete=complete_environments)
@click.option("--file", "files", multiple=True, metavar="FILE", help="Ask only the source of this file. Repeatable.")
@click.option("--against", metavar="REV", help="Compare with the files at a git revision, and ask no source.")
@click.option("--puppetdb-config", metavar="FILE", default="", help="Settings of PuppetDB's client tools.")
@click.option("--check", is_flag=True, help="Exit with 1 if anything differs.")
@console.json_option
@pass_workspace
def command(
    workspace: Workspace,
    environment: str,
    files: tuple[str, ...],
    against: str | None,
    puppetdb_config: str,
    check: bool,
    as_json: bool,
) -> int:
    """Compare the hosts of ENVIRONMENT with its sources, by role, and show who is notified of more or less.

    It writes nothing. --against compares the files in the working tree with those of a revision, for a review.
    """
    if against and files:
        raise click.UsageError("--against compares all files: leave out --file.")
    others: list[str] = []
    if against:
        with console.status(f"comparing {environment}"):
            before: Plan | None = plan_at(workspace.project, against, environment)
            after: Plan | None = workspace.plan(environment)[0]
        changes = _between(before, after)
    else:
        done = PulledEnvironment(workspace, environment, files, Accepted(), puppetdb_config)
        for file, refusal in done.refusals:
            console.note(console.escape(f"{file}: a pull would be {refusal}"))
        before = _plan(done, {})
        after = _plan(done, dict(done.contents())) if not done.refusals else None
        changes = tuple(change for one in done.pulls for change in changes_by_role(one))
        shown = {str(change) for change in changes}
        others = [line for one in done.pulls for line in lines_of(one) if line not in shown]
    notified = _notified(before, after)
    differs = bool(changes or notified or (others and any("other values" in line for line in others)))
    if as_json:
        console.print_json(
            {"roles": [asdict(one) for one in changes], "notifications": [asdict(one) for one in notified]}
        )
    else:
        for change in changes:
            console.echo(console.escape(str(change)))
        for line in others:
            console.echo(console.escape(line))
        for one in notified:
            console.echo(console.escape(_line(one)))
        if not (changes or others or notified):
            console.echo("nothing differs")
    return 1 if check and (differs or (not against and done.refusals)) else 0


def _between(before: Plan | None, after: Plan | None) -> tuple[RoleChange, ...]:
    hosts = [
        {host.name: host.roles for host in plan.hosts if not host.virtual}
        for plan in (before, after)
        if plan is not None
    ]
    return role_changes(hosts[0], hosts[1], {})


def _plan(done: PulledEnvironment, inventories: dict[str, str]) -> Plan | None:
    """Return the plan with these texts of inventories, None for one that cannot be built, as before the first pull."""
    try:
        return plan_of(done.registry, done.environment.name, inventories=inventories).plan
    except FindingsError:
        return None


def _notified(before: Plan | None, after: Plan | None) -> tuple[NotificationChange, ...]:
    if before is None or after is None:
        return ()
    files = [
        {path: text for path, text in render_plan(plan).items() if path.startswith(f"{NAGIOS}/")}
        for plan in (before, after)
    ]
    return compare(*files).notifications


def _line(one: NotificationChange) -> str:
    counts = f"{one.more} more hosts and services, and no longer of {one.less}"
    return f"{one.owner} is notified of {counts} ({one.contactgroup}, {one.period or 'at no hours'})"
