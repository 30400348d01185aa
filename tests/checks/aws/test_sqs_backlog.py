"""sqs_backlog: against a fake, and as Nagios runs it against moto's server."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from checks.aws.fake import FakeAws, FakeQueue
from checks.aws.sqs_backlog import SqsBacklog
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from tests.support.aws import REGION, SECRET_KEY, client, forget_credentials, give_credentials, moto
from tests.support.sample import Sample

WORLD = FakeAws(
    {
        "calm": FakeQueue(depth=12, oldest=45, in_flight=3),
        "idle": FakeQueue(),
        "later": FakeQueue(delayed=900),
        "slow": FakeQueue(depth=900, oldest=1200),
        "flooded": FakeQueue(depth=25_000, oldest=300),
        "no-cloudwatch": FakeQueue(depth=3, oldest=CannotTell("AWS refused cloudwatch:GetMetricStatistics")),
        "no-cloudwatch-flooded": FakeQueue(
            depth=25_000, oldest=CannotTell("AWS refused cloudwatch:GetMetricStatistics")
        ),
        "secret": CannotTell("AWS refused sqs:GetQueueUrl on the queue secret in eu-west-1"),
    }
)

CASES = {
    "calm": ("--queue calm", "OK"),
    "idle, so without an age": ("--queue idle", "OK"),
    "oldest message is late": ("--queue slow", "WARNING"),
    "oldest message is very late": ("--queue slow -c 1000", "CRITICAL"),
    "flooded": ("--queue flooded", "CRITICAL"),
    "many in flight": ("--queue calm --in-flight-warning 2", "WARNING"),
    "many delayed": ("--queue later --delayed-critical 500", "CRITICAL"),
    "not there": ("--queue gone", "CRITICAL"),
    "no permission": ("--queue secret", "UNKNOWN"),
    "no permission for the age, depth is well": ("--queue no-cloudwatch", "UNKNOWN"),
    "no permission for the age, flooded": ("--queue no-cloudwatch-flooded", "CRITICAL"),
    "no queue named": ("", "UNKNOWN"),
    "an empty name": ("--queue ''", "UNKNOWN"),
    "an empty region": ("--queue calm --region ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("command_line", "state"), CASES.values(), ids=CASES)
def test_sqs_backlog(command_line: str, state: str, golden: Golden) -> None:
    outcome = run(SqsBacklog, command_line, WORLD)
    assert outcome.state == state
    golden(outcome)


def check(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from checkwright.core.check_program import main; main()", "sqs_backlog", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=dict(os.environ))


def test_program_as_nagios_runs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    give_credentials(monkeypatch)
    with moto() as address:
        sqs = client("sqs", address)
        url = sqs.create_queue(QueueName="payments")["QueueUrl"]
        for number in range(4):
            sqs.send_message(QueueUrl=url, MessageBody=str(number))
        sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=600)
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1)
        client("cloudwatch", address).put_metric_data(
            Namespace="AWS/SQS",
            MetricData=[
                {
                    "MetricName": "ApproximateAgeOfOldestMessage",
                    "Dimensions": [{"Name": "QueueName", "Value": "payments"}],
                    "Timestamp": datetime.now(UTC) - timedelta(minutes=4),
                    "Value": 2000,
                }
            ],
        )
        place = ("--region", REGION, "--endpoint-url", address)
        late = check("--queue", "payments", *place)
        gone = check("--queue", "refunds", *place)
    assert (late.returncode, late.stdout) == (
        2,
        "SQS_BACKLOG CRITICAL: Oldest message 33.3 min (above 1800 s) (3 ok) | "
        "depth=3;1000;10000;0; in_flight=1;;;0; delayed=1;;;0; oldest=2000s;600;1800;0;\n",
    )
    assert gone.returncode == 2
    assert gone.stdout.startswith("SQS_BACKLOG CRITICAL: the queue refunds in eu-west-1 does not exist")
    assert SECRET_KEY not in late.stdout + late.stderr + gone.stdout + gone.stderr


def test_missing_credentials_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_credentials(monkeypatch)
    answer = check("--queue", "payments", "--endpoint-url", "http://127.0.0.1:9")
    assert answer.returncode == 3
    assert answer.stdout.startswith("SQS_BACKLOG UNKNOWN: no AWS credentials for sqs:GetQueueUrl")
    assert answer.stdout.count("\n") == 1


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        queue = client("sqs", address).create_queue(QueueName="sample")["QueueUrl"]
        client("sqs", address).send_message(QueueUrl=queue, MessageBody="an order")
        env = {
            "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": address,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        yield Sample("--queue sample", env=env)
