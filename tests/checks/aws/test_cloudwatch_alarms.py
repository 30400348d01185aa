"""cloudwatch_alarms: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.cloudwatch_alarms import GENERATED, CloudwatchAlarms
from checks.aws.fake import FakeAws
from checkwright.core.errors import CannotTell, CheckError
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.clock import still_time
from tests.support.sample import Sample

NOW = datetime(2026, 11, 29, 6, tzinfo=UTC)
REASON = "Threshold Crossed: 1 datapoint [12.0 (29/11/26 03:00:00)] was greater than the threshold (5.0)."
NO_DATA = "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as [OK]."
RULES = {"AlarmMuteRuleSummaries": [{"Status": "ACTIVE"}, {"Status": "ACTIVE"}]}


def alarm(
    name: str, state: str = "OK", reason: str = "", *, at: datetime | None = None, **more: object
) -> dict[str, Any]:
    since = (at or NOW) - timedelta(hours=3)
    return {
        "AlarmName": name,
        "StateValue": state,
        "StateReason": reason,
        "ActionsEnabled": True,
        "StateTransitionedTimestamp": since,
        **more,
    }


def world(*alarms: dict[str, Any], composite: tuple[dict[str, Any], ...] = ()) -> FakeAws:
    page = {"MetricAlarms": list(alarms), "CompositeAlarms": list(composite)}
    return FakeAws(answers={"cloudwatch:DescribeAlarms": page, "cloudwatch:ListAlarmMuteRules": RULES})


FIRES = alarm("shop-5xx", "ALARM", REASON)
CALM = alarm("shop-cpu")
REFUSED: CheckError = CannotTell("AWS refused cloudwatch:DescribeAlarms on the alarms")

CASES: dict[str, tuple[FakeAws, str, str]] = {
    "calm": (world(CALM, alarm("shop-disk")), "", "OK"),
    "one fires": (world(CALM, FIRES), "", "CRITICAL"),
    "a composite one fires": (world(CALM, composite=(alarm("shop", "ALARM", "shop-5xx is in ALARM"),)), "", "CRITICAL"),
    "some only warn": (world(CALM, FIRES), "--alarm-warning 'shop-*=ALARM'", "WARNING"),
    "left out": (world(CALM, FIRES), "--exclude 'shop-5*'", "OK"),
    "made from a watch": (world(CALM, alarm(f"{GENERATED}production:web:cpu", "ALARM", REASON)), "", "OK"),
    "made from a watch, with --generated": (
        world(CALM, alarm(f"{GENERATED}production:web:cpu", "ALARM", REASON)),
        "--generated",
        "CRITICAL",
    ),
    "no data": (world(alarm("shop-5xx", "INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")), "", "UNKNOWN"),
    "no data is accepted": (
        world(alarm("shop-5xx", "INSUFFICIENT_DATA", "Unchecked")),
        "--alarm-ok INSUFFICIENT_DATA",
        "OK",
    ),
    "calm for want of data": (world(alarm("shop-5xx", reason=NO_DATA)), "", "OK"),
    "a wrong definition": (world(alarm("shop-5xx", EvaluationState="EVALUATION_ERROR")), "", "UNKNOWN"),
    "fires with a wrong definition": (
        world(alarm("shop-5xx", "ALARM", REASON, EvaluationState="EVALUATION_ERROR")),
        "",
        "UNKNOWN",
    ),
    "cannot be evaluated now": (world(alarm("shop-5xx", EvaluationState="EVALUATION_FAILURE")), "", "UNKNOWN"),
    "fired before it could not be evaluated": (
        world(alarm("shop-5xx", "ALARM", REASON, EvaluationState="EVALUATION_FAILURE")),
        "",
        "CRITICAL",
    ),
    "a part of the data": (world(alarm("shop-5xx", EvaluationState="PARTIAL_DATA")), "", "OK"),
    "actions are off": (
        world(
            alarm("shop-5xx", "ALARM", REASON, ActionsEnabled=False),
            composite=(alarm("b", ActionsSuppressedBy="Alarm"),),
        ),
        "--muted-warning 0",
        "CRITICAL",
    ),
    "named": (world(CALM, FIRES), "--name shop-cpu --name shop-5xx", "CRITICAL"),
    "a named one is missing": (world(CALM), "--name shop-cpu --name shop-gone", "CRITICAL"),
    "no alarm at all": (world(), "--region eu-west-1", "CRITICAL"),
    "none of a prefix": (world(), "--prefix shop- --type metric", "CRITICAL"),
    "fewer than expected": (world(CALM), "--alarms-critical 2:", "CRITICAL"),
    "mute rules": (world(CALM), "--mute-rules", "OK"),
    "no permission": (FakeAws(answers={"cloudwatch:DescribeAlarms": REFUSED}), "", "UNKNOWN"),
    "name and prefix": (world(CALM), "--name a --prefix b", "UNKNOWN"),
    "an empty name": (world(CALM), "--name ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_cloudwatch_alarms(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    with still_time(NOW.timestamp()):
        outcome = run(CloudwatchAlarms, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def test_all_types_and_pages_are_asked_for() -> None:
    aws = FakeAws(
        answers={
            "cloudwatch:DescribeAlarms": [
                {"MetricAlarms": [alarm("a")], "NextToken": "t"},
                {"CompositeAlarms": [alarm("b")], "LogAlarms": [alarm("c", "ALARM")]},
            ]
        }
    )
    outcome = run(CloudwatchAlarms, "--prefix shop-", aws)
    assert outcome.state == "CRITICAL"
    assert "alarms=3;" in outcome.text()
    types = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm", "LogAlarm"], "MaxRecords": 100, "AlarmNamePrefix": "shop-"}
    assert [parameters for _, parameters in aws.requests] == [types, {**types, "NextToken": "t"}]


def test_program_reads_answers_of_the_service() -> None:
    fires = alarm("shop-5xx", "ALARM", REASON, at=datetime.now(UTC))
    answers = {"MetricAlarms": [fires, CALM], "CompositeAlarms": [alarm("shop", ActionsSuppressedBy="WaitPeriod")]}
    with answering({"cloudwatch:DescribeAlarms": answers, "cloudwatch:ListAlarmMuteRules": RULES}) as server:
        done = run_program(server.address, "cloudwatch_alarms", "--mute-rules")
    assert done.returncode == 2
    assert done.stdout.startswith("CLOUDWATCH_ALARMS CRITICAL: Alarm shop-5xx ALARM (for 3 h, Threshold Crossed: ")
    for label in ("firing=1;", "alarms=3;", "muted=1;", "active_mutes=2;"):
        assert f" {label}" in done.stdout


def test_program_reports_a_refusal() -> None:
    with answering({"cloudwatch:DescribeAlarms": Refusal("AccessDenied", "not authorized")}) as server:
        done = run_program(server.address, "cloudwatch_alarms")
    assert done.returncode == 3
    assert done.stdout.startswith("CLOUDWATCH_ALARMS UNKNOWN: AWS refused cloudwatch:DescribeAlarms on the alarms: not")


def put_alarm(address: str, name: str) -> Any:
    cloudwatch = client("cloudwatch", address)
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="AWS/SQS",
        MetricName="ApproximateAgeOfOldestMessage",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
    )
    return cloudwatch


@pytest.mark.slow
def test_program_follows_the_states_of_moto() -> None:
    with moto() as address:
        put_alarm(address, "shop-cpu")
        cloudwatch = put_alarm(address, "shop-5xx")
        calm = run_program(address, "cloudwatch_alarms", "--prefix", "shop-")
        cloudwatch.set_alarm_state(AlarmName="shop-5xx", StateValue="ALARM", StateReason="set by hand")
        fires = run_program(address, "cloudwatch_alarms", "--name", "shop-5xx", "--name", "shop-gone")
        elsewhere = run_program(address, "cloudwatch_alarms", "--region", "eu-central-1")
    assert calm.returncode == 0, calm.stdout
    assert " alarms=2;" in calm.stdout
    assert fires.returncode == 2
    assert "Alarm shop-5xx ALARM" in fires.stdout
    assert "set by hand" in fires.stdout
    assert "the alarm shop-gone does not exist" in fires.stdout
    assert elsewhere.stdout.startswith("CLOUDWATCH_ALARMS CRITICAL: there is no alarm in eu-central-1")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        put_alarm(address, "shop-cpu")
        yield Sample("--name shop-cpu", env=environment(address))
