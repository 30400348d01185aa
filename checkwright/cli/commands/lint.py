"""`checkctl lint`: find errors in a project without running its checks."""

from __future__ import annotations

import click

from checkwright.cli import console
from checkwright.cli.lint_project import lint_project
from checkwright.cli.workspace import Workspace, pass_workspace


@click.command("lint")
@click.option("--mypy/--no-mypy", default=True, help="Let mypy read the project too, where it is installed.")
@console.json_option
@pass_workspace
def command(workspace: Workspace, mypy: bool, as_json: bool) -> int:
    """Find errors in the project: its checks, its fleet, the rules of Nagios and Sensu, and types.

    Ends with 1 if a finding is an error. An override after its `until` date is an error.
    """
    result = lint_project(workspace.project, mypy=mypy)
    if as_json:
        console.print_json(
            [
                {
                    "id": one.id,
                    "severity": one.severity,
                    "file": one.origin.file if one.origin else None,
                    "line": one.origin.line if one.origin else None,
                    "message": one.message,
                    "hint": one.hint,
                }
                for one in result.findings
            ]
        )
    else:
        console.print_findings(result.findings)
    console.note(result.summary())
    return 1 if result.has_errors else 0
