"""`checkctl sensu core1 build ENV`: definitions of an environment for Sensu Core 1.x."""

from __future__ import annotations

from pathlib import Path

import click

import sensu
from checkwright.cli import console
from checkwright.cli.atomic_write import write_folder
from checkwright.cli.completion import complete_environments
from checkwright.cli.refuse_errors import refuse_errors
from checkwright.cli.workspace import Workspace, pass_workspace
from sensu import core1


@click.command("build")
@click.argument("environment", shell_complete=complete_environments)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder to write. It is replaced as a whole."
)
@click.option("--standalone", is_flag=True, help="Let the machines schedule their own checks, not the server.")
@pass_workspace
def command(workspace: Workspace, environment: str, out: Path, standalone: bool) -> None:
    """Compile ENVIRONMENT into definitions for Sensu Core 1.x.

    The definitions are validated first. Then the folder is written as a whole, or not at all.
    """
    with console.status(f"compiling {environment}"):
        plan, warnings = workspace.plan(environment)
        files = core1.files(core1.render(plan, standalone=standalone))
        findings = core1.validate_files(files, provided=sensu.provided(plan))
    refuse_errors(findings)
    routes = sensu.missing_routes(plan)
    console.print_findings((*warnings, *routes, *findings), err=True)
    console.note(f"{out}: {write_folder(out, files)}")
