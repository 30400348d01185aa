"""kinesis: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.fake import FakeAws
from checks.aws.kinesis import Kinesis
from checkwright.core.errors import CannotTell, Down
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample

NAMES = {
    "age": ("GetRecords.IteratorAgeMilliseconds", "Maximum"),
    "incoming": ("IncomingRecords", "Sum"),
    "reads": ("ReadProvisionedThroughputExceeded", "Sum"),
    "writes": ("WriteProvisionedThroughputExceeded", "Sum"),
}
USUAL: dict[str, Any] = {"age": [900, 1_200], "incoming": [60_000, 58_000], "reads": [0], "writes": None}
HOUR = 3_600_000


def stream(status: str = "ACTIVE", hours: int = 24, consumers: int = 0) -> dict[str, Any]:
    about = {"StreamName": "clicks", "StreamStatus": status, "RetentionPeriodHours": hours, "ConsumerCount": consumers}
    required = {
        "StreamARN": "arn:aws:kinesis:eu-west-1:111122223333:stream/clicks",
        "StreamCreationTimestamp": datetime(2026, 1, 1, tzinfo=UTC),
        "EnhancedMonitoring": [],
        "OpenShardCount": 2,
    }
    return {"StreamDescriptionSummary": {**about, **required}}


def world(about: Any = None, **values: Any) -> FakeAws:
    metrics: dict[tuple[str, ...], Any] = {NAMES[name]: found for name, found in {**USUAL, **values}.items()}
    return FakeAws(answers={"kinesis:DescribeStreamSummary": about or stream()}, metrics=metrics)


REFUSED = CannotTell("AWS refused cloudwatch:GetMetricData")
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(), "", "OK"),
    "readers are late": (world(age=[8 * HOUR, 7 * HOUR]), "", "WARNING"),
    "records are soon lost": (world(age=[14 * HOUR, 13 * HOUR]), "", "CRITICAL"),
    "a shard is read for the first time": (world(age=[24 * HOUR, 900]), "", "OK"),
    "a longer retention": (world(stream(hours=168), age=[14 * HOUR, 13 * HOUR]), "", "OK"),
    "nobody reads": (world(age=None), "", "CRITICAL"),
    "readers have fan-out": (world(stream(consumers=1), age=None), "", "OK"),
    "idle": (world(age=None, incoming=None), "", "OK"),
    "some requests are throttled": (world(writes=[12]), "", "WARNING"),
    "many requests are throttled": (world(reads=[90, 40]), "", "CRITICAL"),
    "is deleted": (world(stream("DELETING")), "", "CRITICAL"),
    "not there": (world(Down("the stream clicks does not exist")), "", "CRITICAL"),
    "no permission": (world(CannotTell("AWS refused kinesis:DescribeStreamSummary")), "", "UNKNOWN"),
    "no permission for CloudWatch": (world(age=REFUSED), "", "UNKNOWN"),
    "an empty name": (world(), "--stream ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_kinesis(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Kinesis, f"--stream clicks {command_line}".strip(), aws)
    assert outcome.state == state
    golden(outcome)


def test_program_reads_answers_of_the_service() -> None:
    now = datetime.now(UTC)
    start = now - timedelta(seconds=now.timestamp() % 300) - timedelta(minutes=10)
    results = [
        {"Id": f"q{number}", "StatusCode": "Complete", "Timestamps": [start], "Values": [value]}
        for number, value in enumerate((6.0 * HOUR * 2, 30_000.0, 0.0, 7.0))
    ]
    answers: dict[str, Any] = {
        "kinesis:DescribeStreamSummary": stream(),
        "cloudwatch:GetMetricData": {"MetricDataResults": results},
    }
    with answering(answers) as server:
        done = run_program(server.address, "kinesis", "--stream", "clicks", "-vv")
    assert done.returncode == 1, done.stdout
    assert "WARNING: Consumer lag of clicks 50 % (above 25 %)" in done.stdout
    assert "WARNING: Throttled requests to clicks 7 (above 0; 0 reads, 7 writes)" in done.stdout
    assert "OK: Records into clicks 100 /s" in done.stdout


@pytest.mark.parametrize(
    ("refusal", "code", "words"),
    [
        (Refusal("ResourceNotFoundException", "no"), 2, "CRITICAL: the stream clicks does not exist"),
        (Refusal("AccessDeniedException", "no"), 3, "UNKNOWN: AWS refused kinesis:DescribeStreamSummary on the stream"),
    ],
    ids=["not there", "refused"],
)
def test_program_reports_a_refusal(refusal: Refusal, code: int, words: str) -> None:
    with answering({"kinesis:DescribeStreamSummary": refusal}) as server:
        done = run_program(server.address, "kinesis", "--stream", "clicks")
    assert done.returncode == code, done.stdout
    assert done.stdout.startswith(f"KINESIS {words}")


def make_stream(address: str) -> None:
    client("kinesis", address).create_stream(StreamName="clicks", ShardCount=1)


@pytest.mark.slow
def test_program_follows_the_streams_of_moto() -> None:
    with moto() as address:
        make_stream(address)
        idle = run_program(address, "kinesis", "--stream", "clicks", "-vv")
        client("cloudwatch", address).put_metric_data(
            Namespace="AWS/Kinesis",
            MetricData=[
                {
                    "MetricName": "IncomingRecords",
                    "Dimensions": [{"Name": "StreamName", "Value": "clicks"}],
                    "Timestamp": datetime.now(UTC) - timedelta(minutes=12),
                    "Value": 500,
                }
            ],
        )
        unread = run_program(address, "kinesis", "--stream", "clicks")
        gone = run_program(address, "kinesis", "--stream", "views")
    assert idle.returncode == 0, idle.stdout
    assert "OK: Consumers of clicks idle" in idle.stdout
    assert unread.stdout.startswith("KINESIS CRITICAL: Consumers of clicks nobody reads (500 records in 15 minutes)")
    assert gone.stdout.startswith("KINESIS CRITICAL: the stream views does not exist")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        make_stream(address)
        yield Sample("--stream clicks", env=environment(address))
