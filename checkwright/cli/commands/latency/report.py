"""`checkctl latency report`: the slowest calls, what got worse, and where time goes at the peak."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path

import click

from checkwright.cli import console
from checkwright.cli.atomic_write import write_file
from checkwright.cli.commands.latency.count import counted, log_options, setup
from checkwright.cli.completion import complete_environments
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.errors import BadUsage, CannotDo
from checkwright.core.quantities import BadQuantity, parse_quantity
from checkwright.core.secret import Secret
from checkwright.latency.counts import DuplicateCounts, Header
from checkwright.latency.counts_file import SUFFIX
from checkwright.latency.learned_names import relearn
from checkwright.registry.plan import Plan
from checkwright.report.as_json import as_json as report_data
from checkwright.report.build import Wishes, build
from checkwright.report.facts import Report
from checkwright.report.intake import assigned, gather
from checkwright.report.page import page
from checkwright.report.plan_facts import PlanFacts
from checkwright.report.recorded_resources import Resources
from checkwright.report.terminal import lines
from checkwright.web.clock import zone_of


@click.command("report")
@log_options(required=False)
@click.option("--counts", "folders", multiple=True, type=click.Path(path_type=Path), help="Folder of counts files.")
@click.option("--environment", default="", shell_complete=complete_environments, help="Environment to report on.")
@click.option("--role", default="", help="Only this role.")
@click.option("--html", type=click.Path(path_type=Path), help="Write the report as one HTML page.")
@console.json_option
@click.option("--last", metavar="DURATION", default="", help="Only the last part of the counts, such as 24h or 7d.")
@click.option("--zone", default="UTC", help="Time zone of the report, such as Europe/Berlin.  [default: UTC]")
@click.option("--mark", "marks", multiple=True, metavar="TIME=TEXT", help='Event, "2026-11-29 15:00=deploy v412".')
@click.option("--workers", type=click.IntRange(1), help="Requests that the role can work on at once.")
@click.option(
    "--results", multiple=True, type=click.Path(path_type=Path), help="Results of the batch, as lines of JSON."
)
@click.option("--prometheus", metavar="URL", default="", help="Prometheus with values of resources.")
@click.option(
    "--prometheus-token", metavar="FILE", type=click.Path(path_type=Path), help="File with a bearer token for it."
)
@click.option("--query", "queries", multiple=True, metavar="NAME=PROMQL", help="Percentage that Prometheus computes.")
@click.option("--cloudwatch", multiple=True, metavar="NAME=METRIC", help="Metric of CloudWatch; see the docs.")
@pass_workspace
def command(
    workspace: Workspace,
    files: tuple[Path, ...],
    routes: Path | None,
    format_text: str,
    format_file: Path | None,
    format_name: str,
    processes: int | None,
    folders: tuple[Path, ...],
    environment: str,
    role: str,
    html: Path | None,
    as_json: bool,
    last: str,
    zone: str,
    marks: tuple[str, ...],
    workers: int | None,
    results: tuple[Path, ...],
    prometheus: str,
    prometheus_token: Path | None,
    queries: tuple[str, ...],
    cloudwatch: tuple[str, ...],
) -> None:
    """Report on latency: the worst p99, what got worse and when, and where time goes at the peak.

    FILES are counts files, which `check api_latency` and `checkctl latency count` write, or access logs of this
    machine, which are counted first. The machines of a role are one service, so their counts are added up. With
    --environment in a project, the report uses the machines, limits and objectives of the registry, and shows other
    environments with the same role for comparison.

    With --results, --prometheus or --cloudwatch, it names the resource that will run out first when the load grows.
    """
    if not files and not folders:
        raise CannotDo("No counts to report on: name counts files, or a folder of them with --counts.")
    seconds, marked = _seconds(last) if last else 0.0, _marks(marks, zone)
    token = Secret(file=str(prometheus_token)) if prometheus_token is not None else None
    resources = Resources(results, prometheus, queries, cloudwatch, token)
    plan = _plan(workspace, environment)
    places = _places(workspace, plan)
    try:
        logs = tuple(path for path in files if not path.name.endswith(SUFFIX))
        settings = setup(routes, format_text, format_file, format_name, logs) if logs else None
        ready = [path for path in files if path not in logs]
        with console.status("reading counts") as show:
            gathered, left_out = gather(ready, folders, places, show)
        if settings is not None:
            name = routes.name.removesuffix(".routes") if routes is not None else role
            for one in counted(logs, settings, lambda path: Header(os.uname().nodename, name, path), processes):
                for part in (one.counts, one.totals):
                    if part.slots:
                        gathered.add(assigned(part, places))
        if role and role not in gathered.roles:
            known = ", ".join(name or "none" for name in gathered.roles)
            raise CannotDo(f"No counts of the role {role!r}: there are {known}.")
        with console.status("computing"):
            groups = gathered.groups(relearn, role=role)
            facts = None if plan is None else PlanFacts(plan, groups)
            if seconds:
                groups = gathered.groups(relearn, role=role, last=seconds)
            series = resources.series(groups)
            if facts is not None:
                series = facts.with_limits(series)
            declared = settings.routes if settings is not None else ()
            wishes = Wishes(environment=environment, zone=zone, marks=marked, workers=workers or 0, declared=declared)
            report = build(groups, wishes, facts, series)
    except DuplicateCounts as error:
        raise CannotDo(f"{error}.") from None
    report = Report(scopes=report.scopes, zone=report.zone, notes=(*left_out, *resources.notes))
    _show(report, html, for_machine=as_json)


def _show(report: Report, html: Path | None, *, for_machine: bool) -> None:
    if for_machine:
        console.print_json(report_data(report))
    else:
        for line in lines(report):
            console.echo(line)
    if html is not None:
        write_file(html, page(report))
        console.note(f"The page: {html.absolute()}")


def _places(workspace: Workspace, plan: Plan | None) -> dict[str, str]:
    """Return the environment of each host of the project; a host of several belongs to the one of the plan."""
    if plan is None:
        return {}
    from checkwright.registry.inventory import machines
    from checkwright.registry.loader import load

    registry = load(str(workspace.project))
    found = {host.name: one.name for one in registry.environments for host in machines(registry, one)}
    return found | {host.name: plan.environment for host in plan.hosts}


def _plan(workspace: Workspace, environment: str) -> Plan | None:
    """Return the plan of the environment where there is a project, None without one."""
    if not environment or workspace.optional_project is None:
        return None
    return workspace.plan(environment)[0]


def _seconds(text: str) -> float:
    try:
        seconds = parse_quantity(text, "s")
    except BadQuantity as error:
        raise BadUsage(f"--last: {error}") from None
    if seconds <= 0:
        raise BadUsage("--last is a duration above 0, such as 24h")
    return seconds


def _marks(texts: tuple[str, ...], zone: str) -> dict[int, str]:
    found = {}
    for text in texts:
        moment, equals, label = text.partition("=")
        try:
            parsed = datetime.fromisoformat(moment.strip())
        except ValueError:
            equals = ""
            parsed = datetime.min
        if not equals or not label.strip():
            raise BadUsage(f'--mark is a time and a text, such as "2026-11-29 15:00=deploy v412", and not {text!r}')
        parsed = parsed if parsed.tzinfo else parsed.replace(tzinfo=zone_of(zone))
        found[int(parsed.timestamp())] = label.strip()
    return found
