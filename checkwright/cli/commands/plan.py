"""`checkctl plan ENV`: the registry resolved for one environment, as the JSON that builders and runners read."""

from __future__ import annotations

from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.session import Session, pass_session
from checkwright.cli.write import write_file
from checkwright.registry.plan_json import dumps


@click.command("plan")
@click.argument("environment")
@click.option("--out", type=click.Path(path_type=Path), help="The file to write; else the plan is printed.")
@pass_session
def command(session: Session, environment: str, out: Path | None) -> None:
    """Resolve ENVIRONMENT into its plan: who watches what, where, with which values."""
    with console.working(f"resolving {environment}"):
        plan, warnings = session.plan(environment)
        text = dumps(plan)
    console.findings(warnings)
    if out is None:
        console.say(text.rstrip("\n"))
        return
    changed = write_file(out, text)
    console.note(
        f"{out}: {len(plan.entries)} entries, {len(plan.hosts)} hosts, {'written' if changed else 'unchanged'}"
    )
