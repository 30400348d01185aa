"""`checkctl sensu diff`: what a build would change in a Sensu, from a dump of it."""

from __future__ import annotations

import shlex
from pathlib import Path

import click

import sensu
from checkwright.cli import console
from checkwright.cli.commands.sensu.asset import asset_in
from checkwright.cli.named_file import read_text
from checkwright.cli.session import Session, pass_session
from checkwright.cli.write import write_file
from checkwright.core.errors import CannotDo
from sensu import compare, sensuctl_files


@click.command("diff")
@click.argument("environment")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Exit with 1 if anything differs.")
@click.option("--asset", "asset_file", type=click.Path(path_type=Path), help="The Asset that builds are made with.")
@click.option(
    "--deletions",
    type=click.Path(path_type=Path),
    help="Where to write the sensuctl commands for what goes, to review.",
)
@pass_session
def command(
    session: Session, environment: str, file: Path, check: bool, asset_file: Path | None, deletions: Path | None
) -> int:
    """Compare ENVIRONMENT with FILE, an earlier build or what sensuctl dump wrote, field by field.

    A line begins with + for what would be new, - for what a prune would remove, ~ for a field that changes.
    """
    text = read_text(file)
    used = asset_in(asset_file) if asset_file else None
    with console.working(f"compiling {environment}"):
        plan, warnings = session.plan(environment)
        resources = sensu.render(plan, used)
    console.findings(warnings)
    try:
        lines = compare.differences(resources, text, project=plan.project, namespace=environment)
        gone = compare.deletions(resources, text, project=plan.project, namespace=environment)
    except sensuctl_files.Unreadable as error:
        raise CannotDo(f"{file}:{error.line}: {error.message}.") from None
    for line in lines:
        click.echo(line)
    console.note(f"{len(lines)} differences")
    if deletions is not None:
        write_file(deletions, "".join(f"{shlex.join(command)}\n" for command in gone))
        console.note(f"{deletions}: {len(gone)} commands, to be read before they are run")
    return 1 if check and lines else 0
