"""nat_gateway: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.fake import FakeAws
from checks.aws.nat_gateway import NatGateway
from checkwright.core.errors import CannotTell, Down
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample

ID, OTHER = "nat-0123456789abcdef0", "nat-0fedcba9876543210"


def gateway(identity: str = ID, state: str = "available", name: str = "", **more: object) -> dict[str, Any]:
    tags = [{"Key": "Name", "Value": name}] if name else []
    return {"NatGatewayId": identity, "State": state, "Tags": tags, **more}


def world(*gateways: dict[str, Any], errors: Any = (0,), drops: Any = (0,), connections: Any = (8_400,)) -> FakeAws:
    return FakeAws(
        answers={"ec2:DescribeNatGateways": {"NatGateways": list(gateways or (gateway(),))}},
        metrics={
            ("ErrorPortAllocation", "Sum"): errors,
            ("PacketsDropCount", "Sum"): drops,
            ("ActiveConnectionCount", "Maximum"): connections,
        },
    )


FAILED = gateway(state="failed", FailureMessage="Elastic IP address could not be associated")
GONE = FakeAws(answers={"ec2:DescribeNatGateways": Down(f"the NAT gateway {ID} does not exist")})
REFUSED = FakeAws(answers={"ec2:DescribeNatGateways": CannotTell("AWS refused ec2:DescribeNatGateways")})
NONE = FakeAws(answers={"ec2:DescribeNatGateways": {"NatGateways": []}})
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(gateway(name="a")), "", "OK"),
    "some connections get no port": (world(errors=[7]), "", "WARNING"),
    "many connections get no port": (world(errors=[450]), "", "CRITICAL"),
    "packets are dropped": (world(drops=[5_000]), "--drops-warning 1000", "WARNING"),
    "failed": (world(FAILED), "", "CRITICAL"),
    "is made": (world(gateway(state="pending")), "", "WARNING"),
    "one was deleted": (world(gateway(), gateway(OTHER, "deleted")), "", "OK"),
    "the only one was deleted": (world(gateway(state="deleted")), "", "CRITICAL"),
    "a named one was deleted": (world(gateway(state="deleted")), f"--gateway {ID}", "CRITICAL"),
    "no datapoints": (world(errors=None, drops=None, connections=None), "", "OK"),
    "by ID": (world(), f"--gateway {ID}", "OK"),
    "of a VPC": (world(), "--vpc vpc-1 --tag stage=production", "OK"),
    "not there": (GONE, f"--gateway {ID}", "CRITICAL"),
    "none in a VPC": (NONE, "--vpc vpc-1 --region eu-west-1", "CRITICAL"),
    "no permission": (REFUSED, "", "UNKNOWN"),
    "no permission for CloudWatch": (world(errors=CannotTell("AWS refused cloudwatch:GetMetricData")), "", "UNKNOWN"),
    "ID and VPC": (world(), f"--gateway {ID} --vpc vpc-1", "UNKNOWN"),
    "an empty ID": (world(), "--gateway ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_nat_gateway(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(NatGateway, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def test_gateways_are_selected_by_ec2() -> None:
    aws = world()
    run(NatGateway, "--vpc vpc-1 --tag stage=production", aws)
    assert aws.requests[0][1]["Filter"] == [
        {"Name": "tag:stage", "Values": ["production"]},
        {"Name": "vpc-id", "Values": ["vpc-1"]},
    ]


def test_program_reads_answers_of_the_service() -> None:
    now = datetime.now(UTC)
    start = now - timedelta(seconds=now.timestamp() % 300) - timedelta(minutes=10)
    results = [
        {"Id": f"q{number}", "StatusCode": "Complete", "Timestamps": [start], "Values": [value]}
        for number, value in enumerate((210.0, 4.0, 55_000.0))
    ]
    answers: dict[str, Any] = {
        "ec2:DescribeNatGateways": {"NatGateways": [gateway(name="a"), FAILED | {"NatGatewayId": OTHER}]},
        "cloudwatch:GetMetricData": {"MetricDataResults": results},
    }
    with answering(answers) as server:
        done = run_program(server.address, "nat_gateway", "-vv")
    assert done.returncode == 2, done.stdout
    assert f"CRITICAL: Port allocation errors of a {ID} 210 (above 100)" in done.stdout
    assert f"CRITICAL: NAT gateway {OTHER} failed (Elastic IP address could not be associated)" in done.stdout


@pytest.mark.parametrize(
    ("refusal", "code", "words"),
    [
        (Refusal("NatGatewayNotFound", "not found"), 2, f"CRITICAL: the NAT gateway {ID} does not exist"),
        (Refusal("UnauthorizedOperation", "no"), 3, "UNKNOWN: AWS refused ec2:DescribeNatGateways on the NAT gateway"),
    ],
    ids=["not there", "refused"],
)
def test_program_reports_a_refusal(refusal: Refusal, code: int, words: str) -> None:
    with answering({"ec2:DescribeNatGateways": refusal}) as server:
        done = run_program(server.address, "nat_gateway", "--gateway", ID)
    assert done.returncode == code, done.stdout
    assert done.stdout.startswith(f"NAT_GATEWAY {words}")


def make_gateway(address: str) -> str:
    ec2 = client("ec2", address)
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    identity: str = ec2.create_nat_gateway(SubnetId=subnet)["NatGateway"]["NatGatewayId"]
    return identity


def put(address: str, identity: str, errors: float) -> None:
    client("cloudwatch", address).put_metric_data(
        Namespace="AWS/NATGateway",
        MetricData=[
            {
                "MetricName": name,
                "Dimensions": [{"Name": "NatGatewayId", "Value": identity}],
                "Timestamp": datetime.now(UTC) - timedelta(minutes=12),
                "Value": value,
            }
            for name, value in (
                ("ErrorPortAllocation", errors),
                ("PacketsDropCount", 0),
                ("ActiveConnectionCount", 900),
            )
        ],
    )


@pytest.mark.slow
def test_program_follows_the_gateways_of_moto() -> None:
    with moto() as address:
        identity = make_gateway(address)
        idle = run_program(address, "nat_gateway", "-vv")
        put(address, identity, 40)
        busy = run_program(address, "nat_gateway")
        none = run_program(address, "nat_gateway", "--vpc", "vpc-1")
    assert idle.returncode == 0, idle.stdout
    assert f"OK: NAT gateway {identity} available" in idle.stdout
    assert busy.stdout.startswith(f"NAT_GATEWAY WARNING: Port allocation errors of {identity} 40 (above 0)")
    assert none.stdout.startswith("NAT_GATEWAY CRITICAL: there is no NAT gateway in vpc-1")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        put(address, make_gateway(address), 0)
        yield Sample("", env=environment(address))
