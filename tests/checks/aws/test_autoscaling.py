"""autoscaling: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from checks.aws.autoscaling import Autoscaling
from checks.aws.fake import FakeAws
from checkwright.core.errors import CannotTell
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.sample import Sample


def machine(state: str = "InService", health: str = "Healthy", weight: int | None = None) -> dict[str, Any]:
    found = {"InstanceId": "i-1", "LifecycleState": state, "HealthStatus": health}
    return {**found, "WeightedCapacity": str(weight)} if weight else found


def group(
    *machines: dict[str, Any], name: str = "web", desired: int = 2, most: int = 10, **more: object
) -> dict[str, Any]:
    return {
        "AutoScalingGroupName": name,
        "MinSize": 1,
        "MaxSize": most,
        "DesiredCapacity": desired,
        "Instances": list(machines),
        **more,
    }


def world(*groups: dict[str, Any]) -> FakeAws:
    return FakeAws(answers={"autoscaling:DescribeAutoScalingGroups": {"AutoScalingGroups": list(groups)}})


UP = machine()
SUSPENDED: dict[str, Any] = {"SuspendedProcesses": [{"ProcessName": "Launch"}, {"ProcessName": "AZRebalance"}]}
REFUSED = FakeAws(answers={"autoscaling:DescribeAutoScalingGroups": CannotTell("AWS refused it")})
CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(group(UP, UP)), "--group web", "OK"),
    "one of five is missing": (world(group(UP, UP, UP, UP, desired=5)), "", "WARNING"),
    "one is unhealthy": (world(group(UP, machine(health="Unhealthy"))), "", "WARNING"),
    "none is in service": (world(group(machine("Terminating"), machine("Standby"))), "", "CRITICAL"),
    "machines start": (world(group(UP, machine("Pending:Wait"), desired=4)), "", "CRITICAL"),
    "a warm pool does not count": (world(group(UP, machine("Warmed:Stopped"), desired=1)), "", "OK"),
    "more than desired": (world(group(UP, UP, UP)), "", "OK"),
    "nothing is desired": (world(group(desired=0, MinSize=0)), "", "OK"),
    "capacity has weights": (world(group(machine(weight=4), machine(weight=4), desired=8, most=20)), "", "OK"),
    "a heavy machine is missing": (world(group(machine(weight=2), desired=8, most=20)), "", "CRITICAL"),
    "at its maximum": (world(group(UP, UP, most=2)), "", "WARNING"),
    "of a fixed size": (world(group(UP, UP, most=2, MinSize=2)), "", "OK"),
    "suspended": (world(group(UP, UP, **SUSPENDED)), "", "WARNING"),
    "about to be deleted": (world(group(UP, UP, Status="Delete in progress")), "--group web", "CRITICAL"),
    "two by pattern": (world(group(UP, UP), group(UP, UP, name="worker"), group(name="other")), "--group 'w*'", "OK"),
    "by tag": (world(group(UP, UP)), "--tag role=web", "OK"),
    "one of two is not there": (world(group(UP, UP)), "--group web --group mail", "CRITICAL"),
    "none of a pattern": (world(group(UP, UP)), "--group 'mail-*' --region eu-west-1", "CRITICAL"),
    "none at all": (world(), "", "CRITICAL"),
    "no permission": (REFUSED, "", "UNKNOWN"),
    "an empty name": (world(), "--group ''", "UNKNOWN"),
    "a tag without a value": (world(), "--tag role", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_autoscaling(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    outcome = run(Autoscaling, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def test_names_and_tags_are_in_the_request() -> None:
    aws = world(group(UP, UP))
    run(Autoscaling, "--group web --tag role=web", aws)
    run(Autoscaling, "--group web --group 'w*'", aws)
    assert [parameters for _, parameters in aws.requests] == [
        {
            "MaxRecords": 100,
            "AutoScalingGroupNames": ["web"],
            "Filters": [{"Name": "tag:role", "Values": ["web"]}],
        },
        {"MaxRecords": 100},
    ]


def test_program_reads_answers_of_the_service() -> None:
    found = group(UP, machine(health="Unhealthy"), machine("Pending"), desired=3, **SUSPENDED)
    with answering({"autoscaling:DescribeAutoScalingGroups": {"AutoScalingGroups": [found]}}) as server:
        done = run_program(server.address, "autoscaling", "--group", "web", "-vv")
    assert done.returncode == 2, done.stdout
    words = "1 in service, 1 unhealthy, 1 starting, 3 desired"
    assert f"CRITICAL: Missing capacity web 66.7 % (above 50 %; {words})" in done.stdout
    assert "WARNING: Processes of web suspended (AZRebalance, Launch)" in done.stdout


def test_program_reports_a_refusal() -> None:
    with answering({"autoscaling:DescribeAutoScalingGroups": Refusal("AccessDenied", "no")}) as server:
        done = run_program(server.address, "autoscaling")
    assert done.returncode == 3
    assert done.stdout.startswith("AUTOSCALING UNKNOWN: AWS refused autoscaling:DescribeAutoScalingGroups")


def make_group(address: str) -> Any:
    scaling = client("autoscaling", address)
    image = client("ec2", address).describe_images()["Images"][0]["ImageId"]
    scaling.create_launch_configuration(LaunchConfigurationName="web", ImageId=image, InstanceType="t3.micro")
    scaling.create_auto_scaling_group(
        AutoScalingGroupName="web",
        LaunchConfigurationName="web",
        MinSize=1,
        MaxSize=10,
        DesiredCapacity=2,
        AvailabilityZones=["eu-west-1a"],
    )
    return scaling


@pytest.mark.slow
def test_program_follows_the_groups_of_moto() -> None:
    with moto() as address:
        scaling = make_group(address)
        well = run_program(address, "autoscaling", "--group", "web", "-vv")
        scaling.suspend_processes(AutoScalingGroupName="web", ScalingProcesses=["Launch"])
        machines = scaling.describe_auto_scaling_groups()["AutoScalingGroups"][0]["Instances"]
        scaling.set_instance_health(InstanceId=machines[0]["InstanceId"], HealthStatus="Unhealthy")
        worse = run_program(address, "autoscaling", "-vv")
        gone = run_program(address, "autoscaling", "--group", "mail")
    assert well.returncode == 0, well.stdout
    assert "Missing capacity web 0 % (2 in service, 2 desired)" in well.stdout
    assert worse.returncode == 1
    assert "Missing capacity web 50 % (above 10 %; 1 in service, 1 unhealthy, 2 desired)" in worse.stdout
    assert "Processes of web suspended (Launch)" in worse.stdout
    assert gone.stdout.startswith("AUTOSCALING CRITICAL: the group mail does not exist")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        make_group(address)
        yield Sample("--group web", env=environment(address))
