"""`checkctl aws alarms ENV --out FILE`: watches of AWS as alarms that CloudWatch evaluates."""

from __future__ import annotations

from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.completion import complete_environments
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.errors import CannotDo


@click.command("alarms")
@click.argument("environment", shell_complete=complete_environments)
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), metavar="FILE", help="File that receives the template."
)
@click.option("--account", default="", metavar="NAME", help="Account of the environment. Default: the only one.")
@click.option("--region", default="", metavar="REGION", help="Region of the stack. Default: the only one.")
@pass_workspace
def command(workspace: Workspace, environment: str, out: Path, account: str, region: str) -> None:
    """Write a CloudFormation template with an alarm for each limit that is one CloudWatch metric.

    The alarms notify the SNS topics of the watches' teams, Team(sns=...), also while Nagios and Sensu are down. A
    template is for one account and region. Limits that an alarm cannot express are listed with the reason.
    """
    from checkwright.aws.alarms import alarms, sums
    from checkwright.aws.aws_watches import aws_watches
    from checkwright.aws.cloudformation import MOST_RESOURCES, template
    from checkwright.aws.prices import listed
    from checkwright.cli.atomic_write import write_file
    from checkwright.cli.aws_selection import of_account, of_alarm_region
    from checkwright.registry.planning import judged

    with console.status(f"resolving {environment}"):
        resolved = judged(str(workspace.project), environment)
        watches = of_account(aws_watches(resolved), environment, account)
        compiled = alarms(watches, resolved.resolved.plan)
    for one in compiled.left_out:
        console.echo(f"not an alarm: {one.watch}: {one.subject}: {one.reason}")
    if not compiled.alarms:
        raise CannotDo(f"No limit of {environment} can be an alarm, for the reasons above.")
    made = of_alarm_region(compiled.alarms, environment, region)
    if len(made) > MOST_RESOURCES:
        raise CannotDo(f"{len(made)} alarms are more than a template takes ({MOST_RESOURCES}).")
    description = f"Alarms of {resolved.registry.project}, environment {environment}, made by checkctl aws alarms"
    write_file(out, console.json_text(template(made, description)) + "\n")
    number, usd = sums(made, listed())
    console.echo(f"{out}: {number} alarms for {made[0].region}, {usd:.2f} USD a month")
