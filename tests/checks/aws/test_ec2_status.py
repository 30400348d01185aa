"""ec2_status: against a fake, answers in AWS's protocol, and moto."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from checks.aws.ec2_status import Ec2Status
from checks.aws.fake import FakeAws
from checkwright.core.errors import Down
from checkwright.testing import Golden, run
from tests.support.aws import client, moto
from tests.support.aws_answers import Refusal, answering
from tests.support.aws_program import environment, run_program
from tests.support.clock import still_time
from tests.support.sample import Sample

NOW = datetime(2026, 11, 29, 6, tzinfo=UTC)
WEB, DB = "i-0000000000000001a", "i-0000000000000002b"


def machine(
    identity: str = WEB,
    state: str = "running",
    system: str = "ok",
    guest: str = "ok",
    ebs: str | None = "ok",
    events: tuple[dict[str, Any], ...] = (),
    at: datetime = NOW,
) -> dict[str, Any]:
    def status(word: str) -> dict[str, Any]:
        since = {"ImpairedSince": at - timedelta(hours=3)} if word == "impaired" else {}
        return {"Status": word, "Details": [{"Name": "reachability", "Status": "failed", **since}]}

    found = {
        "InstanceId": identity,
        "InstanceState": {"Name": state},
        "SystemStatus": status(system),
        "InstanceStatus": status(guest),
        "Events": list(events),
    }
    return {**found, "AttachedEbsStatus": status(ebs)} if ebs else found


def event(days: float, words: str = "The host is degraded", at: datetime = NOW) -> dict[str, Any]:
    return {"Code": "instance-retirement", "Description": words, "NotBefore": at + timedelta(days=days)}


def world(*machines: dict[str, Any], age: float = 86_400) -> FakeAws:
    described = [
        {"InstanceId": one["InstanceId"], "LaunchTime": NOW - timedelta(seconds=age), "Tags": tags}
        for one, tags in zip(machines, ([{"Key": "Name", "Value": "web-1"}], []), strict=False)
    ]
    return FakeAws(
        answers={
            "ec2:DescribeInstanceStatus": {"InstanceStatuses": list(machines)},
            "ec2:DescribeInstances": {"Reservations": [{"Instances": described}]} if described else {},
        }
    )


STOPPED = machine(DB, "stopped", "not-applicable", "not-applicable", "not-applicable")
UNSURE = machine(system="insufficient-data", guest="insufficient-data")
NO_SUCH = FakeAws(answers={"ec2:DescribeInstanceStatus": Down(f"the machine {WEB} does not exist")})

CASES: dict[str, tuple[FakeAws, str, str]] = {
    "well": (world(machine()), f"--instance {WEB}", "OK"),
    "the hardware is impaired": (world(machine(system="impaired")), "", "CRITICAL"),
    "the system does not answer": (world(machine(guest="impaired")), "", "CRITICAL"),
    "a disk is impaired": (world(machine(ebs="impaired")), "", "CRITICAL"),
    "an old machine without a status of disks": (world(machine(ebs=None)), "", "OK"),
    "starting": (world(machine(state="pending", guest="initializing")), "", "OK"),
    "no data": (world(UNSURE), "", "UNKNOWN"),
    "no data yet": (world(UNSURE, age=120), "", "OK"),
    "one is stopped": (world(machine(), STOPPED), "", "CRITICAL"),
    "one is stopped on purpose": (world(machine(), STOPPED), "--state-ok stopped", "OK"),
    "fewer than expected": (world(machine(), STOPPED), "--state-ok stopped --instances-critical 2:", "CRITICAL"),
    "a terminated one is left out": (world(machine(), machine(DB, "terminated")), "", "OK"),
    "a named one is terminated": (world(machine(DB, "terminated")), f"--instance {DB}", "CRITICAL"),
    "an event comes": (world(machine(events=(event(20), event(5)))), "", "WARNING"),
    "an event comes soon": (world(machine(events=(event(1),))), "", "CRITICAL"),
    "an event goes on": (world(machine(events=(event(-0.5),))), "", "CRITICAL"),
    "an event is over": (
        world(machine(events=(event(1, "[Completed] The host is degraded"), event(1, "[Canceled] Reboot")))),
        "",
        "OK",
    ),
    "by tag": (world(machine(), machine(DB)), "--tag role=web --tag stage=test", "OK"),
    "none with the tag": (world(), "--tag role=web --region eu-west-1", "CRITICAL"),
    "none at all": (world(), "", "CRITICAL"),
    "not there": (NO_SUCH, f"--instance {WEB}", "CRITICAL"),
    "a tag without a value": (world(), "--tag role", "UNKNOWN"),
    "an ID and a tag": (world(), f"--instance {WEB} --tag a=b", "UNKNOWN"),
    "an empty ID": (world(), "--instance ''", "UNKNOWN"),
}


@pytest.mark.parametrize(("aws", "command_line", "state"), CASES.values(), ids=CASES)
def test_ec2_status(aws: FakeAws, command_line: str, state: str, golden: Golden) -> None:
    with still_time(NOW.timestamp()):
        outcome = run(Ec2Status, command_line, aws)
    assert outcome.state == state
    golden(outcome)


def test_stopped_machines_are_asked_for_by_the_hundred() -> None:
    aws = world(machine())
    ids = [f"i-{number:017x}" for number in range(150)]
    run(Ec2Status, " ".join(f"--instance {one}" for one in ids), aws)
    assert [parameters for _, parameters in aws.requests] == [
        {"IncludeAllInstances": True, "InstanceIds": ids[:100]},
        {"IncludeAllInstances": True, "InstanceIds": ids[100:]},
    ]


def test_values_of_one_tag_are_alternatives() -> None:
    aws = world(machine())
    run(Ec2Status, "--tag role=web --tag role=api --tag stage=test", aws)
    assert aws.requests[0][1]["Filters"][:2] == [
        {"Name": "tag:role", "Values": ["web", "api"]},
        {"Name": "tag:stage", "Values": ["test"]},
    ]


def test_program_reads_answers_of_the_service() -> None:
    now = datetime.now(UTC)
    answers = [machine(system="impaired", events=(event(5.5, at=now),), at=now), machine(DB)]
    with answering({"ec2:DescribeInstanceStatus": {"InstanceStatuses": answers}}) as server:
        done = run_program(server.address, "ec2_status", "-vv")
    assert done.returncode == 2, done.stdout
    assert done.stdout.startswith(f"EC2_STATUS CRITICAL: System status of {WEB} impaired (for 3 h)")
    assert "instance-retirement: The host is degraded" in done.stdout
    assert " instances=2;" in done.stdout


def test_program_reports_a_machine_that_does_not_exist() -> None:
    refusal = Refusal("InvalidInstanceID.NotFound", f"The instance ID '{WEB}' does not exist")
    with answering({"ec2:DescribeInstanceStatus": refusal}) as server:
        done = run_program(server.address, "ec2_status", "--instance", WEB)
    assert done.returncode == 2
    assert done.stdout.startswith(f"EC2_STATUS CRITICAL: the machine {WEB} does not exist")


def launch(address: str, count: int) -> list[str]:
    ec2 = client("ec2", address)
    image = ec2.describe_images()["Images"][0]["ImageId"]
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}, {"Key": "role", "Value": "web"}]}]
    found = ec2.run_instances(ImageId=image, MinCount=count, MaxCount=count, TagSpecifications=tags)["Instances"]
    return [one["InstanceId"] for one in found]


@pytest.mark.slow
def test_program_follows_the_machines_of_moto() -> None:
    with moto() as address:
        first, second = launch(address, 2)
        well = run_program(address, "ec2_status", "--tag", "role=web")
        client("ec2", address).stop_instances(InstanceIds=[second])
        stopped = run_program(address, "ec2_status")
        client("ec2", address).terminate_instances(InstanceIds=[second])
        left = run_program(address, "ec2_status", "--tag", "role=web")
        gone = run_program(address, "ec2_status", "--instance", "i-00000000000000000")
        elsewhere = run_program(address, "ec2_status", "--tag", "role=web", "--region", "eu-central-1")
    assert well.returncode == 0, well.stdout
    assert f"Instance web {first} running" in well.stdout
    assert " instances=2;" in well.stdout
    assert stopped.returncode == 2
    assert f"Instance {second} stopped" in stopped.stdout
    assert left.returncode == 0
    assert " instances=1;" in left.stdout
    assert gone.stdout.startswith("EC2_STATUS CRITICAL: the machine i-00000000000000000 does not exist")
    assert elsewhere.stdout.startswith("EC2_STATUS CRITICAL: there is no machine with role=web in eu-central-1")


@contextmanager
def sample(folder: Path) -> Iterator[Sample]:
    with moto() as address:
        launch(address, 1)
        yield Sample("--tag role=web", env=environment(address))
