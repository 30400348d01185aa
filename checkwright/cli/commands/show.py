"""`checkctl show NAME`: the declaration of a check, or the watches that use it."""

from __future__ import annotations

import inspect

import click

from checkwright.cli import console
from checkwright.cli.completion import complete_checks
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.catalog import find
from checkwright.core.check import Check
from checkwright.core.help import documentation, manual


@click.command("show")
@click.argument("name", shell_complete=complete_checks)
@click.option("--watches", is_flag=True, help="Show the project's watches that use it instead.")
@console.json_option
@pass_workspace
def command(workspace: Workspace, name: str, watches: bool, as_json: bool) -> None:
    """Show the check NAME: its documentation, options, gauges with thresholds, verdicts, and file.

    With --watches, NAME may also be the absolute path of a plugin.
    """
    if watches:
        _print_watches(workspace, name, as_json)
        return
    kind = find(name, str(workspace.importable or ""))
    if as_json:
        console.print_json(declaration(kind))
        return
    console.echo(manual(kind))
    console.echo(f"file: {inspect.getsourcefile(kind)}")


_COLUMNS = ("environment", "role", "watch", "hosts", "alerts", "notifies", "where")


def _print_watches(workspace: Workspace, name: str, as_json: bool) -> None:
    from checkwright.catalogue.phrases import own_alerts
    from checkwright.catalogue.plan_index import PlanIndex, uses
    from checkwright.registry.loader import load
    from checkwright.registry.planning import plan_of

    registry = load(str(workspace.project))
    indexes = []
    for environment in registry.environments:
        with console.status(f"resolving {environment.name}"):
            indexes.append(PlanIndex(plan_of(registry, environment.name).plan))
    rows = [
        (
            use.index.plan.environment,
            use.entry.role,
            use.entry.name,
            str(len(use.entry.hosts)) if use.entry.per == "host" else f"once per {use.entry.per}",
            "; ".join(own_alerts(use.entry)) or ("as by default" if use.entry.check else "as its arguments say"),
            str(use.index.recipients.of(use.entry)),
            str(use.entry.origin),
        )
        for use in uses(indexes, name)
    ]
    if not rows and not name.startswith("/"):
        find(name, str(workspace.importable or ""))  # an unknown name is an error, an unused check is not
    if as_json:
        console.print_json([dict(zip(_COLUMNS, row, strict=True)) for row in rows])
    elif rows:
        console.print_table(_COLUMNS, rows)
    else:
        console.echo(f"no watch uses {name}")


def declaration(kind: type[Check]) -> dict[str, object]:
    """Return a check's declaration as plain data."""
    return {
        "name": kind.title(),
        "file": inspect.getsourcefile(kind),
        "documentation": "\n".join(documentation(kind)),
        "options": [
            {
                "name": option.name,
                "flags": list(option.flags),
                "type": option.kind,
                "unit": option.unit,
                "choices": list(option.choices),
                "repeatable": option.many,
                "required": option.required,
                "default": None if option.required else _plain(option.default),
                "help": option.help,
                "example": option.example,
            }
            for option in kind.options.values()
        ],
        "gauges": [
            {
                "name": gauge.name,
                "label": gauge.label,
                "unit": gauge.unit,
                "warn": gauge.default.warn,
                "crit": gauge.default.crit,
                "missing": gauge.missing,
            }
            for gauge in kind.gauges.values()
        ],
        "verdicts": [
            {
                "name": verdict.name,
                "label": verdict.label,
                "ok": list(verdict.ok),
                "warn": list(verdict.warn),
                "crit": None if verdict.crit is None else list(verdict.crit),
                "other": verdict.other,
            }
            for verdict in kind.verdicts.values()
        ],
    }


def _plain(value: object) -> object:
    """Return a default as JSON can hold it."""
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value if value is None or isinstance(value, str | int | float) else str(value)
