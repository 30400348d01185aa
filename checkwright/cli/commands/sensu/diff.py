"""`checkctl sensu diff ENV FILE`: changes that a build would make in a Sensu."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

import sensu
from checkwright.cli import console
from checkwright.cli.asset_file import read_asset
from checkwright.cli.atomic_write import write_file
from checkwright.cli.completion import complete_environments
from checkwright.cli.input_file import read_text
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.errors import CannotDo
from sensu import compare, sensuctl_files


@click.command("diff")
@click.argument("environment", shell_complete=complete_environments)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Exit with 1 if anything differs.")
@click.option("--asset", "asset_file", type=click.Path(path_type=Path), help="File of the Asset that the builds use.")
@click.option(
    "--deletions",
    type=click.Path(path_type=Path),
    help="File to write: sensuctl commands that delete what is no longer declared, for review.",
)
@pass_workspace
def command(
    workspace: Workspace, environment: str, file: Path, check: bool, asset_file: Path | None, deletions: Path | None
) -> int:
    """Compare ENVIRONMENT with FILE, an earlier build or the output of sensuctl dump, field by field.

    A line begins with + for a new resource, - for one that a prune would remove, ~ for a field that changes.
    """
    text = read_text(file)
    asset = read_asset(asset_file) if asset_file else None
    with console.status(f"compiling {environment}"):
        plan, warnings = workspace.plan(environment)
        resources = sensu.render(plan, asset)
    console.print_findings(warnings, err=True)
    try:
        lines = compare.differences(resources, text, project=plan.project, namespace=environment)
        gone = compare.deletions(resources, text, project=plan.project, namespace=environment)
    except sensuctl_files.Unreadable as error:
        raise CannotDo(f"{file}:{error.line}: {error.message}.") from None
    for line in lines:
        console.echo(line)
    console.note(f"{len(lines)} differences")
    if deletions is not None:
        write_file(deletions, "".join(f"{shlex.join(command)}\n" for command in gone))
        console.note(f"{deletions}: {len(gone)} commands; read them before you run them")
    return 1 if check and lines else 0
