"""`checkctl sensu diff ENV FILE`: changes that a build would make in a Sensu."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import click

import sensu
from checkwright.cli import console
from checkwright.cli.asset_file import read_asset
from checkwright.cli.atomic_write import write_file
from checkwright.cli.completion import complete_environments, complete_hosts
from checkwright.cli.input_file import read_text
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.errors import CannotDo
from sensu import agent_entities, compare, sensuctl_files, stale_events
from sensu.compare import Comparison


@click.command("diff")
@click.argument("arguments", nargs=-1, required=True, metavar="ENVIRONMENT FILE", shell_complete=complete_environments)
@click.option("--build", type=click.Path(path_type=Path), help="Compare this file with FILE, without a registry.")
@click.option(
    "--events",
    type=click.Path(path_type=Path),
    help="Output of `sensuctl event list --format json`. Also lists events of removed checks and machines.",
)
@click.option("--check", is_flag=True, help="Exit with 1 if anything differs.")
@click.option("--asset", "asset_file", type=click.Path(path_type=Path), help="File of the Asset that the builds use.")
@click.option(
    "--central",
    multiple=True,
    metavar="HOST",
    shell_complete=complete_hosts,
    help="Machine that the builds name with --central. Repeatable.",
)
@click.option(
    "--deletions",
    type=click.Path(path_type=Path),
    help="File for sensuctl commands that delete what is no longer declared. Review them first.",
)
@pass_workspace
def command(
    workspace: Workspace,
    arguments: tuple[str, ...],
    build: Path | None,
    events: Path | None,
    check: bool,
    asset_file: Path | None,
    central: tuple[str, ...],
    deletions: Path | None,
) -> int:
    """Compare ENVIRONMENT with FILE, an earlier build or the output of sensuctl dump, field by field.

    A line begins with + for a new resource, - for one that is no longer declared, ~ for a changed field, and ! for a
    resource from elsewhere that a build would overwrite.
    """
    if build is not None:
        if len(arguments) != 1 or events is not None:
            raise click.UsageError("--build compares two files: give it FILE, and neither ENVIRONMENT nor --events.")
        found = _read(Path(arguments[0]), lambda text: compare.compare_files(_text(build), text))
    elif len(arguments) != 2:
        raise click.UsageError("sensu diff needs ENVIRONMENT and FILE, or --build with a file and FILE.")
    else:
        found = _of_environment(workspace, arguments[0], Path(arguments[1]), events, asset_file, central)
    for line in found.lines:
        console.echo(line)
    console.note(f"{len(found.lines)} differences")
    if deletions is not None:
        write_file(deletions, "".join(f"{shlex.join(command)}\n" for command in found.deletions))
        console.note(f"{deletions}: {len(found.deletions)} commands; read them before you run them")
        if build is None and events is None:
            console.note("events were not compared: without --events, those of removed checks stay and notify")
    return 1 if check and found.lines else 0


def _of_environment(
    workspace: Workspace,
    environment: str,
    file: Path,
    events: Path | None,
    asset_file: Path | None,
    central: tuple[str, ...],
) -> Comparison:
    asset = read_asset(asset_file) if asset_file else None
    with console.status(f"compiling {environment}"):
        plan, warnings = workspace.plan(environment)
        plan = sensu.with_central(plan, central) if central else plan
        resources = sensu.render(plan, asset)
    console.print_findings(warnings, err=True)

    def compared(text: str) -> Comparison:
        made = compare.compare_resources(resources, text, project=plan.project, namespace=environment)
        return compare.in_order(made, agent_entities.compare_agents(plan, text))

    found = _read(file, compared)
    if events is None:
        return found
    return compare.in_order(found, _read(events, lambda text: stale_events.compare_events(plan, text)))


def _read(file: Path, compared: Callable[[str], Comparison]) -> Comparison:
    """Return the comparison with a file. Raises CannotDo for one that sensuctl could not read."""
    try:
        return compared(read_text(file))
    except sensuctl_files.Unreadable as error:
        raise CannotDo(f"{file}:{error.line}: {error.message}.") from None


def _text(build: Path) -> str:
    """Return the text of a build. Raises CannotDo for one that sensuctl could not read."""
    text = read_text(build)
    for document in sensuctl_files.read(text):
        if isinstance(document, sensuctl_files.Unreadable):
            raise CannotDo(f"{build}:{document.line}: {document.message}.")
    return text
