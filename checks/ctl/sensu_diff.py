"""`checkctl sensu diff`: what a build would change in a Sensu, from a dump of it."""

from __future__ import annotations

from pathlib import Path

import click

import sensu
from checks.ctl import console
from checks.ctl.reading import read_text
from checks.ctl.session import CannotDo, Session, pass_session
from sensu import compare, reader


@click.command("diff")
@click.argument("environment")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Exit with 1 if anything differs.")
@pass_session
def command(session: Session, environment: str, file: Path, check: bool) -> int:
    """Compare ENVIRONMENT with FILE, an earlier build or what sensuctl dump wrote, field by field.

    A line begins with + for what would be new, - for what a prune would remove, ~ for a field that changes.
    """
    text = read_text(file)
    with console.working(f"compiling {environment}"):
        plan, warnings = session.plan(environment)
        resources = sensu.render(plan)
    console.findings(warnings)
    try:
        lines = compare.differences(resources, text, project=plan.project, namespace=environment)
    except reader.Unreadable as error:
        raise CannotDo(f"{file}:{error.line}: {error.message}.") from None
    for line in lines:
        click.echo(line)
    console.note(f"{len(lines)} differences")
    return 1 if check and lines else 0
