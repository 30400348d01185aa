"""`checkctl exceptions [ENV]`: every override and maintenance window."""

from __future__ import annotations

from datetime import date, datetime

import click

from checkwright.cli import console
from checkwright.cli.completion import complete_environments
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.registry.loader import load
from checkwright.registry.model import Override

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
    rows = [
        (
            one.name,
            "; ".join(override.changes()),
            override.scope(),
            override.role.owner.name if override.role else "all teams",
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
            window.role.owner.name if window.role else "all teams",
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


def _until(override: Override) -> str:
    if override.until is None:
        return "always"
    return f"{override.until}{' (past)' if override.until < date.today() else ''}"
