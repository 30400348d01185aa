"""CloudWatch alarms of an environment's watches: their properties, as CloudFormation and moto read them."""

import json
from pathlib import Path
from typing import Any

import pytest

from checks.aws.cloudwatch_alarms import GENERATED
from checkwright.aws.alarms import PREFIX, Alarm, Compiled, alarms, sums
from checkwright.aws.cloudformation import properties, template
from checkwright.aws.prices import listed
from checkwright.cli.main import run
from tests.checkwright.aws.cloud_fleet import FLEET, TOPIC, resolved, watches
from tests.checkwright.aws.cloud_fleet import replaced as changed
from tests.checkwright.registry.conftest import Write, project
from tests.support.aws import client, moto

__all__ = ["project"]


def compiled(project: Write, text: str = FLEET) -> Compiled:
    judged = resolved(project, text)
    return alarms(watches(project, text), judged.resolved.plan)


def by_name(project: Write, text: str = FLEET) -> dict[str, Alarm]:
    return {one.name.removeprefix(f"{PREFIX}qa:"): one for one in compiled(project, text).alarms}


def reasons(project: Write, text: str = FLEET) -> dict[str, str]:
    return {f"{one.watch} {one.subject}": one.reason for one in compiled(project, text).left_out}


def test_limits_on_one_metric_are_alarms(project: Write) -> None:
    assert sorted(by_name(project)) == [
        "cloud:lambda_function:iterator_age:mail:critical",
        "cloud:lambda_function:iterator_age:mail:warning",
        "cloud:load_balancer:p99:critical",
        "cloud:load_balancer:p99:warning",
        "cloud:rds:cpu:shop:critical",
        "cloud:rds:cpu:shop:warning",
        "cloud:rds:cpu:stock:critical",
        "cloud:rds:cpu:stock:warning",
        "cloud:rds:credits:shop:warning",
        "cloud:rds:credits:stock:warning",
        "cloud:rds:memory:shop:warning",
        "cloud:rds:memory:stock:warning",
        "cloud:sqs_backlog:depth:critical",
        "cloud:sqs_backlog:depth:warning",
        "cloud:sqs_backlog:oldest:critical",
        "cloud:sqs_backlog:oldest:warning",
    ]


def test_alarm_has_the_limits_attempts_and_topics_of_its_watch(project: Write) -> None:
    found = by_name(project)
    assert properties(found["cloud:rds:cpu:stock:critical"]) == {
        "AlarmName": "checkwright:qa:cloud:rds:cpu:stock:critical",
        "AlarmDescription": (
            "CRITICAL: CPU of stock, watch cloud:rds. Owner: millers."
            " Runbook: https://runbooks.example.com/cloud/"
            " State, storage, load, replication, backups and pending maintenance of RDS databases."
        ),
        "ActionsEnabled": True,
        "AlarmActions": [TOPIC],
        "OKActions": [TOPIC],
        "Namespace": "AWS/RDS",
        "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "stock"}],
        "Period": 300,
        "EvaluationPeriods": 2,
        "DatapointsToAlarm": 2,
        "Threshold": 99.0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "Statistic": "Average",
    }
    assert found["cloud:rds:cpu:shop:critical"].threshold == 90
    assert found["cloud:sqs_backlog:oldest:warning"].dims == (("QueueName", "flour-qa"),)


def test_lower_limit_is_less_than(project: Write) -> None:
    alarm = by_name(project)["cloud:rds:credits:shop:warning"]
    assert (alarm.operator, alarm.threshold) == ("LessThanThreshold", 20)


def test_suffix_of_a_limit_is_a_number(project: Write) -> None:
    alarm = by_name(project)["cloud:rds:memory:shop:warning"]
    assert (alarm.operator, alarm.threshold) == ("LessThanThreshold", 1024**3)


