"""`checkctl nagios verify ENV...`: Nagios's own verdict on the object files of environments."""

from __future__ import annotations

import click

import nagios_cfg
from checkwright.cli import console
from checkwright.cli.completion import complete_environments
from checkwright.cli.gc_pause import pause_gc
from checkwright.cli.nagios_files import render_plan
from checkwright.cli.workspace import Workspace, pass_workspace
from nagios_cfg.engines import ENGINES


@click.command("verify")
@click.argument("environments", nargs=-1, required=True, metavar="ENVIRONMENT...", shell_complete=complete_environments)
@pass_workspace
@pause_gc()
def command(workspace: Workspace, environments: tuple[str, ...]) -> int:
    """Verify ENVIRONMENT with Nagios, or with the same rules in Python if Nagios is not installed.

    Name several environments if one Nagios includes them all. Nothing is written. Exits with 1 if there is a finding.
    """
    with console.status("compiling"):
        plans = [workspace.plan(environment) for environment in environments]
        builds = [render_plan(plan, warnings) for plan, warnings in plans]
    with console.status("verifying"):
        verified = nagios_cfg.verify(*builds, engine=ENGINES[plans[0][0].site.engine])
    console.print_findings(verified.findings)
    console.note(f"{', '.join(environments)}: verified by {verified.by}, {len(verified.findings)} findings")
    return 1 if verified.findings else 0
