"""CloudWatch alarms for the gauges that are one CloudWatch metric, and the reasons why others are none."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from checks.aws.source import AT_RUN_TIME, AwsCheck, CloudMetric
from checkwright.aws.aws_watches import AwsWatch
from checkwright.aws.prices import ALARM, FAST_ALARM, Prices
from checkwright.core import ranges
from checkwright.core.gauges import Gauge
from checkwright.registry.plan import Plan, Team

#: Beginning of the names of all alarms. cloudwatch_alarms leaves these out, since the watches report the same.
PREFIX = "checkwright:"
_WILD = "*?["
_PERCENTILE = re.compile(r"(?:p|tm|tc|ts|wm|PR|TM|TC|TS|WM|IQM).*")
#: Limits of CloudWatch: seconds that an alarm may look at, by the length of its period, and lengths of texts.
_LONGEST_SHORT, _LONGEST = 86_400, 7 * 86_400
_LONGEST_NAME, _LONGEST_DESCRIPTION = 255, 1024
#: Words about a level.
_LEVELS = (("warning", "warn"), ("critical", "crit"))


@dataclass(frozen=True)
class Alarm:
    """One alarm. dims: values by dimension; None for a value that only AWS knows. threshold: in the metric's unit."""

    name: str
    description: str
    watch: str
    gauge: str
    level: str
    account: str
    region: str
    metric: CloudMetric
    dims: tuple[tuple[str, str | None], ...]
    stat: str
    operator: str
    threshold: float
    datapoints: int
    missing: str
    topics: tuple[str, ...]

    @property
    def is_percentile(self) -> bool:
        """True if the statistic is none of the five plain ones."""
        return bool(_PERCENTILE.fullmatch(self.stat))


@dataclass(frozen=True)
class NotExpressed:
    """A part of a watch that no alarm can express. subject: a gauge, with its item and level where these matter."""

    watch: str
    subject: str
    reason: str


@dataclass
class Compiled:
    """Alarms, and what no alarm can express, in the order of the plan."""

    alarms: list[Alarm] = field(default_factory=list)
    left_out: list[NotExpressed] = field(default_factory=list)


def alarms(watches: Iterable[AwsWatch], plan: Plan) -> Compiled:
    """Return the alarms of watches, and the limits that cannot be alarms, with the reasons."""
    compiled = Compiled()
    teams = {team.name: team for team in plan.teams}
    for watch in watches:
        for gauge in watch.check.gauges.values():
            _of_gauge(watch, gauge, teams[watch.entry.owner], plan, compiled)
        for verdict in watch.check.verdicts:
            reason = "is a word and no number"
            compiled.left_out.append(NotExpressed(_title(watch), verdict, reason))
    return compiled


def sums(made: Iterable[Alarm], prices: Prices) -> tuple[int, float]:
    """Return the number of alarms, and their price in USD a month."""
    found = list(made)
    return len(found), sum(prices.usd(FAST_ALARM if one.metric.period < 60 else ALARM) for one in found)


def _of_gauge(watch: AwsWatch, gauge: Gauge, team: Team, plan: Plan, compiled: Compiled) -> None:
    def leave_out(reason: str, item: str = "", level: str = "") -> None:
        subject = " ".join(part for part in (gauge.name, f"of {item}" if item else "", level) if part)
        found = NotExpressed(_title(watch), subject, reason)
        if found not in compiled.left_out[-4:]:  # two metrics may be one gauge
            compiled.left_out.append(found)

    metrics = [(metric, stat) for metric in watch.check.read_metrics() for stat in _stats(metric, gauge.name)]
    if not metrics:
        if watch.states_limit(gauge.name) or gauge.default.warn or gauge.default.crit:
            leave_out(_reason_without_metric(watch.check))
        return
    for metric, stat in metrics:
        item = _item(watch.check, metric)
        limits = watch.thresholds(gauge, item)
        for level, end in _LEVELS:
            limit = getattr(limits, end)
            if limit is None:
                continue
            found = _condition(limit)
            reason = found if isinstance(found, str) else _problem(watch, gauge, metric, team)
            if isinstance(found, str) or reason:
                leave_out(reason, item, level)
                continue
            compiled.alarms.append(_alarm(watch, gauge, metric, stat, item, level, found, team, plan))


