"""`checkctl cost ENV`: what the watches of AWS cost."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.completion import complete_environments
from checkwright.cli.workspace import Workspace, pass_workspace


@click.command("cost")
@click.argument("environment", shell_complete=complete_environments)
@click.option(
    "--prices",
    "file",
    default=None,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help='JSON file with prices to use instead of those of us-east-1: {"usd": {"cloudwatch:GetMetricData": 0.00001}}.',
)
@console.json_option
@pass_workspace
def command(workspace: Workspace, environment: str, file: Path | None, as_json: bool) -> None:
    """Print the monthly cost in USD of the AWS watches in ENVIRONMENT: for each watch, for each team, and in total.

    AWS bills metrics, requests to some services, and alarms. Its price list can be read in two ways: up to five
    statistics of a metric in one request count as one metric, or each statistic counts as one. Both sums are printed.
    """
    from checkwright.aws.alarms import alarms, sums
    from checkwright.aws.aws_watches import aws_watches
    from checkwright.aws.cost import by_team, costs
    from checkwright.aws.prices import listed, replaced
    from checkwright.cli.input_file import read_text
    from checkwright.registry.planning import judged

    prices = replaced(read_text(file), str(file)) if file else listed()
    with console.status(f"resolving {environment}"):
        resolved = judged(str(workspace.project), environment)
        watches = list(aws_watches(resolved))
        found = costs(watches, prices)
        made = alarms(watches, resolved.resolved.plan)
    teams = by_team(found)
    total = (sum(one.usd for one in found), sum(one.usd_by_statistic for one in found))
    number, usd = sums(made.alarms, prices)
    unverified = prices.unverified({name for one in found for name in one.actions})
    if as_json:
        console.print_json(
            {
                "environment": environment,
                "region": prices.region,
                "as_of": prices.as_of,
                "unverified": unverified,
                "watches": [asdict(one) for one in found],
                "teams": {name: {"usd": one, "usd_by_statistic": two} for name, (one, two) in teams.items()},
                "usd": total[0],
                "usd_by_statistic": total[1],
                "alarms": {"number": number, "usd": usd},
            }
        )
        return
    if not found:
        console.echo(f"{environment} has no watches of AWS.")
        return
    from checkwright.registry.model.durations import format_seconds

    rows = [
        (
            one.id,
            one.owner,
            format_seconds(one.interval),
            _count(one.at_least, one.metrics, one.open_ended),
            str(one.requests),
            f"{one.usd:.2f}",
            f"{one.usd_by_statistic:.2f}",
        )
        for one in found
    ]
    columns = ("watch", "team", "every", "metrics", "paid requests", "USD", "USD by statistic")
    rows += [(f"all of {team}", team, "", "", "", f"{one:.2f}", f"{two:.2f}") for team, (one, two) in teams.items()]
    console.print_table(columns, [*rows, (f"all of {environment}", "", "", "", "", *(f"{one:.2f}" for one in total))])
    console.echo()
    console.echo(
        f"USD a month of {_MONTH_TEXT}, at the prices of {prices.region} of {prices.as_of}, without free tiers."
    )
    if any(one.at_least < one.metrics for one in found):
        console.echo(
            "Metrics such as 3-9: the sums count the most, since options do not say which kind of thing it is."
        )
    if any(one.open_ended for one in found):
        console.echo(
            "Metrics such as 3+: 3 for one thing, and up to 3 more for each further one that the pattern, tag or"
            " cluster of the watch selects; the sums count one."
        )
    if unverified:
        console.echo(f"Not verified: the prices of {', '.join(unverified)}. --prices FILE replaces them.")
    if number:
        console.echo(f"checkctl aws alarms would add {number} alarms: {usd:.2f} USD a month.")


_MONTH_TEXT = "30.44 days"


def _count(least: int, most: int, open_ended: bool) -> str:
    return f"{f'{least}-{most}' if least < most else most}{'+' if open_ended else ''}"
