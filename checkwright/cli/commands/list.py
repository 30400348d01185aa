"""`checkctl list`: all checks, without importing them."""

from __future__ import annotations

import ast
from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.catalog import Found, all_checks


@click.command("list")
@console.json_option
@pass_workspace
def command(workspace: Workspace, as_json: bool) -> None:
    """List all checks: those of the library, of the project and of installed packages.

    No check is imported, so a broken one is listed too.
    """
    checks = all_checks(str(workspace.optional_project or ""))
    names: set[str] = set()
    rows = []
    for one in checks:
        rows.append((one.name, one.family, summary(one), "hidden by the first" if one.name in names else ""))
        names.add(one.name)
    if as_json:
        console.print_json(
            [
                {"name": one.name, "family": one.family, "summary": row[2], "file": one.file, "hidden": bool(row[3])}
                for one, row in zip(checks, rows, strict=True)
            ]
        )
        return
    cells = [(row[0], row[1], f"{row[2]} ({row[3]})" if row[3] else row[2]) for row in rows]
    console.print_table(("check", "family", "summary"), cells)


def summary(found: Found) -> str:
    """Return the first line of the docstring in a check's file, which is read and not executed."""
    try:
        tree = ast.parse(Path(found.file).read_bytes())
    except (OSError, SyntaxError, ValueError) as error:
        return f"cannot be read: {error}"
    return (ast.get_docstring(tree) or "no description").partition("\n")[0]
