"""`checkctl backtest ENV`: the alerts that recorded values would have made."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from checkwright.backtest.backtest_results import backtest, chosen
from checkwright.backtest.backtest_text import COLUMNS, as_data, rows, sentences
from checkwright.cli import console
from checkwright.cli.completion import complete_environments
from checkwright.cli.revision import plan_at
from checkwright.cli.workspace import Workspace, pass_workspace
from checkwright.core.errors import BadUsage, CannotDo
from checkwright.core.quantities import BadQuantity, parse_quantity
from checkwright.core.secret import Secret
from checkwright.history import cloudwatch_history, counts_history, prometheus_history, result_lines, rrd_files
from checkwright.history.series import Series
from checkwright.latency.counts import Counts
from checkwright.registry.plan import Plan
from checkwright.report.intake import Listed, assigned, in_pieces, listed, read
from checkwright.web.clock import Clock, zone_of


@click.command("backtest")
@click.argument("environment", shell_complete=complete_environments)
@click.argument("watch", default="")
@click.option("--since", metavar="DURATION", default="14d", help="Length of the history.  [default: 14d]")
@click.option("--against", metavar="REV", help="Git revision of the project to compare with.")
@click.option("--counts", multiple=True, type=click.Path(path_type=Path), help="Folder of counts files.")
@click.option(
    "--results", multiple=True, type=click.Path(path_type=Path), help="Results of the batch, as lines of JSON."
)
@click.option("--prometheus", metavar="URL", default="", help="Prometheus that scrapes the batch.")
@click.option(
    "--prometheus-token", metavar="FILE", type=click.Path(path_type=Path), help="File with a bearer token for it."
)
@click.option(
    "--cloudwatch", multiple=True, metavar="HOST/WATCH/GAUGE=METRIC", help="Metric of CloudWatch; see the docs."
)
@click.option("--rrd", type=click.Path(path_type=Path), help="Folder of PNP4Nagios with RRD files.")
@click.option("--zone", default="UTC", help="Time zone of hours and nights, such as Europe/Berlin.  [default: UTC]")
@console.json_option
@pass_workspace
def command(
    workspace: Workspace,
    environment: str,
    watch: str,
    since: str,
    against: str | None,
    counts: tuple[Path, ...],
    results: tuple[Path, ...],
    prometheus: str,
    prometheus_token: Path | None,
    cloudwatch: tuple[str, ...],
    rrd: Path | None,
    zone: str,
    as_json: bool,
) -> None:
    """Replay recorded values of ENVIRONMENT through the thresholds and attempts of its watches.

    It prints how many alerts there would have been, how long they would have lasted, at what hours, and whose nights
    they would have disturbed. --against REV compares with the thresholds of another revision. WATCH is a watch,
    ROLE:WATCH, or a shell pattern. Default: all watches.
    """
    if not (counts or results or prometheus or cloudwatch or rrd):
        raise CannotDo("No values to replay: name a source, --results, --counts, --prometheus, --cloudwatch or --rrd.")
    metrics = [cloudwatch_history.parse_watched(text) for text in cloudwatch]
    server = _server(prometheus, prometheus_token)
    place = zone_of(zone)
    seconds = _seconds(since)
    with console.status(f"resolving {environment}"):
        plan, _ = workspace.plan(environment)
        before = plan_at(workspace.project, against, environment) if against else None
    if not chosen(plan, watch) and not (before and chosen(before, watch)):
        raise CannotDo(f"{environment} has no watch {watch!r}: checkctl list shows them.")
    for metric in metrics:
        _require_gauge(plan, before or plan, metric)
    with console.status("reading values"):
        series = _series(plan, seconds, counts, results, server, metrics, rrd, watch)
    new = backtest(plan, series, place, watch)
    old = backtest(before, series, place, watch) if before else None
    if not new.watches and not (old and old.watches):
        raise CannotDo(f"The sources have no values of {watch or 'any watch'} of {environment} in the last {since}.")
    if as_json:
        found = {"now": as_data(new)}
        console.print_json(found if old is None else {"before": as_data(old), **found})
        return
    clock = Clock(zone)
    span = clock.span(new.start, new.end)
    console.echo(
        f"Back-test of {environment}, {span} {zone}: {new.alerts} alerts"
        + (f", {old.alerts} at {against}" if old else "")
    )
    table = rows(new, old)
    if table:
        console.echo()
        console.print_table(COLUMNS, table)
    console.echo()
    for sentence in sentences(new, old):
        console.echo(sentence)


def _server(url: str, token: Path | None) -> prometheus_history.Prometheus | None:
    if token is not None and not url:
        raise BadUsage("--prometheus-token needs the server that it is for: --prometheus URL")
    secret = Secret(file=str(token)) if token is not None else None
    return prometheus_history.Prometheus(url, secret) if url else None


def _require_gauge(plan: Plan, before: Plan, metric: cloudwatch_history.WatchedMetric) -> None:
    """Refuse a metric for a watch that neither plan has on the host, or for a gauge that none of its limits judges."""
    entries = [
        entry
        for one in (plan, before)
        for entry in one.entries
        if metric.host in entry.hosts and entry.name == metric.watch
    ]
    gauges = sorted({limit.gauge for entry in entries for limit in entry.limits})
    place = f"{metric.host}/{metric.watch}/{metric.label}"
    if not entries:
        raise CannotDo(f"--cloudwatch {place}: {plan.environment} has no watch {metric.watch} on {metric.host}.")
    if metric.label.partition(":")[0] not in gauges:
        known = ", ".join(gauges) or "none"
        raise CannotDo(f"--cloudwatch {place}: {metric.watch} has no threshold of that gauge; it has {known}.")


def _seconds(since: str) -> float:
    try:
        seconds = parse_quantity(since, "s")
    except BadQuantity as error:
        raise BadUsage(f"--since: {error}") from None
    if seconds <= 0:
        raise BadUsage("--since is a duration above 0, such as 14d")
    return seconds


def _series(
    plan: Plan,
    seconds: float,
    counts: tuple[Path, ...],
    results: tuple[Path, ...],
    server: prometheus_history.Prometheus | None,
    metrics: Sequence[cloudwatch_history.WatchedMetric],
    rrd: Path | None,
    watch: str,
) -> list[Series]:
    """Return the values of the last `seconds` before the newest one.

    A source that comes first wins where two have values of one watch.
    """
    entries = chosen(plan, watch)
    now = time.time()
    found: list[Series] = []
    if counts:
        for series, left_out in in_pieces(listed((), counts), _CountsOf(plan)):
            found += series
            for sentence in left_out:
                console.note(sentence)
    if results:
        environment = plan.environment
        found += result_lines.read(results, selected=lambda result: bool(result["environment"] == environment)).series
    if server is not None:
        for check in sorted({entry.check for entry in entries if entry.check}):
            interval = min(entry.interval for entry in entries if entry.check == check)
            found += prometheus_history.checks(
                server, plan.environment, now - seconds, now, interval, f"check_{check}_.+"
            )
    if metrics:
        found += cloudwatch_history.read_watched(metrics, now - seconds, now)
    if rrd:
        found += rrd_files.read(rrd, now - seconds, now, frozenset(entry.name for entry in entries))
    return _first_source(_last(found, seconds))


class _CountsOf:
    """Series of the counts files of an environment. A class, since other processes get it."""

    def __init__(self, plan: Plan) -> None:
        self._environment = plan.environment
        self._places = {host.name: plan.environment for host in plan.hosts}

    def __call__(self, piece: Sequence[Listed]) -> tuple[list[Series], list[str]]:
        found: list[Series] = []

        def take(part: Counts) -> None:
            if assigned(part, self._places).headers[0].environment == self._environment:
                found.extend(counts_history.p99([part]))

        return found, read(piece, take)


def _last(series: list[Series], seconds: float) -> list[Series]:
    end = max((one.points[-1][0] for one in series if one.points), default=0.0)
    cut = [replace(one, points=tuple(point for point in one.points if point[0] >= end - seconds)) for one in series]
    return [one for one in cut if one.points]


def _first_source(series: list[Series]) -> list[Series]:
    sources: dict[tuple[str, str], str] = {}
    return [one for one in series if sources.setdefault((one.host, one.watch or one.check), one.source) == one.source]
