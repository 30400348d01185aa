"""`checkctl exceptions [ENV]`: every override and maintenance window."""

from __future__ import annotations

from datetime import date, datetime
from fnmatch import fnmatchcase

import click

from checkwright.cli import console
from checkwright.cli.completion import complete_environments
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.registry.findings import Refused
from checkwright.registry.loader import load
from checkwright.registry.model import Maintenance, Override
from checkwright.registry.plan import Plan
from checkwright.registry.planning import plan_of
from checkwright.registry.registry import Registry
from checkwright.registry.resolving.overrides import selects_watch

_COLUMNS = ("environment", "what", "for", "owner", "until", "why", "where")


@click.command("exceptions")
@click.argument("environment", required=False, shell_complete=complete_environments)
@console.json_option
@pass_workspace
def command(workspace: Workspace, environment: str | None, as_json: bool) -> None:
    """List the overrides and maintenance windows of ENVIRONMENT, or of all environments.

    Each line shows the change, the watches concerned, their owner, the end, the reason, and the place in the fleet.
    """
    registry = load(str(workspace.project))
    environments = [registry.environment(environment)] if environment else registry.environments
    plans = {one.name: _plan(registry, one.name) for one in environments}
    rows = [
        (
            one.name,
            "; ".join(override.changes()),
            override.scope(),
            _owners(override, plans[one.name]),
            _until(override),
            override.why,
            str(registry.relative(override.origin)),
        )
        for one in environments
        for override in one.overrides
    ]
    rows += [
        (
            one.name,
            f"maintenance from {window.begin:%Y-%m-%d %H:%M}",
            window.scope(),
            _owners(window, plans[one.name]),
            f"{window.end:%Y-%m-%d %H:%M}{' (past)' if window.end < datetime.now() else ''}",
            window.why,
            str(registry.relative(window.origin)),
        )
        for one in environments
        for window in one.maintenance
    ]
    if as_json:
        console.print_json([dict(zip(_COLUMNS, row, strict=True)) for row in rows])
    elif rows:
        console.print_table(_COLUMNS, rows)
    else:
        console.echo("no overrides, no maintenance")


def _plan(registry: Registry, environment: str) -> Plan | None:
    """Return the plan of an environment, or None if its fleet has errors."""
    try:
        return plan_of(registry, environment).plan
    except Refused:
        return None


def _owners(exception: Override | Maintenance, plan: Plan | None) -> str:
    """Return the teams whose watches an override or maintenance window selects."""
    if exception.role:
        return exception.role.owner.name
    if plan is None:
        return "all teams"
    checks = {kind.title() for kind in exception.kinds()} if isinstance(exception, Override) else set()
    watches = [(entry.role, entry.name, entry.check, entry.hosts, entry.owner) for entry in plan.entries]
    watches += [(off.id.partition(":")[0], off.name, "", off.hosts, off.owner) for off in plan.off]
    owners = {
        owner
        for role, name, check, hosts, owner in watches
        if selects_watch(exception.role, exception.watch, role, name)
        if not checks or check in checks
        if not exception.hosts or any(fnmatchcase(host, pattern) for host in hosts for pattern in exception.hosts)
    }
    return ", ".join(sorted(owners)) or "nobody"


def _until(override: Override) -> str:
    if override.until is None:
        return "always"
    return f"{override.until}{' (past)' if override.until < date.today() else ''}"
