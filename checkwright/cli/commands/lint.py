"""`checkctl lint`: everything that can be found wrong with a project without running its checks."""

from __future__ import annotations

import click

from checkwright.cli import console
from checkwright.cli.linting import fails, linted, told
from checkwright.cli.session import Session, pass_session


@click.command("lint")
@click.option("--mypy/--no-mypy", default=True, help="Whether mypy reads the project too, where it is installed.")
@console.as_json_option
@pass_session
def command(session: Session, mypy: bool, as_json: bool) -> int:
    """Find what is wrong with the project: its checks, its registry, both generators' rules, and types.

    Ends with 1 when anything is an error. An override past its date is one.
    """
    project = session.project
    found, ran = linted(project, mypy=mypy)
    if as_json:
        console.as_json(
            [
                {
                    "id": one.id,
                    "severity": one.severity,
                    "file": one.origin.file if one.origin else None,
                    "line": one.origin.line if one.origin else None,
                    "message": one.message,
                    "hint": one.hint,
                }
                for one in found
            ]
        )
    else:
        console.findings(found)
    console.note(told(found, ran))
    return 1 if fails(found) else 0
