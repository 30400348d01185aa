"""Values that Amazon CloudWatch has kept, such as those of a database that has no host of its own.

Credentials and region are those that botocore finds: environment, profile, or the machine's role.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from checkwright.core.errors import BadUsage, CannotDo
from checkwright.history.series import Point, Series, resolution_of

#: CloudWatch keeps values of a minute for 15 days, of five minutes for 63 days, and those of an hour for 15 months.
_FINEST, _FINE, _COARSE = 60, 300, 3_600
_KEPT = {_FINEST: 14.5 * 86_400, _FINE: 62 * 86_400}
#: Pages of one answer: an endpoint that always names a next page is not from AWS.
_MOST_PAGES = 100
_WATCHED_FORM = "HOST/WATCH/GAUGE=NAMESPACE:METRIC:DIMENSION=VALUE[,..]"
_FORM = "NAME=NAMESPACE:METRIC:DIMENSION=VALUE[,..][:LIMIT]"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric. limit: value where the resource is full, "" for a percentage."""

    name: str
    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    limit: str = ""


def parse(text: str) -> Metric:
    """Parse `db cpu=AWS/RDS:CPUUtilization:DBInstanceIdentifier=shop`, with a limit behind a colon. Raises BadUsage."""
    name, equals, rest = text.partition("=")
    fields = rest.split(":")
    if equals and name.strip() and len(fields) in (3, 4) and all(fields):
        pairs = [tuple(pair.split("=", 1)) for pair in fields[2].split(",")]
        limit = fields[3] if len(fields) == 4 else ""
        if all(len(pair) == 2 and all(pair) for pair in pairs) and (not limit or _is_above_zero(limit)):
            return Metric(name.strip(), fields[0], fields[1], tuple((pair[0], pair[1]) for pair in pairs), limit)
    raise BadUsage(f"--cloudwatch is {_FORM}, such as 'db=AWS/RDS:CPUUtilization:DBInstanceIdentifier=a', not {text!r}")


@dataclass(frozen=True, slots=True)
class WatchedMetric:
    """Metric with the values that a gauge of a watch has on a host. label: `GAUGE` or `GAUGE:ITEM`."""

    host: str
    watch: str
    label: str
    metric: Metric


def parse_watched(text: str) -> WatchedMetric:
    """Parse `db-1/rds/cpu=AWS/RDS:CPUUtilization:DBInstanceIdentifier=shop`. Raises BadUsage."""
    name, _, about = text.partition("=")
    parts = [part.strip() for part in name.split("/", 2)]
    if len(parts) == 3 and all(parts):
        try:
            metric = parse(f"{parts[2]}={about}")
        except BadUsage:
            metric = None
        if metric is not None and not metric.limit:
            return WatchedMetric(parts[0], parts[1], parts[2], metric)
    example = "db-1/rds/cpu=AWS/RDS:CPUUtilization:DBInstanceIdentifier=a"
    raise BadUsage(f"--cloudwatch is {_WATCHED_FORM}, such as {example!r}, not {text!r}")


def read_watched(metrics: Sequence[WatchedMetric], start: float, end: float) -> list[Series]:
    """Return the averages of metrics as values of watches: of a minute, and longer for old ones. Raises CannotDo."""
    found = read([one.metric for one in metrics], start, end, finest=_FINEST)
    return [
        replace(
            series,
            host=one.host,
            watch=one.watch,
            label=one.label,
            unit="",
            resolution=max(series.resolution, resolution_of(moment for moment, _ in series.points)),
        )
        for one, series in zip(metrics, found, strict=True)
    ]


def read(metrics: Sequence[Metric], start: float, end: float, *, finest: int = _FINE) -> list[Series]:
    """Return the averages of metrics between two moments, over `finest` seconds or more for old ones.

    finest: 60 or 300. CloudWatch keeps averages of an hour longest. Raises CannotDo.
    """
    age = time.time() - start
    period = next((one for one, kept in _KEPT.items() if one >= finest and age < kept), _COARSE)
    queries = [_query(number, metric, period) for number, metric in enumerate(metrics)]
    found: dict[str, dict[float, float]] = {str(query["Id"]): {} for query in queries}
    for page in _pages({"MetricDataQueries": queries, "StartTime": start, "EndTime": end}):
        for result in page.get("MetricDataResults", ()):
            values = zip(result["Timestamps"], result["Values"], strict=True)
            found[result["Id"]].update((moment.timestamp(), float(value)) for moment, value in values)
    return [_series(metric, sorted(found[f"m{number}"].items()), period) for number, metric in enumerate(metrics)]


def _query(number: int, metric: Metric, period: int) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions]
    about = {"Namespace": metric.namespace, "MetricName": metric.metric, "Dimensions": dimensions}
    return {"Id": f"m{number}", "MetricStat": {"Metric": about, "Period": period, "Stat": "Average"}}


def _pages(parameters: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.session import get_session
    except ModuleNotFoundError:
        raise CannotDo("--cloudwatch needs botocore: install it with pip install 'checkwright[aws]'.") from None
    pages: list[dict[str, Any]] = []
    try:
        client: Any = get_session().create_client("cloudwatch")
        token: dict[str, str] = {}
        while len(pages) < _MOST_PAGES:
            pages.append(client.get_metric_data(**parameters, **token))
            if not pages[-1].get("NextToken"):
                return pages
            token = {"NextToken": pages[-1]["NextToken"]}
    except (BotoCoreError, ClientError) as error:
        raise CannotDo(f"CloudWatch gives no values: {' '.join(str(error).split()).rstrip('.')}.") from None
    raise CannotDo("CloudWatch gives no values: its answer has no end.")


def _series(metric: Metric, points: list[Point], period: int) -> Series:
    return Series(
        environment="",
        role="",
        host=metric.dimensions[0][1],
        watch="",
        check="",
        label=metric.name,
        unit="" if metric.limit else "%",
        crit=metric.limit,
        points=tuple(points),
        resolution=period,
        averaged=True,
        source="CloudWatch",
    )


def _is_above_zero(text: str) -> bool:
    try:
        return 0 < float(text) < float("inf")
    except ValueError:
        return False
