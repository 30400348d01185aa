"""`checkctl grafana ENV`: dashboards for the roles of an environment."""

from __future__ import annotations

from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.atomic_write import write_folder
from checkwright.cli.completion import complete_environments
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.errors import CannotDo
from checkwright.grafana.dashboards import dashboards
from checkwright.grafana.stores import STORES


@click.command("grafana")
@click.argument("environment", shell_complete=complete_environments)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="Folder to write. It is replaced as a whole."
)
@click.option(
    "--store",
    type=click.Choice(sorted(STORES)),
    help="Store of the values.  [default: that of Site(perfdata=...), otherwise prometheus]",
)
@pass_workspace
def command(workspace: Workspace, environment: str, out: Path, store: str | None) -> None:
    """Write Grafana dashboards for the roles of ENVIRONMENT, one file for each role.

    A dashboard shows the states of all watches, and has a panel for each gauge with its unit, its thresholds as lines,
    and the runbook. Import the files in Grafana, or let Grafana provision the folder.
    """
    with console.status(f"resolving {environment}"):
        plan, _ = workspace.plan(environment)
    kind = store or plan.site.perfdata.partition(":")[0] or "prometheus"
    if kind not in STORES:
        raise CannotDo(f"Performance data of {environment} go to {kind}, which has no dashboards: name one by --store.")
    written = write_folder(out, dashboards(plan, STORES[kind]))
    console.note(f"{out}: {written}, for {kind}")
