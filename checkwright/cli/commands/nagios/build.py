"""`checkctl nagios build ENV`: object files and NRPE files of an environment."""

from __future__ import annotations

from pathlib import Path

import click

import nagios_cfg
from checkwright.cli import console
from checkwright.cli.atomic_write import write_folder
from checkwright.cli.completion import complete_environments
from checkwright.cli.gc_pause import pause_gc
from checkwright.cli.nagios_files import render_plan
from checkwright.cli.refuse_errors import refuse_errors
from checkwright.cli.workspace import Workspace, pass_workspace
from nagios_cfg.engines import ENGINES


@click.command("build")
@click.argument("environment", shell_complete=complete_environments)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder to write. It is replaced as a whole."
)
@click.option("--without-nagios", is_flag=True, help="Verify with rules in Python even if Nagios is installed.")
@pass_workspace
@pause_gc()
def command(workspace: Workspace, environment: str, out: Path, without_nagios: bool) -> None:
    """Compile ENVIRONMENT into object files and NRPE files.

    The files are verified first. Then all of them are written, or none.
    """
    with console.status(f"compiling {environment}"):
        plan, warnings = workspace.plan(environment)
        files = render_plan(plan, warnings)
    with console.status("verifying"):
        verified = nagios_cfg.verify(files, nagios="" if without_nagios else None, engine=ENGINES[plan.site.engine])
    refuse_errors(verified.findings)
    console.print_findings(verified.findings, err=True)
    written = write_folder(out, files)
    console.note(f"{out}: {written}; verified by {verified.by}")