def test_threshold_is_in_the_unit_of_the_metric(project: Write) -> None:
    alarm = by_name(project)["cloud:lambda_function:iterator_age:mail:warning"]
    assert (alarm.stat, alarm.threshold) == ("Maximum", 300_000)


def test_percentile_keeps_its_state_with_few_samples(project: Write) -> None:
    found = properties(by_name(project)["cloud:load_balancer:p99:warning"])
    assert found["ExtendedStatistic"] == "p99"
    assert found["EvaluateLowSampleCountPercentile"] == "ignore"
    assert "Statistic" not in found


def test_why_of_an_override_is_in_the_description(project: Write) -> None:
    text = changed(
        "    roles=(cloud", '    overrides=(Override(attempts=5, role=cloud, why="a slow week"),),\n    roles=(cloud'
    )
    alarm = by_name(project, text)["cloud:rds:cpu:shop:warning"]
    assert "Why: a slow week" in alarm.description
    assert alarm.datapoints == 5


def test_missing_data_that_is_unknown_stays_missing(project: Write) -> None:
    assert by_name(project)["cloud:sqs_backlog:depth:warning"].missing == "missing"
    assert by_name(project)["cloud:sqs_backlog:oldest:warning"].missing == "notBreaching"


NOT_EXPRESSED = {
    "cloud:rds connections of shop critical": "5:200 is a range with two ends, and an alarm has one threshold",
    "cloud:rds space": "is no value of one metric: it is computed, or comes from answers of rds",
    "cloud:rds burst of shop warning": (
        "its metric is one of gp2 storage below 1000 GiB alone: state a limit in the watch where this is one"
    ),
    "cloud:rds state": "is a word and no number",
    "cloud:load_balancer worst critical": "@0:1 alerts inside a range, and an alarm has one threshold",
    "stores:subnet used": "comes from answers of ec2, not from a metric of CloudWatch",
    "stores:sqs_backlog oldest warning": "watches all things that match a pattern, and an alarm watches one",
    "stores:s3_newest age": "comes from answers of s3, not from a metric of CloudWatch",
}


@pytest.mark.parametrize(("subject", "reason"), NOT_EXPRESSED.items(), ids=NOT_EXPRESSED)
def test_limit_that_no_alarm_expresses_has_its_reason(project: Write, subject: str, reason: str) -> None:
    assert reasons(project)[subject] == reason


OTHER_FLEETS = {
    "a team without a topic": (
        ", sns=TOPIC",
        "",
        'the team millers has no topic in eu-west-1: Team(sns=("arn:aws:sns:eu-west-1:...",))',
    ),
    "a topic elsewhere": (
        "sns:eu-west-1:",
        "sns:us-east-1:",
        'the team millers has no topic in eu-west-1: Team(sns=("arn:aws:sns:eu-west-1:...",))',
    ),
    "nobody is notified": (
        'every="5m",\n            attempts=2,',
        'notify="nobody",\n            every="5m",\n            attempts=2,',
        'nobody is notified: notify="nobody"',
    ),
    "too many attempts": (
        "attempts=2",
        "attempts=300",
        "300 attempts of 300 s are longer than an alarm may look back",
    ),
}


@pytest.mark.parametrize(("old", "new", "reason"), OTHER_FLEETS.values(), ids=OTHER_FLEETS)
def test_watch_that_cannot_notify_has_its_reason(project: Write, old: str, new: str, reason: str) -> None:
    found = reasons(project, changed(old, new))
    assert found["cloud:rds cpu of shop warning"] == reason


def test_alarms_cost_by_the_month(project: Write) -> None:
    made = compiled(project).alarms
    number, usd = sums(made, listed())
    assert number == len(made)
    assert usd == pytest.approx(0.1 * number)


def test_the_check_of_alarms_knows_their_names() -> None:
    assert PREFIX == GENERATED


