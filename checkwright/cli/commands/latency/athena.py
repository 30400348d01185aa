"""`checkctl latency athena`: counts of load balancers' logs in S3, by Amazon Athena."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click
from click.core import ParameterSource

from checkwright.cli import console
from checkwright.cli.commands.latency.count import refuse_unreadable, write_all
from checkwright.cli.latency_athena_query import Selection, athena_query
from checkwright.cli.latency_athena_result import read_result
from checkwright.core.errors import BadUsage, CannotDo
from checkwright.latency import routes_file
from checkwright.latency.counts import Header


@click.command("athena")
@click.option("--routes", required=True, type=click.Path(path_type=Path), help="File with the routes.")
@click.option("--table", default="alb_access_logs", help="Table of the logs.  [default: alb_access_logs]")
@click.option("--day", metavar="YYYY-MM-DD", default="", help="Only this day, in UTC.")
@click.option("--partition", metavar="COLUMN", default="", help="Column with the day that partitions the table.")
@click.option("--load-balancer", metavar="APP/NAME/ID", default="", help="Only this load balancer.")
@click.option("--result", metavar="FILE", type=click.Path(path_type=Path), help="Read this result of the query.")
@click.option("--host", default="", help="Name for the load balancer in the counts files, with --result.")
@click.option("--role", default="", help="Role behind it.  [default: the name of the routes file]")
@click.option("--environment", default="", help="Environment of the load balancer.")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path(), help="Folder for the counts files.  [default: .]"
)
def command(
    routes: Path,
    table: str,
    day: str,
    partition: str,
    load_balancer: str,
    result: Path | None,
    host: str,
    role: str,
    environment: str,
    out: Path,
) -> None:
    """Print the SQL that counts access logs of a load balancer in S3, or read its result.

    Amazon Athena runs the query on the table that Amazon's documentation creates for logs of Application Load
    Balancers. --result FILE turns its result, a CSV file, into counts files like those of `checkctl latency count`.
    Endpoints are the declared routes; all other requests are counted as (no route).
    """
    file = routes_file.read(str(routes))
    if file.routes is None:
        raise CannotDo(f"{routes} declares no routes: the query needs them as names of endpoints.")
    names = file.routes.names
    if result is None:
        selection = Selection(table, _day(day).date() if day else None, partition, load_balancer)
        console.echo(athena_query(selection, names, file.without_time).rstrip("\n"))
        return
    if unused := _of_the_query():
        raise BadUsage(
            f"--result reads what the query has already selected: leave {' and '.join(unused)} out, or print a query "
            "with them and run it again"
        )
    if not host:
        raise BadUsage("--result needs --host: the name of the load balancer in the counts files")
    header = Header(host, role or routes.name.removesuffix(".routes"), "alb", environment=environment)
    counted = read_result(result, header, frozenset(names))
    refuse_unreadable(counted, "the table")
    write_all(counted, out)


def _of_the_query() -> list[str]:
    """Return the options of this call that only the query knows."""
    context = click.get_current_context()
    names = ("table", "day", "partition", "load_balancer")
    given = [name for name in names if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    return [f"--{name.replace('_', '-')}" for name in given]


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise BadUsage(f"--day is a day such as 2026-11-29, and not {text!r}") from None
