"""ec2_credits: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.ec2_credits import Ec2Credits
from checks.aws.fake import FakeAws
from checkwright.core.errors import CannotTell, Down
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample

ID, OTHER = "i-0123456789abcdef0", "i-0fedcba9876543210"


def machine(identity: str = ID, kind: str = "t3.small", state: str = "running", name: str = "") -> dict[str, Any]:
    tags = [{"Key": "Name", "Value": name}] if name else []
    return {"InstanceId": identity, "InstanceType": kind, "State": {"Name": state}, "Tags": tags}


def world(*machines: dict[str, Any], mode: Any = "standard", balance: Any = (140,), surplus: Any = (0,)) -> FakeAws:
    known = list(machines or (machine(),))
    modes = [{"InstanceId": one["InstanceId"], "CpuCredits": mode} for one in known]
    return FakeAws(
        answers={
            "ec2:DescribeInstances": {"Reservations": [{"Instances": [one]} for one in known]},
            "ec2:DescribeInstanceCreditSpecifications": mode
            if isinstance(mode, CannotTell)
            else {"InstanceCreditSpecifications": modes},
        },
        metrics={("CPUCreditBalance", "Minimum"): balance, ("CPUSurplusCreditsCharged", "Maximum"): surplus},
    )


GONE = FakeAws(answers={"ec2:DescribeInstances": Down(f"the machine {ID} does not exist")})
NONE = FakeAws(answers={"ec2:DescribeInstances": {"Reservations": []}})
REFUSED = FakeAws(answers={"ec2:DescribeInstances": CannotTell("AWS refused ec2:DescribeInstances on the machines")})
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(machine(name="web-1")), "", "OK"),
    "few credits": (world(balance=[12]), "", "WARNING"),
    "no credits": (world(balance=[0]), "", "CRITICAL"),
    "unlimited": (world(mode="unlimited"), "", "OK"),
    "unlimited, at a price": (world(mode="unlimited", surplus=[14.5]), "", "WARNING"),
    "another class": (world(machine(kind="m7g.large")), "", "OK"),
    "a class that begins alike": (world(machine(kind="trn1.2xlarge")), "", "OK"),
    "stopped": (world(machine(state="stopped")), "", "OK"),
    "one of two": (world(machine(), machine(OTHER, "c7g.large")), "", "OK"),
    "by ID": (world(), f"--instance {ID}", "OK"),
    "by tag": (world(), "--tag role=web", "OK"),
    "no datapoint": (world(balance=None), "", "UNKNOWN"),
    "not there": (GONE, f"--instance {ID}", "CRITICAL"),
    "none with a tag": (NONE, "--tag role=web", "CRITICAL"),
    "no permission": (REFUSED, "", "UNKNOWN"),
    "no permission for the mode": (
        world(mode=CannotTell("AWS refused ec2:DescribeInstanceCreditSpecifications")),
        "",
        "UNKNOWN",
    ),
    "ID and tag": (world(), f"--instance {ID} --tag role=web", "UNKNOWN"),
    "an empty ID": (world(), "--instance ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_ec2_credits(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Ec2Credits, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def test_program_reads_answers_of_the_service() -> None:
    start = datetime.now(UTC) - timedelta(minutes=12)
    results = [
        {"Id": f"q{number}", "StatusCode": "Complete", "Timestamps": [start], "Values": [value]}
        for number, value in enumerate((3.0, 7.25))
    ]
    modes = [{"InstanceId": ID, "CpuCredits": "standard"}, {"InstanceId": OTHER, "CpuCredits": "unlimited"}]
    found = [{"Instances": [machine(name="web-1"), machine(OTHER, "t4g.micro", name="web-2")]}]
    answers: dict[str, Any] = {
        "ec2:DescribeInstances": {"Reservations": found},
        "ec2:DescribeInstanceCreditSpecifications": {"InstanceCreditSpecifications": modes},
        "cloudwatch:GetMetricData": {"MetricDataResults": results},
    }
    with answering(answers) as server:
        done = run_program(server.address, "ec2_credits", "-vv")
    assert done.returncode == 2, done.stdout
    assert f"CRITICAL: CPU credits of web-1 {ID} 3 (below 5)" in done.stdout
    assert f"WARNING: CPU credits billed for web-2 {OTHER} 7.25 (above 0)" in done.stdout


def test_program_reports_a_refusal() -> None:
    refusal = Refusal("InvalidInstanceID.NotFound", "The instance does not exist")
    with answering({"ec2:DescribeInstances": refusal}) as server:
        gone = run_program(server.address, "ec2_credits", "--instance", ID)
    assert gone.returncode == 2, gone.stdout
    assert gone.stdout.startswith(f"EC2_CREDITS CRITICAL: the machine {ID} does not exist")


def make_machine(address: str) -> str:
    ec2 = client("ec2", address)
    image = ec2.describe_images()["Images"][0]["ImageId"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "role", "Value": "web"}]}]
    made = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.small", TagSpecifications=tags)
    identity: str = made["Instances"][0]["InstanceId"]
    client("cloudwatch", address).put_metric_data(
        Namespace="AWS/EC2",
        MetricData=[
            {
                "MetricName": "CPUCreditBalance",
                "Dimensions": [{"Name": "InstanceId", "Value": identity}],
                "Timestamp": datetime.now(UTC) - timedelta(minutes=12),
                "Value": 75,
            }
        ],
    )
    return identity


@pytest.mark.slow
def test_program_follows_the_machines_of_moto() -> None:
    with moto() as address:
        identity = make_machine(address)
        done = run_program(address, "ec2_credits", "--tag", "role=web", "-vv")
        none = run_program(address, "ec2_credits", "--tag", "role=db")
    assert done.returncode == 0, done.stdout
    assert f"OK: CPU credits of {identity} 75" in done.stdout
    assert none.stdout.startswith("EC2_CREDITS CRITICAL: there is no machine with role=db")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        make_machine(address)
        yield Sample("--tag role=web", env=environment(address))
