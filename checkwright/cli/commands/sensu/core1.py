"""`checkctl sensu core1 build|validate`: an environment's definitions for Sensu Core 1.x."""

from __future__ import annotations

from pathlib import Path

import click

import sensu
from checkwright.cli import console
from checkwright.cli.group import Sentences
from checkwright.cli.named_file import read_text
from checkwright.cli.sensu_provided import provided_option
from checkwright.cli.session import Session, pass_session
from checkwright.cli.write import write_folder
from checkwright.registry.findings import Refused
from sensu import core1


@click.group("core1", cls=Sentences)
def command() -> None:
    """Definitions for Sensu Core 1.x."""


@command.command("build")
@click.argument("environment")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder to make.")
@click.option("--standalone", is_flag=True, help="Machines schedule their own checks, not the server.")
@pass_session
def build(session: Session, environment: str, out: Path, standalone: bool) -> None:
    """Compile ENVIRONMENT into definitions, validate them, and write the folder whole or not at all."""
    with console.working(f"compiling {environment}"):
        plan, warnings = session.plan(environment)
        files = core1.files(core1.render(plan, standalone=standalone))
        judged = core1.validate_files(files, provided=sensu.provided(plan))
    if any(finding.severity == "error" for finding in judged):
        raise Refused(judged)
    console.findings((*warnings, *judged))
    console.note(f"{out}: {write_folder(out, files)}")


@command.command("validate")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@provided_option("the servers have")
def validate(files: tuple[Path, ...], provided: frozenset[tuple[str, str]]) -> int:
    """Judge JSON files of /etc/sensu/conf.d, ours and anybody's."""
    texts = {str(file): read_text(file) for file in files}
    found = core1.validate_files(texts, provided=sensu.EXPECTED | provided)
    console.findings(found)
    console.note(f"{len(files)} files, {len(found)} findings")
    return 1 if any(finding.severity == "error" for finding in found) else 0
