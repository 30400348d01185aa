"""`checkctl icinga verify ENV...`: Icinga's own verdict on the objects of environments."""

from __future__ import annotations

import click

from checkwright.cli import console, icinga_files
from checkwright.cli.completion import complete_environments
from checkwright.cli.gc_pause import pause_gc
from checkwright.cli.workspace import Workspace, pass_workspace


@click.command("verify")
@click.argument("environments", nargs=-1, required=True, metavar="ENVIRONMENT...", shell_complete=complete_environments)
@pass_workspace
@pause_gc()
def command(workspace: Workspace, environments: tuple[str, ...]) -> int:
    """Verify ENVIRONMENT with `icinga2 daemon -C`, which must be installed.

    Name several environments if one Icinga includes them all. Nothing is written. Ends with 1 if there is a finding.
    """
    with console.status("compiling"):
        builds = [icinga_files.render_plan(*workspace.plan(environment)) for environment in environments]
    with console.status("verifying"):
        found = icinga_files.verify(*builds)
    console.print_findings(found)
    console.note(f"{', '.join(environments)}: verified by icinga2 daemon -C, {len(found)} findings")
    return 1 if found else 0
