"""sns: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.fake import FakeAws
from checks.aws.sns import Sns
from checkwright.core.errors import CannotTell, Down
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample

ARN = "arn:aws:sns:eu-west-1:111122223333:orders"
NAMES = {
    "sent": "NumberOfNotificationsDelivered",
    "failed": "NumberOfNotificationsFailed",
    "dead": "NumberOfNotificationsRedrivenToDlq",
    "lost": "NumberOfNotificationsFailedToRedriveToDlq",
}
USUAL: dict[str, Any] = {"sent": [4_000, 4_100], "failed": None, "dead": None, "lost": None}


def attributes(confirmed: int = 3, pending: int = 0) -> dict[str, Any]:
    return {"Attributes": {"SubscriptionsConfirmed": str(confirmed), "SubscriptionsPending": str(pending)}}


def world(about: Any = None, spent: Any = (12.5,), limit: str = "50", **values: Any) -> FakeAws:
    metrics: dict[tuple[str, ...], Any] = {(NAMES[name], "Sum"): found for name, found in {**USUAL, **values}.items()}
    return FakeAws(
        answers={
            "sns:ListTopics": {"Topics": [{"TopicArn": ARN}, {"TopicArn": ARN.replace("orders", "mails")}]},
            "sns:GetTopicAttributes": about or attributes(),
            "sns:GetSMSAttributes": {"attributes": {"MonthlySpendLimit": limit} if limit else {}},
        },
        metrics={**metrics, ("SMSMonthToDateSpentUSD", "Maximum"): spent},
    )


CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(), "", "OK"),
    "some notifications fail": (world(failed=[200]), "", "WARNING"),
    "many notifications fail": (world(sent=[10], failed=[40]), "", "CRITICAL"),
    "some were given up": (world(dead=[7]), "", "WARNING"),
    "some are lost": (world(lost=[1]), "", "CRITICAL"),
    "without subscriptions": (world(attributes(0)), "", "WARNING"),
    "not confirmed": (world(attributes(3, 1)), "", "WARNING"),
    "no notifications": (world(sent=None), "", "OK"),
    "by ARN": (world(), f"--topic {ARN}", "OK"),
    "with text messages": (world(), "--sms", "OK"),
    "text messages are near the limit": (world(spent=[48.2]), "--sms", "CRITICAL"),
    "text messages without a limit": (world(limit=""), "--sms", "OK"),
    "no number of subscriptions": (world({"Attributes": {}}), "", "UNKNOWN"),
    "not there": (world(), "--topic refunds", "CRITICAL"),
    "not there, by ARN": (world(Down("the topic orders does not exist")), f"--topic {ARN}", "CRITICAL"),
    "no permission": (world(CannotTell("AWS refused sns:GetTopicAttributes")), "", "UNKNOWN"),
    "no permission for CloudWatch": (world(sent=CannotTell("AWS refused cloudwatch:GetMetricData")), "", "UNKNOWN"),
    "an empty name": (world(), "--topic ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_sns(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Sns, command_line if "arn:" in command_line else f"--topic orders {command_line}".strip(), aws)
    assert outcome.state == state
    golden(outcome)


def test_arn_needs_no_list_of_topics() -> None:
    aws = world()
    run(Sns, f"--topic {ARN}", aws)
    assert [name for name, _ in aws.requests] == ["sns:GetTopicAttributes", "cloudwatch:GetMetricData"]
    assert {one.dims["TopicName"] for one in Sns(topic=(ARN,)).read_metrics()} == {"orders"}


def test_program_reads_answers_of_the_service() -> None:
    now = datetime.now(UTC)
    start = now - timedelta(seconds=now.timestamp() % 300) - timedelta(minutes=10)
    results = [
        {"Id": f"q{number}", "StatusCode": "Complete", "Timestamps": [start], "Values": [value]}
        for number, value in enumerate((190.0, 10.0, 10.0, 0.0))
    ]
    answers: dict[str, Any] = {
        "sns:ListTopics": {"Topics": [{"TopicArn": ARN}]},
        "sns:GetTopicAttributes": attributes(2, 1),
        "cloudwatch:GetMetricData": {"MetricDataResults": results},
    }
    with answering(answers) as server:
        done = run_program(server.address, "sns", "--topic", "orders", "-vv")
    assert done.returncode == 1, done.stdout
    assert "WARNING: Failed notifications of orders 5 % (above 1 %; 10 of 200)" in done.stdout
    assert "WARNING: Unconfirmed subscriptions of orders 1 (above 0)" in done.stdout


@pytest.mark.parametrize(
    ("refusal", "code", "words"),
    [
        (Refusal("NotFound", "Topic does not exist"), 2, "CRITICAL: the topic orders does not exist"),
        (Refusal("AuthorizationError", "no"), 3, "UNKNOWN: AWS refused sns:GetTopicAttributes on the topic orders: no"),
    ],
    ids=["not there", "refused"],
)
def test_program_reports_a_refusal(refusal: Refusal, code: int, words: str) -> None:
    with answering({"sns:GetTopicAttributes": refusal}) as server:
        done = run_program(server.address, "sns", "--topic", ARN)
    assert done.returncode == code, done.stdout
    assert done.stdout.startswith(f"SNS {words}")


def make_topic(address: str) -> None:
    client("sns", address).create_topic(Name="orders")


#: moto counts no subscriptions.
WORDS = "--topic orders --subscriptions-warning 0:"


@pytest.mark.slow
def test_program_follows_the_topics_of_moto() -> None:
    with moto() as address:
        make_topic(address)
        well = run_program(address, "sns", *WORDS.split(), "-vv")
        empty = run_program(address, "sns", "--topic", "orders")
        client("cloudwatch", address).put_metric_data(
            Namespace="AWS/SNS",
            MetricData=[
                {
                    "MetricName": NAMES[name],
                    "Dimensions": [{"Name": "TopicName", "Value": "orders"}],
                    "Timestamp": datetime.now(UTC) - timedelta(minutes=12),
                    "Value": value,
                }
                for name, value in (("sent", 30), ("failed", 10))
            ],
        )
        fails = run_program(address, "sns", *WORDS.split())
        gone = run_program(address, "sns", "--topic", "refunds")
    assert well.returncode == 0, well.stdout
    assert empty.stdout.startswith("SNS WARNING: Subscriptions of orders 0 (below 1)")
    assert fails.stdout.startswith("SNS CRITICAL: Failed notifications of orders 25 % (above 10 %; 10 of 40)")
    assert gone.stdout.startswith("SNS CRITICAL: the topic refunds does not exist")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        make_topic(address)
        yield Sample(WORDS, env=environment(address))
