"""`checkctl list`: all checks there are, without importing any."""

from __future__ import annotations

import ast
from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.session import Session, pass_session
from checkwright.core.catalog import Found, all_checks


@click.command("list")
@console.as_json_option
@pass_session
def command(session: Session, as_json: bool) -> None:
    """List all checks: the library's, the project's and those of installed packages."""
    found = all_checks(str(session.project_if_any or ""))
    known: set[str] = set()
    rows = []
    for one in found:
        rows.append((one.name, one.family, summary(one), "hidden by the first" if one.name in known else ""))
        known.add(one.name)
    if as_json:
        console.as_json(
            [
                {"name": one.name, "family": one.family, "summary": row[2], "file": one.file, "hidden": bool(row[3])}
                for one, row in zip(found, rows, strict=True)
            ]
        )
        return
    console.table(
        ("check", "family", "what"), [(row[0], row[1], f"{row[2]} ({row[3]})" if row[3] else row[2]) for row in rows]
    )


def summary(found: Found) -> str:
    """The first line of the check's file, read without executing it."""
    try:
        tree = ast.parse(Path(found.file).read_bytes())
    except (OSError, SyntaxError, ValueError) as error:
        return f"cannot be read: {error}"
    return (ast.get_docstring(tree) or "says nothing about itself").partition("\n")[0]