def _alarm(
    watch: AwsWatch,
    gauge: Gauge,
    metric: CloudMetric,
    stat: str,
    item: str,
    level: str,
    condition: tuple[str, float],
    team: Team,
    plan: Plan,
) -> Alarm:
    entry = watch.entry
    operator, number = condition
    parts = (
        plan.environment,
        entry.role,
        entry.name,
        watch.host if entry.per == "host" else "",
        gauge.name,
        item,
        level,
    )
    name = PREFIX + ":".join(part for part in parts if part)
    return Alarm(
        name=name[:_LONGEST_NAME],
        description=_description(watch, gauge, item, level),
        watch=_title(watch),
        gauge=gauge.name,
        level=level,
        account=watch.account.name if watch.account else "",
        region=metric.region or watch.region,
        metric=metric,
        dims=tuple((one, None if value == AT_RUN_TIME else value) for one, value in sorted(metric.dims.items())),
        stat=stat,
        operator=operator,
        threshold=round(number / metric.scale, 9),
        datapoints=entry.attempts,
        missing="notBreaching" if gauge.missing == "ok" else "missing",
        topics=_topics(watch, metric, team),
    )


def _description(watch: AwsWatch, gauge: Gauge, item: str, level: str) -> str:
    """Return owner, runbook and reasons in the text that people read when the alarm fires."""
    entry = watch.entry
    of = f" of {item}" if item else ""
    sentences = [
        f"{level.upper()}: {gauge.label}{of}, watch {_title(watch)}.",
        f"Owner: {entry.owner}.",
        f"Runbook: {entry.runbook}" if entry.runbook else "",
        *(f"Why: {why}" for why in entry.why),
        entry.summary,
    ]
    return " ".join(sentence for sentence in sentences if sentence)[:_LONGEST_DESCRIPTION]


def _problem(watch: AwsWatch, gauge: Gauge, metric: CloudMetric, team: Team) -> str:
    """Return the reason why a limit on a metric is no alarm, "" if it can be one."""
    entry = watch.entry
    if any(value != AT_RUN_TIME and set(_WILD) & set(value) for value in metric.dims.values()):
        return "watches all things that match a pattern, and an alarm watches one"
    if not metric.metric:
        return "has a metric that a run alone knows"
    if metric.only and not watch.states_limit(gauge.name):
        return f"its metric is one of {metric.only} alone: state a limit in the watch where this is one"
    if entry.notify == "nobody":
        return 'nobody is notified: notify="nobody"'
    longest = _LONGEST_SHORT if metric.period < 3600 else _LONGEST
    if metric.period * entry.attempts > longest:
        return f"{entry.attempts} attempts of {metric.period} s are longer than an alarm may look back"
    region = metric.region or watch.region
    if not region:
        return "its region is not known: name the account in the environment, or give the check a region"
    if not _topics(watch, metric, team):
        return f'the team {team.name} has no topic in {region}: Team(sns=("arn:aws:sns:{region}:...",))'
    return ""


def _topics(watch: AwsWatch, metric: CloudMetric, team: Team) -> tuple[str, ...]:
    """Return the team's topics in the region: an alarm reaches no others."""
    region = metric.region or watch.region
    return tuple(topic for topic in team.sns if topic.split(":")[3] == region)


def _condition(limit: str) -> tuple[str, float] | str:
    """Return CloudWatch's operator and number for a range of the Monitoring Plugins, or why there is none."""
    if limit.startswith("@"):
        return f"{limit} alerts inside a range, and an alarm has one threshold"
    lower, colon, upper = limit.partition(":")
    found = ranges.cached(limit)
    if (not colon or lower == "~") and found.end is not None and math.isfinite(found.end):
        return "GreaterThanThreshold", float(found.end)
    if colon and not upper and math.isfinite(found.start):
        return "LessThanThreshold", float(found.start)
    if limit == "~:":
        return f"{limit} is never broken"
    return f"{limit} is a range with two ends, and an alarm has one threshold"


def _stats(metric: CloudMetric, gauge: str) -> Iterator[str]:
    """Yield the statistics of a metric that are the gauge."""
    return (stat for stat, name in metric.gauges.items() if name == gauge)


def _item(check: AwsCheck, metric: CloudMetric) -> str:
    """Return the item of a gauge: the value of a repeatable option among the metric's dimensions, else ""."""
    repeated = {one for name in check.options for one in _several(getattr(check, name))}
    return next((value for value in metric.dims.values() if value in repeated), "")


def _several(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else ()


def _reason_without_metric(check: AwsCheck) -> str:
    services = sorted({action.partition(":")[0] for action in check.needs()} - {"cloudwatch"})
    if check.read_metrics():
        return f"is no value of one metric: it is computed, or comes from answers of {' and '.join(services)}"
    return f"comes from answers of {' and '.join(services)}, not from a metric of CloudWatch"


def _title(watch: AwsWatch) -> str:
    entry = watch.entry
    return f"{entry.id} on {watch.host}" if entry.per == "host" else entry.id
