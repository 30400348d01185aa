"""dynamodb: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.dynamodb import Dynamodb
from checks.aws.fake import FakeAws
from checkwright.core.errors import CannotTell, Down
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample


def capacity(read: int, write: int) -> dict[str, Any]:
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write}


def table(status: str = "ACTIVE", read: int = 100, write: int = 50, **more: object) -> dict[str, Any]:
    about = {"TableName": "orders", "TableStatus": status, "ProvisionedThroughput": capacity(read, write)}
    return {"Table": {**about, **more}}


def index(name: str, status: str = "ACTIVE") -> dict[str, Any]:
    return {"IndexName": name, "IndexStatus": status, "ProvisionedThroughput": capacity(100, 50)}


NAMES = {
    "reads": ("ReadThrottleEvents", "Sum"),
    "writes": ("WriteThrottleEvents", "Sum"),
    "read": ("ConsumedReadCapacityUnits", "Sum"),
    "write": ("ConsumedWriteCapacityUnits", "Sum"),
    "failed": ("SystemErrors", "Sum"),
    "latency": ("SuccessfulRequestLatency", "Average"),
}
USUAL: dict[str, Any] = {
    "reads": None,
    "writes": None,
    "read": [6_000, 5_000],
    "write": [1_500],
    "failed": None,
    "latency": [4.2],
}
IDLE: dict[str, Any] = dict.fromkeys(USUAL)


def world(about: Any = None, more: dict[tuple[str, ...], Any] | None = None, **values: Any) -> FakeAws:
    metrics: dict[tuple[str, ...], Any] = {NAMES[name]: found for name, found in {**USUAL, **values}.items()}
    return FakeAws(answers={"dynamodb:DescribeTable": about or table()}, metrics={**metrics, **(more or {})})


INDEXED = table(GlobalSecondaryIndexes=[index("by-customer"), index("by-day", "CREATING")])
BUSY_INDEX: dict[tuple[str, ...], Any] = {("WriteThrottleEvents", "Sum", "by-customer"): [240]}
REFUSED = CannotTell("AWS refused cloudwatch:GetMetricData")
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(), "", "OK"),
    "a few requests are throttled": (world(reads=[4]), "", "WARNING"),
    "many requests are throttled": (world(writes=[80, 40]), "", "CRITICAL"),
    "near the capacity": (world(read=[25_500]), "", "WARNING"),
    "above the capacity, from the reserve of a burst": (world(write=[18_000]), "", "CRITICAL"),
    "idle": (world(**IDLE), "", "OK"),
    "on demand": (world(table(read=0, write=0)), "", "OK"),
    "on demand and throttled": (world(table(read=0, write=0), reads=[3], writes=[2]), "", "WARNING"),
    "an index is throttled": (world(INDEXED, BUSY_INDEX), "--index by-customer", "CRITICAL"),
    "all indexes": (world(INDEXED), "--index '*'", "WARNING"),
    "an index that is not there": (world(INDEXED), "--index by-name", "CRITICAL"),
    "an operation": (world(), "--operation GetItem", "OK"),
    "an operation fails": (world(failed=[7]), "--operation GetItem", "WARNING"),
    "an operation is slow": (world(latency=[210]), "--operation GetItem --latency-warning 0.1", "WARNING"),
    "is deleted": (world(table("DELETING")), "", "CRITICAL"),
    "lost its key": (world(table("INACCESSIBLE_ENCRYPTION_CREDENTIALS")), "", "CRITICAL"),
    "is made": (world(table("CREATING"), **IDLE), "", "WARNING"),
    "not there": (world(Down("the table orders does not exist")), "", "CRITICAL"),
    "no permission": (world(CannotTell("AWS refused dynamodb:DescribeTable")), "", "UNKNOWN"),
    "no permission for CloudWatch": (world(reads=REFUSED), "", "UNKNOWN"),
    "an empty name": (world(), "--table ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_dynamodb(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Dynamodb, f"--table orders {command_line}".strip(), aws)
    assert outcome.state == state
    golden(outcome)


def test_table_on_demand_costs_two_metrics() -> None:
    aws = world(table(read=0, write=0))
    run(Dynamodb, "--table orders", aws)
    assert len(aws.requests[1][1]["MetricDataQueries"]) == 2


def test_program_reads_answers_of_the_service() -> None:
    now = datetime.now(UTC)
    start = now - timedelta(seconds=now.timestamp() % 300) - timedelta(minutes=10)
    results = [
        {"Id": f"q{number}", "StatusCode": "Complete", "Timestamps": [start], "Values": [value]}
        for number, value in enumerate((0.0, 130.0, 27_000.0, 300.0))
    ]
    answers: dict[str, Any] = {
        "dynamodb:DescribeTable": table(),
        "cloudwatch:GetMetricData": {"MetricDataResults": results},
    }
    with answering(answers) as server:
        done = run_program(server.address, "dynamodb", "--table", "orders", "-vv")
    assert done.returncode == 2, done.stdout
    assert "CRITICAL: Throttled requests to orders 130 (above 100; 0 reads, 130 writes)" in done.stdout
    assert "WARNING: Read capacity of orders 90 % (above 80 %)" in done.stdout


@pytest.mark.parametrize(
    ("refusal", "code", "words"),
    [
        (Refusal("ResourceNotFoundException", "not found"), 2, "CRITICAL: the table orders does not exist"),
        (Refusal("AccessDeniedException", "no"), 3, "UNKNOWN: AWS refused dynamodb:DescribeTable on the table orders"),
    ],
    ids=["not there", "refused"],
)
def test_program_reports_a_refusal(refusal: Refusal, code: int, words: str) -> None:
    with answering({"dynamodb:DescribeTable": refusal}) as server:
        done = run_program(server.address, "dynamodb", "--table", "orders")
    assert done.returncode == code, done.stdout
    assert done.stdout.startswith(f"DYNAMODB {words}")


def make_table(address: str) -> None:
    client("dynamodb", address).create_table(
        TableName="orders",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "customer", "AttributeType": "S"},
        ],
        ProvisionedThroughput=capacity(10, 5),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-customer",
                "KeySchema": [{"AttributeName": "customer", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": capacity(2, 1),
            }
        ],
    )


@pytest.mark.slow
def test_program_follows_the_tables_of_moto() -> None:
    with moto() as address:
        make_table(address)
        idle = run_program(address, "dynamodb", "--table", "orders", "--index", "*", "-vv")
        at = datetime.now(UTC) - timedelta(minutes=12)
        client("cloudwatch", address).put_metric_data(
            Namespace="AWS/DynamoDB",
            MetricData=[
                {
                    "MetricName": name,
                    "Dimensions": [{"Name": "TableName", "Value": "orders"}],
                    "Timestamp": at,
                    "Value": value,
                }
                for name, value in (("ConsumedReadCapacityUnits", 2_700), ("WriteThrottleEvents", 3))
            ],
        )
        busy = run_program(address, "dynamodb", "--table", "orders", "-vv")
        gone = run_program(address, "dynamodb", "--table", "carts")
    assert idle.returncode == 0, idle.stdout
    assert "OK: Table orders/by-customer ACTIVE" in idle.stdout
    assert busy.returncode == 1
    assert "WARNING: Read capacity of orders 90 % (above 80 %)" in busy.stdout
    assert "WARNING: Throttled requests to orders 3 (above 0; 0 reads, 3 writes)" in busy.stdout
    assert gone.stdout.startswith("DYNAMODB CRITICAL: the table carts does not exist")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        make_table(address)
        yield Sample("--table orders", env=environment(address))
