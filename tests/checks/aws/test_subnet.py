"""subnet: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from checks.aws.fake import FakeAws
from checks.aws.subnet import Subnet
from checkwright.core.errors import CannotTell, Down
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample


def subnet(free: int, size: str = "24", number: int = 1, name: str = "", **more: object) -> dict[str, Any]:
    tags = [{"Key": "tier", "Value": "private"}, *([{"Key": "Name", "Value": name}] if name else [])]
    return {
        "SubnetId": f"subnet-{number:017x}",
        "State": "available",
        "CidrBlock": f"10.0.{number}.0/{size}",
        "AvailableIpAddressCount": free,
        "Tags": tags,
        **more,
    }


def world(*subnets: dict[str, Any]) -> FakeAws:
    return FakeAws(answers={"ec2:DescribeSubnets": {"Subnets": list(subnets)}})


ID = f"subnet-{1:017x}"
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(subnet(200)), f"--subnet {ID}", "OK"),
    "empty": (world(subnet(251)), "", "OK"),
    "filling up": (world(subnet(45)), "", "WARNING"),
    "full": (world(subnet(0)), "", "CRITICAL"),
    "a small one": (world(subnet(7, "28")), "", "WARNING"),
    "a large one": (world(subnet(900, "20")), "", "OK"),
    "IPv6 alone": (world(subnet(0, Ipv6Native=True, CidrBlock="")), "", "OK"),
    "not available": (world(subnet(200, State="unavailable")), "", "CRITICAL"),
    "two with names": (
        world(subnet(200, name="web-a"), subnet(20, number=2, name="web-b")),
        "--vpc vpc-1 --tag tier=private",
        "WARNING",
    ),
    "none of a VPC": (world(), "--vpc vpc-1 --tag tier=private --region eu-west-1", "CRITICAL"),
    "none at all": (world(), "", "CRITICAL"),
    "not there": (
        FakeAws(answers={"ec2:DescribeSubnets": Down(f"the subnet {ID} does not exist")}),
        f"-s {ID}",
        "CRITICAL",
    ),
    "no permission": (FakeAws(answers={"ec2:DescribeSubnets": CannotTell("AWS refused it")}), "", "UNKNOWN"),
    "an ID and a VPC": (world(), f"--subnet {ID} --vpc vpc-1", "UNKNOWN"),
    "an empty ID": (world(), "--subnet ''", "UNKNOWN"),
    "a tag without a value": (world(), "--tag tier", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_subnet(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Subnet, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def test_selection_is_in_the_request() -> None:
    aws = world(subnet(200))
    run(Subnet, "--vpc vpc-1 --tag tier=private", aws)
    run(Subnet, f"--subnet {ID}", aws)
    run(Subnet, "", aws)
    tags = {"Name": "tag:tier", "Values": ["private"]}
    assert [parameters for _, parameters in aws.requests] == [
        {"Filters": [tags, {"Name": "vpc-id", "Values": ["vpc-1"]}]},
        {"SubnetIds": [ID]},
        {},
    ]


def test_program_reads_answers_of_the_service() -> None:
    with answering({"ec2:DescribeSubnets": {"Subnets": [subnet(4, name="web-a")]}}) as server:
        done = run_program(server.address, "subnet", "-vv")
    assert done.returncode == 2, done.stdout
    assert f"CRITICAL: Used addresses web-a {ID} 98.4 % (above 95 %; 4 of 251 free)" in done.stdout
    assert f"CRITICAL: Free addresses web-a {ID} 4 (below 5)" in done.stdout


def test_program_reports_a_refusal() -> None:
    with answering({"ec2:DescribeSubnets": Refusal("UnauthorizedOperation", "no")}) as server:
        done = run_program(server.address, "subnet")
    assert done.returncode == 3
    assert done.stdout.startswith("SUBNET UNKNOWN: AWS refused ec2:DescribeSubnets on the subnets: no")


@pytest.mark.slow
def test_program_follows_the_subnets_of_moto() -> None:
    with moto() as address:
        ec2 = client("ec2", address)
        vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
        identity = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/28")["Subnet"]["SubnetId"]
        empty = run_program(address, "subnet", "--subnet", identity, "-vv")
        image = ec2.describe_images()["Images"][0]["ImageId"]
        ec2.run_instances(ImageId=image, MinCount=8, MaxCount=8, SubnetId=identity)
        filled = run_program(address, "subnet", "--vpc", vpc, "-vv")
        gone = run_program(address, "subnet", "--subnet", ID)
    assert empty.returncode == 0, empty.stdout
    assert f"Used addresses {identity} 0 % (11 of 11 free)" in empty.stdout
    assert filled.returncode == 2
    assert f"Free addresses {identity} 3 (below 5)" in filled.stdout
    assert gone.stdout.startswith(f"SUBNET CRITICAL: the subnet {ID} does not exist")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        yield Sample("", env=environment(address))
