"""`checkctl icinga build ENV`: objects for Icinga 2 and NRPE files of an environment."""

from __future__ import annotations

from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.atomic_write import write_folder
from checkwright.cli.completion import complete_environments
from checkwright.cli.gc_pause import pause_gc
from checkwright.cli.icinga_files import render_plan, verify
from checkwright.cli.refuse_errors import refuse_errors
from checkwright.cli.workspace import Workspace, pass_workspace


@click.command("build")
@click.argument("environment", shell_complete=complete_environments)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder to write. It is replaced as a whole."
)
@click.option("--without-icinga", is_flag=True, help="Do not verify. Without it, icinga2 must be installed here.")
@pass_workspace
@pause_gc()
def command(workspace: Workspace, environment: str, out: Path, without_icinga: bool) -> None:
    """Compile ENVIRONMENT into objects of Icinga 2 and NRPE files.

    `icinga2 daemon -C` verifies them first. Then all of them are written, or none.
    """
    with console.status(f"compiling {environment}"):
        plan, warnings = workspace.plan(environment)
        files = render_plan(plan, warnings)
    if not without_icinga:
        with console.status("verifying"):
            found = verify(files)
        refuse_errors(found)
        console.print_findings(found, err=True)
    written = write_folder(out, files)
    console.note(f"{out}: {written}; {'not verified' if without_icinga else 'verified by icinga2 daemon -C'}")
