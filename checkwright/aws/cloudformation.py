"""CloudFormation templates of alarms. Equal alarms give equal templates."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

from checkwright.aws.alarms import Alarm

#: Resources of one template.
MOST_RESOURCES = 500


def template(made: Iterable[Alarm], description: str) -> dict[str, Any]:
    """Return a template with the alarms, and a parameter for each value that only AWS knows."""
    parameters: dict[str, Any] = {}
    resources: dict[str, Any] = {}
    for alarm in made:
        for dimension, value in alarm.dims:
            if value is None:
                parameters[_parameter(alarm, dimension)] = {
                    "Type": "String",
                    "Description": f"Value of the dimension {dimension} of {alarm.watch}, as CloudWatch shows it",
                }
        resources[_logical_id(alarm)] = {"Type": "AWS::CloudWatch::Alarm", "Properties": properties(alarm)}
    found: dict[str, Any] = {"AWSTemplateFormatVersion": "2010-09-09", "Description": description}
    if parameters:
        found["Parameters"] = dict(sorted(parameters.items()))
    return found | {"Resources": dict(sorted(resources.items()))}


def properties(alarm: Alarm) -> dict[str, Any]:
    """Return the properties of an alarm, as both CloudFormation and PutMetricAlarm name them."""
    dimensions = [
        {"Name": name, "Value": {"Ref": _parameter(alarm, name)} if value is None else value}
        for name, value in alarm.dims
    ]
    found: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "ActionsEnabled": True,
        "AlarmActions": list(alarm.topics),
        "OKActions": list(alarm.topics),
        "Namespace": alarm.metric.namespace,
        "MetricName": alarm.metric.metric,
        "Dimensions": dimensions,
        "Period": alarm.metric.period,
        "EvaluationPeriods": alarm.datapoints,
        "DatapointsToAlarm": alarm.datapoints,
        "Threshold": alarm.threshold,
        "ComparisonOperator": alarm.operator,
        "TreatMissingData": alarm.missing,
    }
    if alarm.is_percentile:
        # A percentile of few samples is chance: CloudWatch then keeps the state.
        return found | {"ExtendedStatistic": alarm.stat, "EvaluateLowSampleCountPercentile": "ignore"}
    return found | {"Statistic": alarm.stat}


def _logical_id(alarm: Alarm) -> str:
    """Return a name of letters and digits; its end keeps it apart from others that differ in other characters."""
    return f"{_camel(alarm.watch, alarm.gauge, alarm.level)[:200]}{_digest(alarm.name)}"


def _parameter(alarm: Alarm, dimension: str) -> str:
    return f"{_camel(alarm.watch, dimension)[:200]}{_digest(f'{alarm.watch}:{dimension}')}"


def _camel(*texts: str) -> str:
    return "".join(word[:1].upper() + word[1:] for text in texts for word in re.split(r"[^A-Za-z0-9]+", text))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
