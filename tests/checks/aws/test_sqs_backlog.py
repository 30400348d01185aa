"""sqs_backlog: against a fake, and as Nagios runs it against moto's server."""

import json
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

NO_CLOUDWATCH = CannotTell("AWS refused cloudwatch:GetMetricData")
WORLD = FakeAws(
    {
        "calm": FakeQueue(depth=12, oldest=45, in_flight=3),
        "idle": FakeQueue(),
        "woken": FakeQueue(depth=2),
        "later": FakeQueue(delayed=900),
        "slow": FakeQueue(depth=900, oldest=1200),
        "short": FakeQueue(depth=1, oldest=300, retention=500),
        "given-up": FakeQueue(depth=1, oldest=20, dead=3),
        "none-given-up": FakeQueue(depth=1, oldest=20, dead=0),
        "flooded": FakeQueue(depth=25_000, oldest=300),
        "no-cloudwatch": FakeQueue(depth=3, oldest=NO_CLOUDWATCH),
        "no-cloudwatch-flooded": FakeQueue(depth=25_000, oldest=NO_CLOUDWATCH),
        "secret": CannotTell("AWS refused sqs:GetQueueUrl on the queue secret in eu-west-1"),
        "shop-orders": FakeQueue(depth=5, oldest=30, dead=0),
        "shop-mail": FakeQueue(depth=1_400, oldest=700),
        "half-open": FakeQueue(depth=1, oldest=30),
        "half-closed": FakeQueue(depth=CannotTell("AWS refused sqs:GetQueueAttributes on the queue half-closed")),
    }
)

CASES = {
    "calm": ("--queue calm", "OK"),
    "idle, so without an age": ("--queue idle", "OK"),
    "woken, so without an age yet": ("--queue woken -v", "OK"),
    "oldest message is late": ("--queue slow", "WARNING"),
    "oldest message is very late": ("--queue slow -c 1000", "CRITICAL"),
    "oldest message is soon deleted": ("--queue short", "WARNING"),
    "flooded": ("--queue flooded", "CRITICAL"),
    "many in flight": ("--queue calm --in-flight-warning 2", "WARNING"),
    "many delayed": ("--queue later --delayed-critical 500", "CRITICAL"),
    "messages were given up": ("--queue given-up", "WARNING"),
    "none was given up": ("--queue none-given-up", "OK"),
    "dead letters are left out": ("--queue given-up --no-dead-letters", "OK"),
    "all of a prefix": ("--queue 'shop-*'", "WARNING"),
    "one of a prefix is closed": ("--queue 'half-*'", "UNKNOWN"),
    "none of a prefix": ("--queue 'gone-*'", "CRITICAL"),
    "not there": ("--queue gone --region eu-west-1", "CRITICAL"),
    "no permission": ("--queue secret", "UNKNOWN"),
    "no permission for the age, depth is well": ("--queue no-cloudwatch", "UNKNOWN"),
    "no permission for the age, flooded": ("--queue no-cloudwatch-flooded", "CRITICAL"),
    "no queue named": ("", "UNKNOWN"),
    "an empty name": ("--queue ''", "UNKNOWN"),
    "a pattern": ("--queue 'shop-*-1'", "UNKNOWN"),
    "all queues": ("--queue '*'", "UNKNOWN"),
    "a role that is no ARN": ("--queue calm --role checks", "UNKNOWN"),
    "an external ID without a role": ("--queue calm --external-id 5", "UNKNOWN"),
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
        dead = sqs.create_queue(QueueName="payments-dead")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
        url = sqs.create_queue(QueueName="payments", Attributes={"RedrivePolicy": policy})["QueueUrl"]
        for number in range(2):
            sqs.send_message(QueueUrl=dead, MessageBody=str(number))
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
    assert late.returncode == 2
    assert late.stdout.startswith("SQS_BACKLOG CRITICAL: Oldest message 33.3 min (above 1800 s) (1 warning, 5 ok) | ")
    for label in ("depth=3;1000;10000;0;", "dead=2;0;100;0;", "oldest=2000s;600;1800;0;", "in_flight=1;;;0;"):
        assert f" {label} " in late.stdout
    assert gone.returncode == 2
    assert gone.stdout.startswith("SQS_BACKLOG CRITICAL: the queue refunds in eu-west-1 does not exist")
    assert SECRET_KEY not in late.stdout + late.stderr + gone.stdout + gone.stderr


def test_missing_credentials_are_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_credentials(monkeypatch)
    answer = check("--queue", "payments", "--region", REGION, "--endpoint-url", "http://127.0.0.1:9")
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