def test_template_is_what_cloudformation_accepts(project: Write, tmp_path: Path) -> None:
    from cfnlint.api import lint_file

    file = tmp_path / "alarms.json"
    document = template(compiled(project).alarms, "Alarms of the bakery")
    file.write_text(json.dumps(document, indent=2))
    assert [str(one) for one in lint_file(file)] == []
    assert len(document["Resources"]) == len(compiled(project).alarms)
    ((name, parameter),) = document["Parameters"].items()
    assert parameter["Description"] == (
        "Value of the dimension LoadBalancer of cloud:load_balancer, as CloudWatch shows it"
    )
    used = [one["Properties"]["Dimensions"] for one in document["Resources"].values()]
    assert used.count([{"Name": "LoadBalancer", "Value": {"Ref": name}}]) == 2


def test_cfn_lint_finds_a_wrong_property(project: Write, tmp_path: Path) -> None:
    from cfnlint.api import lint_file

    document = template(compiled(project).alarms, "Alarms of the bakery")
    next(iter(document["Resources"].values()))["Properties"]["ComparisonOperator"] = "Above"
    file = tmp_path / "alarms.json"
    file.write_text(json.dumps(document))
    assert lint_file(file)


def test_equal_fleets_give_equal_templates(project: Write) -> None:
    first = json.dumps(template(compiled(project).alarms, "x"))
    assert first == json.dumps(template(reversed(compiled(project).alarms), "x"))


def test_moto_describes_the_alarms_as_they_were_put(project: Write) -> None:
    with moto() as address:
        cloudwatch = client("cloudwatch", address)
        expected: dict[str, dict[str, Any]] = {}
        for alarm in compiled(project).alarms:
            values = properties(alarm)
            for dimension in values["Dimensions"]:
                if isinstance(dimension["Value"], dict):
                    dimension["Value"] = "app/shop/50dc6c495c0c9188"
            cloudwatch.put_metric_alarm(**values)
            expected[alarm.name] = values
        described = cloudwatch.describe_alarms(MaxRecords=100)["MetricAlarms"]
    assert len(described) == len(expected)
    for found in described:
        values = expected[found["AlarmName"]]
        assert {name: found.get(name) for name in values} == values


def test_command_writes_a_template_and_lists_the_rest(
    project: Write, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder, out = project(FLEET), tmp_path / "alarms.json"
    words = ["--project", str(folder), "aws", "alarms", "qa", "--out", str(out)]
    assert run(words) != 0
    assert "several accounts: choose one with --account" in capsys.readouterr().err
    assert run([*words, "--account", "shop"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"{out}: 16 alarms for eu-west-1, 1.60 USD a month"
    assert "not an alarm: stores:subnet: used: comes from answers of ec2, not from a metric of CloudWatch" in lines
    assert len(json.loads(out.read_text())["Resources"]) == 16
    assert run([*words, "--account", "backups"]) != 0
    assert "No limit of qa can be an alarm, for the reasons above." in capsys.readouterr().err
    assert run([*words, "--account", "shop", "--region", "eu-west-2"]) != 0
    assert "in the region 'eu-west-2', did you mean eu-west-1" in capsys.readouterr().err


def test_explain_names_every_engine_of_a_gauge(project: Write, capsys: pytest.CaptureFixture[str]) -> None:
    folder = project(FLEET)
    assert run(["--project", str(folder), "explain", "qa", "cloud.qa", "sqs_backlog"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert (
        "oldest is watched by Nagios or Sensu, and by CloudWatch: checkwright:qa:cloud:sqs_backlog:oldest:warning,"
        " checkwright:qa:cloud:sqs_backlog:oldest:critical"
    ) in lines
    assert not any(line.startswith("dead is watched") for line in lines)
    assert run(["--project", str(folder), "explain", "qa", "cloud.qa", "sqs_backlog", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert sorted(found["alarms"]) == ["depth", "oldest"]
    assert run(["--project", str(folder), "explain", "qa", "stores.qa", "subnet", "--json"]) == 0
    assert "alarms" not in json.loads(capsys.readouterr().out)[0]
