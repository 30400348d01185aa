"""`checkctl exceptions [ENV]`: every override, maintenance window and downtime."""

from __future__ import annotations

from datetime import date, datetime

import click

from checkwright.cli import console
from checkwright.cli.completion import complete_environments
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.registry import recurrence
from checkwright.registry.findings import FindingsError
from checkwright.registry.loader import load
from checkwright.registry.model import Downtime, Environment, Maintenance, Override
from checkwright.registry.model.durations import format_seconds
from checkwright.registry.planning import Changes, changes
from checkwright.registry.registry import Registry

_COLUMNS = ("environment", "what", "for", "owner", "until", "why", "where")


@click.command("exceptions")
@click.argument("environment", required=False, shell_complete=complete_environments)
@console.json_option
@pass_workspace
def command(workspace: Workspace, environment: str | None, as_json: bool) -> None:
    """List the overrides, maintenance windows and downtimes of ENVIRONMENT, or of all environments.

    Each line shows the change, the watches concerned, their owner, the end, the reason, and the place in the fleet.
    """
    registry = load(str(workspace.project))
    environments = [registry.environment(environment)] if environment else registry.environments
    effects = {one.name: _changes(registry, one) for one in environments}
    rows = [
        (
            one.name,
            "; ".join((*override.changes(), *_replaced(registry, override, effects[one.name]))),
            override.scope(),
            _owner(override, effects[one.name]),
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
            _owner(window, effects[one.name]),
            f"{window.end:%Y-%m-%d %H:%M}{' (past)' if window.end < datetime.now() else ''}",
            window.why,
            str(registry.relative(window.origin)),
        )
        for one in environments
        for window in one.maintenance
    ]
    rows += [
        (
            one.name,
            f"downtime {downtime.when} for {format_seconds(downtime.length)}",
            downtime.scope(),
            _owner(downtime, effects[one.name]),
            "always" if recurrence.parse(downtime.when).once is None else downtime.when,
            downtime.why,
            str(registry.relative(downtime.origin)),
        )
        for one in environments
        for downtime in one.downtimes
    ]
    if as_json:
        console.print_json([dict(zip(_COLUMNS, row, strict=True)) for row in rows])
    elif rows:
        console.print_table(_COLUMNS, rows)
    else:
        console.echo("no overrides, no maintenance")


def _changes(registry: Registry, environment: Environment) -> Changes | None:
    """Return the effects of an environment's overrides and windows, None if an inventory is broken."""
    try:
        return changes(registry, environment)
    except FindingsError:
        return None


def _owner(change: Override | Maintenance | Downtime, effects: Changes | None) -> str:
    if effects is None:
        return change.role.owner.name if change.role else "all teams"
    return ", ".join(effects.owners[change]) or "nobody"


def _replaced(registry: Registry, override: Override, effects: Changes | None) -> list[str]:
    """Return `no effect, replaced by FILE:LINE` for an override that later ones replace completely."""
    later = effects.shadowed.get(override, ()) if effects else ()
    places = dict.fromkeys(str(registry.relative(one.origin)) for one in later)
    return [f"no effect, replaced by {' and '.join(places)}"] if places else []


def _until(override: Override) -> str:
    if override.until is None:
        return "always"
    return f"{override.until}{' (past)' if override.until < date.today() else ''}"
