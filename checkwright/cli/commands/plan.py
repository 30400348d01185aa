"""`checkctl plan ENV`: the resolved registry of an environment as JSON, which generators and runners read."""

from __future__ import annotations

from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.atomic_write import write_file
from checkwright.cli.completion import complete_environments
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.registry.plan_json import dumps


@click.command("plan")
@click.argument("environment", shell_complete=complete_environments)
@click.option("--out", type=click.Path(path_type=Path), help="File to write. Default: print the plan.")
@pass_workspace
def command(workspace: Workspace, environment: str, out: Path | None) -> None:
    """Resolve ENVIRONMENT into its plan: every watch with its hosts, values and owner, as JSON.

    checkwright-batch reads it: --plan FILE.
    """
    with console.status(f"resolving {environment}"):
        plan, warnings = workspace.plan(environment)
        text = dumps(plan)
    console.print_findings(warnings, err=True)
    if out is None:
        console.echo(text.rstrip("\n"))
        return
    changed = write_file(out, text)
    console.note(
        f"{out}: {len(plan.entries)} entries, {len(plan.hosts)} hosts, {'written' if changed else 'unchanged'}"
    )
